"""The numbers that go into a run, and those that come out."""

import json
from typing import Any

import pytest

from gpunet.core.errors import InputError
from gpunet.runs.config import RunConfig
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord, History


def record(epoch: int, accuracy: float | None) -> EpochRecord:
    return EpochRecord(epoch, 10 * epoch, 3.0, accuracy, 0.25)


def test_the_best_epoch_is_the_first_with_the_highest_accuracy() -> None:
    history = History([record(1, 0.8), record(2, 0.9), record(3, 0.9), record(4, 0.7)])
    assert history.best == record(2, 0.9)


def test_an_epoch_in_which_all_was_wrong_can_be_the_best() -> None:
    assert History([record(1, 0.0)]).best == record(1, 0.0)


def test_without_classes_the_lowest_cost_is_the_best() -> None:
    costs = [EpochRecord(k, 10 * k, 3.0, None, cost) for k, cost in enumerate([0.3, 0.1, 0.2], 1)]
    assert History(costs).best is costs[1]


@pytest.mark.parametrize("history", [History(), History([EpochRecord(1, 10, 3.0, None, None)])])
def test_without_a_measurement_there_is_no_best_epoch(history: History) -> None:
    assert history.best is None


def test_a_line_of_the_history_is_a_json_object() -> None:
    history = History([record(1, 0.5), record(2, None)])
    lines = [json.loads(line) for line in history.to_jsonl().decode().splitlines()]
    assert lines == history.to_rows()
    assert list(lines[0]) == ["epoch", "steps", "learning_rate", "accuracy", "cost"]


def test_a_history_comes_back_from_a_checkpoint() -> None:
    history = History([record(1, 0.5), record(2, None)])
    assert History.from_rows(json.loads(json.dumps(history.to_rows()))) == history


def test_the_settings_are_those_of_chapter_1() -> None:
    settings = RunConfig().training
    assert (settings.epochs, settings.batch_size) == (30, 10)
    assert (settings.learning_rate, settings.momentum) == (3.0, 0.0)


NAN, INF = float("nan"), float("inf")
WRONG: dict[str, list[Any]] = {
    "epochs": [0, -1, 1.5, NAN, INF, True, "30", None, 10**7],
    "batch_size": [0, -1, 10.0, NAN, INF, True, "10", None, 2**40],
    "learning_rate": [0, -1, NAN, INF, -INF, True, "3", 1e7],
    "l2": [-0.1, NAN, INF, 2e6, True, "0", None],
    "momentum": [-0.1, 1, 1.5, NAN, INF, True, "0"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
def test_a_setting_that_makes_no_sense_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^{name.replace('_', ' ')} .*: give a"):
        TrainingConfig(**{name: value})


LIMITS: dict[str, list[Any]] = {
    "epochs": [1, 1_000_000],
    "batch_size": [1],
    "learning_rate": [1e-9, 1, 1e6],
    "l2": [0, 5.0],
    "momentum": [0, 0.999],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in LIMITS for value in LIMITS[name]]
)
def test_a_setting_at_its_limit_is_taken(name: str, value: Any) -> None:
    assert getattr(TrainingConfig(**{name: value}), name) == value
