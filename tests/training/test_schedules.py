"""Learning rates from epoch to epoch, and when training ends early."""

from dataclasses import replace
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import CHECKPOINT, MODEL
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.members import Job, Reports, make_members
from gpunet.training.best import keeping_best, take_best
from gpunet.training.callbacks import KeepGoing
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord, History
from gpunet.training.learning_rate import learning_rate, why_ended
from gpunet.training.trainer import Trainer
from tests.backends import assert_close


def history(*accuracies: float) -> History:
    return History(
        EpochRecord(epoch, epoch, 1.0, accuracy, 0.1)
        for epoch, accuracy in enumerate(accuracies, 1)
    )


def rates(schedule: str, epochs: int = 6, warm_up: int = 0) -> list[float]:
    settings = TrainingConfig(epochs=epochs, learning_rate=2.0, schedule=schedule, warm_up=warm_up)
    return [learning_rate(settings, epoch, History()) for epoch in range(epochs)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [2.0] * 6),
        ("step:2:0.5", [2, 2, 1, 1, 0.5, 0.5]),
        ("step:1:0.5", [2, 1, 0.5, 0.25, 0.125, 0.0625]),
        ("step:9:0.1", [2.0] * 6),
        ("exponential:0.5", [2, 1, 0.5, 0.25, 0.125, 0.0625]),
        ("exponential:1", [2.0] * 6),
        ("cosine", [1 + cos(pi * epoch / 6) for epoch in range(6)]),
        ("halving:2", [2.0] * 6),
    ],
)
def test_a_schedule_gives_the_rate_of_each_epoch(schedule: str, expected: list[float]) -> None:
    assert rates(schedule) == pytest.approx(expected)


def test_a_warm_up_rises_in_equal_steps_and_the_schedule_begins_after_it() -> None:
    assert rates("exponential:0.5", warm_up=3) == pytest.approx([0.5, 1, 1.5, 2, 1, 0.5])
    assert rates("cosine", 2, warm_up=1) == pytest.approx([1, 2])
    assert rates("cosine", 4, warm_up=1) == pytest.approx([1, 2, 1.5, 0.5])
    assert rates("cosine", 2, warm_up=5) == pytest.approx([1 / 3, 2 / 3])


def test_halving_halves_after_so_many_epochs_without_improvement() -> None:
    settings = TrainingConfig(epochs=99, learning_rate=2.0, schedule="halving:2")
    for seen, rate in [
        (history(0.5), 2),
        (history(0.5, 0.4), 2),
        (history(0.5, 0.4, 0.5), 1),
        (history(0.5, 0.4, 0.5, 0.5), 1),
        (history(0.5, 0.4, 0.5, 0.5, 0.5), 0.5),
        (history(0.5, 0.4, 0.5, 0.6, 0.5), 1),
    ]:
        assert learning_rate(settings, len(seen), seen) == rate


def test_halving_ends_at_a_128th() -> None:
    settings = TrainingConfig(epochs=99, schedule="halving:1")
    assert not why_ended(settings, history(0.9, *[0.5] * 6))
    assert "1/128" in why_ended(settings, history(0.9, *[0.5] * 7))


def test_halving_does_not_look_at_the_warm_up() -> None:
    """Whatever was reached at its rates, the epochs after it are measured by one another."""
    settings = TrainingConfig(epochs=99, learning_rate=2.0, schedule="halving:1", warm_up=3)
    seen = history(0.9, 0.9, 0.9, 0.5, 0.6)
    assert learning_rate(settings, len(seen), seen) == 2
    assert not why_ended(settings, history(*[0.9] * 4, *[0.5] * 6))
    assert "1/128" in why_ended(settings, history(*[0.9] * 4, *[0.5] * 7))


def test_patience_counts_the_epochs_since_the_best() -> None:
    settings = TrainingConfig(epochs=99, patience=2)
    assert not why_ended(settings, history(0.5, 0.6, 0.5))
    assert "epoch 2" in why_ended(settings, history(0.5, 0.6, 0.5, 0.6))
    assert not why_ended(settings, History())
    assert not why_ended(replace(settings, patience=0), history(0.5, *[0.1] * 50))


WRONG = ["", "steps", "step", "step:0:0.5", "step:2", "step:2:0", "step:2:1.5", "step:x:0.5"]
WRONG += ["exponential", "exponential:0", "exponential:2", "exponential:nan", "cosine:3"]
WRONG += ["halving", "halving:0", "halving:1.5", "constant:1"]


@pytest.mark.parametrize("schedule", WRONG)
def test_a_schedule_that_is_none_is_refused(schedule: str) -> None:
    with pytest.raises(gpunet.InputError, match=r"^schedule .*: give "):
        TrainingConfig(schedule=schedule)


@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_every_engine_follows_the_schedule(gpu: Device, few: Dataset, engine: str) -> None:
    """Two epochs with a step between them are an epoch at each rate."""

    def trainer(settings: TrainingConfig) -> Trainer:
        network = gpunet.Network([64, 9, 10], device=gpu, seed=3)
        return Trainer(network, few, settings, None, engine)

    scheduled = trainer(
        TrainingConfig(epochs=2, batch_size=10, learning_rate=1.0, schedule="step:1:0.25", l2=1.0)
    )
    scheduled.train()
    plain = trainer(TrainingConfig(epochs=1, batch_size=10, learning_rate=1.0, l2=1.0))
    plain.train()
    later = trainer(TrainingConfig(epochs=2, batch_size=10, learning_rate=0.25, l2=1.0))
    later.restore(plain.snapshot())
    later.train()
    found, expected = (each.network.parameters.array for each in (scheduled, later))
    assert_close(gpu, found, expected, 0)
    assert [record.learning_rate for record in scheduled.history] == [1.0, 0.25]


def test_training_ends_early_and_keeps_the_best(usual: Device, few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10], seed=3, device=usual)
    seen = gpunet.fit(
        network, few, epochs=200, learning_rate=3.0, patience=3, keep_best=True, batch_size=10
    )
    assert len(seen) < 200
    assert seen.best is not None
    assert len(seen) == seen.best.epoch + 3
    assert gpunet.evaluate(network, few.validation).accuracy == seen.best.accuracy
    assert gpunet.evaluate(network, few.validation).accuracy > (seen[-1].accuracy or 1)


@pytest.mark.parametrize(
    "options", [{"patience": 3}, {"keep_best": True}, {"schedule": "halving:3"}]
)
def test_what_watches_the_accuracy_needs_a_split_to_watch(
    few: Dataset, options: dict[str, Any]
) -> None:
    with pytest.raises(gpunet.InputError, match="needs samples to be watched"):
        gpunet.fit(gpunet.Network([64, 10]), few, monitor=None, **options)


ALL_AT_ONCE = TrainingConfig(
    epochs=8,
    batch_size=10,
    learning_rate=0.02,
    schedule="cosine",
    warm_up=2,
    optimizer="adamw",
    l1=0.1,
    l2=0.1,
    max_norm=3,
    clip=1,
    keep_best=True,
)
SCHEDULED = {
    "all at once": ALL_AT_ONCE,
    "rising momentum": TrainingConfig(
        epochs=8,
        batch_size=10,
        learning_rate=2.0,
        schedule="exponential:0.9",
        momentum=0.9,
        momentum_start=0.5,
        momentum_epochs=5,
        dampening=True,
        max_norm=[2.0, 0.0],
    ),
    "nesterov": TrainingConfig(
        epochs=8,
        batch_size=10,
        learning_rate=1.0,
        schedule="halving:1",
        warm_up=0,
        optimizer="nesterov",
        momentum=0.5,
        keep_best=True,
    ),
}


@pytest.mark.parametrize("case", SCHEDULED)
def test_stopped_and_gone_on_with_it_ends_with_the_same_bytes(
    usual: Device, few: Dataset, tmp_path: Path, case: str
) -> None:
    def start(name: str) -> Run:
        network = gpunet.Network([64, 9, 10], seed=3, device=usual, input_dropout=0.1)
        return Run.start(network, few, SCHEDULED[case], tmp_path / name, False, "eager")

    assert start("whole").train()
    parts = start("parts")
    calls = 0
    while not parts.trainer.finished:
        stop_at = parts.trainer.steps_done + 17

        def going(trainer: Trainer = parts.trainer, stop_at: int = stop_at) -> bool:
            return trainer.steps_done < stop_at

        if parts.train(KeepGoing(going)):
            break
        calls += 1
        parts = Run.resume(RunFolder.claim(tmp_path / "parts"), few, usual, None, "eager")
    assert calls >= 3
    for name in (MODEL, CHECKPOINT, "history.jsonl"):
        whole, pieces = ((tmp_path / part / name).read_bytes() for part in ("whole", "parts"))
        assert whole == pieces


def test_a_cosine_cannot_be_given_more_epochs(few: Dataset, tmp_path: Path) -> None:
    network = gpunet.Network([64, 9, 10], seed=3)
    session = Run.start(
        network,
        few,
        TrainingConfig(epochs=2, batch_size=10, learning_rate=1.0, schedule="cosine"),
        tmp_path / "run",
        overwrite=False,
    )
    assert session.train()
    with pytest.raises(gpunet.InputError, match="laid out over 2 epochs"):
        Run.resume(RunFolder.claim(tmp_path / "run"), few, "cpu", 4)


def test_a_schedule_is_kept_in_one_spelling() -> None:
    assert TrainingConfig(schedule="STEP:2:.50").schedule == "step:2:0.5"
    assert TrainingConfig(schedule="Cosine").schedule == "cosine"


def test_a_population_ends_each_network_in_its_own_time(
    gpu: Device, few: Dataset, tmp_path: Path
) -> None:
    """Side by side, as on a GPU: each is still the single run with its seed."""
    grid: dict[str, list[Any]] = {"hidden": [[9]], "epochs": [60], "batch_size": [10]}
    grid |= {"patience": [2], "keep_best": [True]}
    job = Job(tmp_path, few, "float32", gpu, "fused")
    members = make_members(job, grid, 3, 3)
    run_members(job, members, Reports(lambda entry: None, lambda done: None))
    ends = set()
    for member in members:
        single = gpunet.Network([64, 9, 10], device=gpu, seed=member.seed)
        trainer = Trainer(single, few, member.config.training, few.validation, "fused")
        trainer.train()
        take_best(trainer)
        ends.add(trainer.position.epoch)
        found = gpunet.load(tmp_path / member.folder / MODEL, "cpu")
        assert_close(gpu, single.parameters.array, found.parameters.array, 0)
    assert len(ends) > 1


def test_a_failure_while_the_best_is_shown_leaves_the_last_in_place(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10], seed=3)
    trainer = Trainer(
        network,
        few,
        TrainingConfig(epochs=3, batch_size=10, learning_rate=3.0, keep_best=True),
        few.validation,
    )
    trainer.train()
    last = network.parameters.array.copy()
    trainer.best = np.zeros_like(last)

    def write() -> None:
        with keeping_best(trainer):
            assert not network.parameters.array.any()
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write()
    np.testing.assert_array_equal(network.parameters.array, last)
