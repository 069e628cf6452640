"""How long it takes to reach an accuracy: what is counted, and what decides."""

from dataclasses import replace

import pytest

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.evaluation.evaluate import evaluate
from gpunet.runs.config import RunConfig
from gpunet.runs.recipe import GOALS, find_goal, list_recipes
from gpunet.sweeps import time_to
from gpunet.sweeps.time_to import Attempt, First, attempts, judge
from gpunet.training.fit import fit

CONFIG = RunConfig.from_json(
    {"hidden": [20], "cost": "cross-entropy", "epochs": 4, "learning_rate": 0.5}
)
TARGETS = sorted(path.stem for path in GOALS.iterdir())


@pytest.fixture(scope="module")
def device() -> Device:
    return open_device("cpu")


def test_an_attempt_ends_with_the_network_that_fit_trains(device: Device) -> None:
    (done,) = attempts("digits", CONFIG, 0.5, [3], device)
    digits = load_dataset("digits")
    network = CONFIG.network(digits, seed=3, dtype="float32", device=device)
    fit(network, digits, epochs=4, learning_rate=0.5)
    assert done.seed == 3
    assert done.accuracy == evaluate(network, digits.test).accuracy


def test_the_first_crossing_is_the_first_epoch_at_the_target(device: Device) -> None:
    digits = load_dataset("digits")
    network = CONFIG.network(digits, seed=0, dtype="float32", device=device)
    history = fit(network, digits, epochs=4, learning_rate=0.5, monitor="test")
    target = history[1].accuracy
    assert target is not None
    expected = next(r.epoch for r in history if r.accuracy is not None and r.accuracy >= target)
    (done,) = attempts("digits", CONFIG, target, [0], device)
    assert done.first is not None
    assert done.first.epoch == expected
    assert 0 < done.first.seconds <= done.seconds


def test_a_target_that_is_never_reached_is_never_crossed(device: Device) -> None:
    (done,) = attempts("digits", CONFIG, 1.0, [0], device)
    assert done.first is None


def test_reading_the_data_is_timed(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def slowly(source: str) -> object:
        nonlocal now
        now += 100.0
        return load_dataset(source)

    monkeypatch.setattr(time_to, "load_dataset", slowly)
    monkeypatch.setattr("gpunet.sweeps.time_to.time.perf_counter", lambda: now)
    (done,) = attempts("digits", CONFIG, 0.0, [0], device)
    assert done.seconds == 100.0
    assert done.first == First(1, 100.0)


def test_the_mean_of_the_last_epochs_decides_not_the_first_crossings() -> None:
    crossed = [Attempt(seed, 0.96, 2.0, First(1, 1.0 + seed)) for seed in range(2)]
    verdict = judge(crossed, 0.97)
    assert not verdict.reached
    assert verdict.first.mean == 1.5
    assert judge([*crossed, Attempt(2, 0.99, 2.0, None)], 0.97).reached


def test_data_without_a_test_split_are_refused(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = load_dataset("digits")
    without = replace(digits, test=digits.test[:0])
    monkeypatch.setattr(time_to, "load_dataset", lambda source: without)
    with pytest.raises(InputError, match="test split"):
        list(attempts("digits", CONFIG, 0.5, [0], device))


def test_recipes_of_targets_are_not_among_the_published_ones() -> None:
    assert TARGETS == ["97", "98", "99"]
    assert not set(TARGETS) & {recipe.name for recipe in list_recipes()}


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_in_a_recipe_looks_at_the_test_split(target: str) -> None:
    """What is monitored is the test split, so nothing may depend on what is monitored."""
    options = dict(find_goal(target).options)
    assert options.pop("data") == "mnist"
    training = RunConfig.from_json(options).training
    assert not training.keep_best
    assert not training.patience
    assert not training.schedule.startswith("halving")


def test_an_unknown_target_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="97, 98, 99"):
        find_goal("../nielsen-ch1")
