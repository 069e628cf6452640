"""`gpunet baseline`."""

import signal
import sys
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from tests.cli.running import gpunet, start
from tests.datasets.samples import make_samples

DIGITS = package.load_dataset("digits")


def darkness_of_digits() -> int:
    """How many test digits are nearest in sum to their own class's average, counted one by one."""
    sums = DIGITS.train.images.sum(axis=1)
    averages = [sums[DIGITS.train.labels == digit].mean() for digit in range(10)]
    test = zip(DIGITS.test.images, DIGITS.test.labels, strict=True)
    return sum(int(np.argmin([abs(image.sum() - a) for a in averages])) == y for image, y in test)


def test_darkness_is_counted_on_the_test_digits() -> None:
    result = gpunet("baseline", "darkness", "--json").result
    assert result["correct"] == darkness_of_digits()
    assert result["total"] == 359
    assert result["accuracy"] == result["correct"] / 359
    assert (result["baseline"], result["data"], result["published"]) == ("darkness", "digits", None)


def test_the_machine_is_far_better_than_darkness() -> None:
    pytest.importorskip("sklearn")
    assert gpunet("baseline", "svm", "--json").result["accuracy"] > 0.9


def test_it_says_so_in_a_line() -> None:
    lines = gpunet("baseline", "darkness").out.splitlines()
    assert len(lines) == 1
    assert f"({darkness_of_digits()} of 359) on the test split of digits" in lines[0]


def test_other_data_can_be_named(tmp_path: Path) -> None:
    images, labels = make_samples(60)
    np.savez(tmp_path / "few.npz", images=images, labels=labels)
    outcome = gpunet("baseline", "darkness", "--data", tmp_path / "few.npz", "--json")
    assert outcome.status == 0
    assert outcome.result["data"] == str(tmp_path / "few.npz")


@pytest.mark.parametrize("arguments", [[], ["knn"], ["darkness", "svm"]], ids=" ".join)
def test_a_method_must_be_one_of_them(arguments: list[str]) -> None:
    outcome = gpunet("baseline", *arguments, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.complaint


@pytest.mark.parametrize("method", ["darkness", "svm"])
def test_data_that_are_none_are_refused(method: str) -> None:
    outcome = gpunet("baseline", method, "--data", "nothing-there", "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "nothing-there" in outcome.complaint


def test_without_scikit_learn_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    outcome = gpunet("baseline", "svm", "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "pip install scikit-learn" in outcome.complaint
    assert len(outcome.err.splitlines()) == 1


def test_ctrl_c_is_heeded_while_the_solver_hears_nothing() -> None:
    """The solver is stood in for by one that a KeyboardInterrupt would not stop."""
    code = """
import time
from gpunet.book import baselines
def solve(dataset):
    print("begun", flush=True)
    for _ in range(600):
        try:
            time.sleep(0.1)
        except KeyboardInterrupt:
            pass
baselines.BASELINES["svm"] = solve
"""
    process = start("baseline", "svm", code=code)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == -signal.SIGINT
    process.communicate()
