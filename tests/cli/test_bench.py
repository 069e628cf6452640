"""`gpunet bench time-to`."""

import pytest

from gpunet.cli.bench import TARGETS
from gpunet.runs.recipe import GOALS
from tests.cli.running import gpunet


def test_each_seed_has_a_line_and_all_of_them_a_mean() -> None:
    outcome = gpunet("bench", "time-to", 97, "--data", "digits", "--seeds", 3)
    assert outcome.status == 0
    lines = outcome.out.splitlines()
    rows = [line.split() for line in lines if line.split()[:1] in (["0"], ["1"], ["2"])]
    shares = [float(row[1]) for row in rows]
    assert len(rows) == 3
    (said,) = [line for line in lines if line.startswith("test accuracy")]
    assert float(said.split()[2]) == pytest.approx(sum(shares) / 3, abs=0.011)


def test_json_has_every_attempt_and_the_verdict() -> None:
    result = gpunet("bench", "time-to", 97, "--data", "digits", "--seeds", 2, "--json").result
    assert result["target"] == 0.97
    assert [each["seed"] for each in result["attempts"]] == [0, 1]
    mean = sum(each["accuracy"] for each in result["attempts"]) / 2
    assert result["accuracy"]["mean"] == pytest.approx(mean)
    assert result["reached"] == (mean >= 0.97)
    assert result["options"]["epochs"] == 2


def test_every_target_has_its_recipe() -> None:
    assert sorted(TARGETS) == sorted(path.stem for path in GOALS.glob("*.toml"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["96"], "97, 98, 99"),
        (["97", "--seeds", 0], "whole number"),
        (["97", "--data", "nothing-there"], "nothing-there"),
        (["97", "--device", "tpu"], "tpu"),
        (["99", "--data", "digits"], "32C5"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(arguments: list[object], said: str) -> None:
    outcome = gpunet("bench", "time-to", *arguments, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.complaint
