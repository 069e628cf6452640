"""What callbacks are told, in which order, and how they end a training."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.training.callbacks import KeepGoing, Training
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer


class Diary(gpunet.Callback):
    """Notes all it is told."""

    def __init__(self, stop_after: int = 0) -> None:
        self.told: list[str] = []
        self.stop_after = stop_after

    def on_start(self, trainer: Training) -> None:
        self.told.append(f"start {trainer.steps_done}")

    def on_steps(self, trainer: Training) -> None:
        if not self.told[-1].startswith("steps"):
            self.told.append("steps")

    def on_epoch(self, trainer: Training, record: gpunet.EpochRecord) -> None:
        assert trainer.history[-1] is record
        self.told.append(f"epoch {record.epoch}")
        if record.epoch == self.stop_after:
            trainer.stop("enough")

    def on_end(self, trainer: Training) -> None:
        self.told.append("end")


def fit(data: Dataset, *callbacks: Any, **options: Any) -> gpunet.History:
    return gpunet.fit(gpunet.Network([64, 10]), data, callbacks=list(callbacks), **options)


def test_start_steps_epochs_end(few: Dataset) -> None:
    diary = Diary()
    fit(few, diary, epochs=2)
    assert diary.told == ["start 0", "steps", "epoch 1", "steps", "epoch 2", "end"]


def test_a_callback_ends_the_training(few: Dataset) -> None:
    diary = Diary(stop_after=2)
    assert len(fit(few, diary, epochs=10)) == 2
    assert diary.told[-2:] == ["epoch 2", "end"]


def test_one_that_stops_between_steps_leaves_its_epoch_unrecorded(few: Dataset) -> None:
    class Impatient(gpunet.Callback):
        def on_steps(self, trainer: Training) -> None:
            trainer.stop("at once")

    assert fit(few, Impatient(), epochs=5, batch_size=1) == []


def test_what_a_callback_raises_comes_out_and_all_are_told_of_the_end(few: Dataset) -> None:
    class Careless(gpunet.Callback):
        def on_epoch(self, trainer: Training, record: gpunet.EpochRecord) -> None:
            raise KeyError("mislaid")

    diary = Diary()
    with pytest.raises(KeyError, match="mislaid"):
        fit(few, diary, Careless(), epochs=5)
    assert diary.told[-2:] == ["epoch 1", "end"]


@pytest.mark.parametrize("why", ["", None, 5])
def test_a_reason_need_not_be_given(few: Dataset, why: Any) -> None:
    class Brief(gpunet.Callback):
        def on_epoch(self, trainer: Training, record: gpunet.EpochRecord) -> None:
            trainer.stop(why)

    assert len(fit(few, Brief(), epochs=4)) == 1


def test_one_that_fails_at_the_end_keeps_no_other_from_being_told(few: Dataset) -> None:
    class Clumsy(gpunet.Callback):
        def on_end(self, trainer: Training) -> None:
            raise KeyError("dropped")

    first, last = Diary(), Diary()
    with pytest.raises(KeyError, match="dropped"):
        fit(few, first, Clumsy(), last, epochs=1)
    assert first.told[-1] == last.told[-1] == "end"


def test_callbacks_do_not_change_what_is_trained(few: Dataset) -> None:
    networks = [gpunet.Network([64, 9, 10], seed=2) for _ in range(2)]
    gpunet.fit(networks[0], few, epochs=3)
    gpunet.fit(networks[1], few, epochs=3, callbacks=[Diary()])
    np.testing.assert_array_equal(*(network.parameters.array for network in networks))


def test_early_stopping_is_told_first_and_others_are_told_of_its_epoch(few: Dataset) -> None:
    diary = Diary()
    history = fit(few, diary, epochs=200, patience=2, learning_rate=30.0)
    assert len(history) < 200
    assert diary.told[-2:] == [f"epoch {len(history)}", "end"]


def test_a_paused_training_is_told_of_a_new_start(few: Dataset) -> None:
    network = gpunet.Network([64, 10])
    config = TrainingConfig(epochs=2, batch_size=1)
    trainer, diary = Trainer(network, few, config, None), Diary()
    assert not trainer.train(diary, KeepGoing(lambda: trainer.steps_done < 5))
    assert trainer.train(diary)
    starts = [said for said in diary.told if said.startswith("start")]
    assert starts == ["start 0", f"start {starts[1].split()[1]}"]
    assert int(starts[1].split()[1]) >= 5
    assert diary.told.count("end") == 2


@pytest.mark.parametrize("wrong", [print, Diary, "diary", 3])
def test_what_is_no_callback_is_refused(few: Dataset, wrong: Any) -> None:
    with pytest.raises(
        gpunet.InputError, match=r"give objects of classes derived from gpunet\.Callback"
    ):
        fit(few, wrong)
