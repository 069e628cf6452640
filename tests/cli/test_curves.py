"""`gpunet curves`, and the small curves at the end of `gpunet train`."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import finish, gpunet, start


def test_accuracy_and_cost_are_drawn_with_their_units(finished: Path) -> None:
    said = gpunet("curves", finished).out
    for part in (
        "validation accuracy, %",
        "validation cost (quadratic)",
        "epoch 1",
        f"o  {finished}",
    ):
        assert part in said
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= max(80, len(f"o  {finished}"))


def test_several_runs_have_marks_of_their_own(finished: Path, three: Path) -> None:
    said = gpunet("curves", finished, three).out
    assert f"o  {finished}\nx  {three}: mean of 3 networks\n" in said
    assert "one standard deviation" in said
    assert "·" in said


def test_each_setting_of_a_population_has_a_curve(tmp_path: Path) -> None:
    run = tmp_path / "grid"
    rates = ("--learning-rate", 1, "--learning-rate", 3)
    assert gpunet("train", *rates, "--epochs", 3, "--out", run).status == 0
    said = gpunet("curves", run).out
    assert f"o  {run}, learning rate 1\nx  {run}, learning rate 3\n" in said


def test_the_numbers_at_the_axis_are_those_of_the_history(copied: Path) -> None:
    lines = (copied / "history.jsonl").read_text().splitlines()
    rows = [json.loads(line) | {"accuracy": 0.5 + 0.1 * k} for k, line in enumerate(lines)]
    (copied / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plot = gpunet("curves", copied).out.split("\n\n")[0].splitlines()[1:-2]
    numbers = [float(line.split("┤")[0]) for line in plot if "┤" in line]
    # From 50 to 90 %, rising evenly: the first epoch at 50, the last at 90.
    assert (numbers[0], numbers[-1]) == (90, 50)
    assert plot[0].rstrip().endswith("o")
    assert re.match(r"50┤o", plot[-1])


def test_from_leaves_out_the_first_epochs(finished: Path) -> None:
    assert "epoch 4" in gpunet("curves", finished, "--from", 4).out
    outcome = gpunet("curves", finished, "--from", 99)
    assert outcome.status == 2
    assert "--from 99: no run has measured so many epochs" in outcome.complaint


def test_a_terminal_has_colours_unless_it_should_not(finished: Path) -> None:
    code = "import os; from gpunet.show import console; import functools\n"
    code += "old = console.Console.__init__\n"
    code += (
        "console.Console.__init__ = functools.partialmethod(old, force_terminal=True, width=60)\n"
    )
    coloured = finish(start("curves", finished, code=code)).out
    plain = finish(start("curves", finished, code=f"{code}os.environ['NO_COLOR'] = '1'")).out
    assert "\x1b[36mo" in coloured
    assert "\x1b[36m" not in plain
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert bare == re.sub(r"\x1b\[[0-9;]*m", "", plain)
    assert max(map(len, bare.split("\n\n")[0].splitlines())) == 60


def test_plain_ascii_where_the_output_has_nothing_else(finished: Path) -> None:
    code = "import sys; sys.stdout.reconfigure(encoding='ascii')"
    said = finish(start("curves", finished, code=code)).out
    assert said.isascii()
    assert "?" not in said
    assert "+---" in said


@pytest.mark.parametrize(
    "damage", ["{", '{"epoch": 2}', '{"epoch": 1, "steps": 1, "learning_rate": 1, "accuracy": 2}']
)
def test_a_damaged_history_is_refused(copied: Path, damage: str) -> None:
    (copied / "history.jsonl").write_text(f"{damage}\n")
    outcome = gpunet("curves", copied)
    assert outcome.status == 2
    assert "history.jsonl: damaged: line 1" in outcome.complaint


def test_a_run_without_an_epoch_is_refused(copied: Path) -> None:
    (copied / "history.jsonl").unlink()
    outcome = gpunet("curves", copied)
    assert outcome.status == 2
    assert "no epoch has been recorded yet" in outcome.complaint


def test_train_ends_with_small_curves(tmp_path: Path) -> None:
    said = gpunet("train", "--epochs", 3, "--out", tmp_path / "three").out
    drawn = said[said.index("validation accuracy, %") : said.index("accuracy ", said.index("└"))]
    assert len(drawn.strip().splitlines()) <= 10
    assert max(map(len, drawn.splitlines())) <= 80
    for out, more in (("two", ["--epochs", 2]), ("json", ["--epochs", 3, "--json"])):
        outcome = gpunet("train", "--out", tmp_path / out, *more)
        assert "validation accuracy" not in outcome.out + outcome.err


@pytest.mark.parametrize("cost", [None, -3.0, 1e308, 1e-300, 12345678.0, 0.0])
def test_whatever_costs_a_history_records_is_drawn_or_refused(copied: Path, cost: object) -> None:
    lines = (copied / "history.jsonl").read_text().splitlines()
    rows = [json.loads(line) | {"cost": cost} for line in lines]
    (copied / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    outcome = gpunet("curves", copied)
    assert outcome.status == (2 if cost is None else 0), outcome.err
    widest = max((len(line) for line in outcome.out.split("\n\no")[0].splitlines()), default=0)
    assert widest <= 80
