"""What TensorBoard reads of a training that was given the callback."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.interop import TensorBoard
from gpunet.training.callbacks import KeepGoing, Training
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.interop.events import read, scalars, steps

# Mini-batches in an epoch of 253 digits, in tens.
EPOCH = 26


def fit(data: Dataset, folder: Path, **options: Any) -> gpunet.History:
    network = gpunet.Network([64, 9, 10], seed=2)
    return gpunet.fit(network, data, callbacks=[TensorBoard(folder)], **options)


def test_curves_are_those_of_the_history(few: Dataset, tmp_path: Path) -> None:
    history = fit(few, tmp_path, epochs=4, schedule="exponential:0.5")
    for name in ("learning_rate", "accuracy", "cost"):
        found = scalars(tmp_path, name)
        assert [step for step, _ in found] == [record.steps for record in history]
        expected = [getattr(record, name) for record in history]
        np.testing.assert_allclose([value for _, value in found], expected, rtol=1e-6)


def test_images_per_second_are_of_each_epoch(few: Dataset, tmp_path: Path) -> None:
    fit(few, tmp_path, epochs=3)
    found = scalars(tmp_path, "images_per_second")
    assert [step for step, _ in found] == [EPOCH, 2 * EPOCH, 3 * EPOCH]
    assert all(value > 0 for _, value in found)


def test_what_is_not_known_has_no_curve(few: Dataset, tmp_path: Path) -> None:
    fit(few, tmp_path, epochs=1, monitor=None)
    assert set(read(tmp_path).Tags()["scalars"]) == {"learning_rate", "images_per_second"}


def test_a_diagnosis_has_curves_for_each_layer(few: Dataset, tmp_path: Path) -> None:
    history = fit(few, tmp_path, epochs=3, diagnose=True)
    for number in (1, 2):
        for name in ("saturated", "stuck"):
            found = [value for _, value in scalars(tmp_path, f"{name}/layer_{number}")]
            seen = [getattr(each.layers[number - 1], name) for each in history.diagnosed if each]
            np.testing.assert_allclose(found, seen, rtol=1e-6)


def test_histograms_are_of_the_weights_of_each_layer(
    few: Dataset, tmp_path: Path, usual: Device
) -> None:
    network = gpunet.Network([64, 9, 10], seed=2, device=usual)
    gpunet.fit(network, few, epochs=1, callbacks=[TensorBoard(tmp_path)])
    for number, weights in enumerate(network.weights, 1):
        (event,) = read(tmp_path).Histograms(f"weights/layer_{number}")
        values, said = usual.host(weights).astype(float), event.histogram_value
        assert (said.num, said.min, said.max) == (values.size, values.min(), values.max())
        assert said.sum == pytest.approx(values.sum())
        assert sum(said.bucket) == values.size


@pytest.mark.parametrize("epochs", [1, 10, 11, 25, 30])
def test_histograms_are_at_most_ten_and_one_is_the_last(
    few: Dataset, tmp_path: Path, epochs: int
) -> None:
    fit(few, tmp_path, epochs=epochs)
    found = steps(tmp_path, "weights/layer_1")
    assert min(epochs, 5) <= len(found) <= 10
    assert found[-1] == epochs * EPOCH


def test_a_resumed_training_goes_on_without_overlap(few: Dataset, tmp_path: Path) -> None:
    network, config = gpunet.Network([64, 10]), TrainingConfig(epochs=6)
    trainer = Trainer(network, few, config, few.validation)
    going = KeepGoing(lambda: trainer.position.epoch < 2)
    assert not trainer.train(TensorBoard(tmp_path), going)
    early = trainer.snapshot()
    going = KeepGoing(lambda: trainer.position.epoch < 4)
    assert not trainer.train(TensorBoard(tmp_path), going)
    # As if it had been killed, with no state written in the meantime.
    trainer.restore(early)
    del trainer.history[2:]
    assert trainer.train(TensorBoard(tmp_path))
    for tag in ("accuracy", "images_per_second", "weights/layer_1"):
        assert steps(tmp_path, tag) == [EPOCH * epoch for epoch in range(1, 7)]


def test_where_nothing_was_written_a_resumed_training_tells_of_its_past(
    few: Dataset, tmp_path: Path
) -> None:
    trainer = Trainer(gpunet.Network([64, 10]), few, TrainingConfig(epochs=4), few.validation)
    assert not trainer.train(KeepGoing(lambda: trainer.position.epoch < 2))
    assert trainer.train(TensorBoard(tmp_path))
    assert steps(tmp_path, "accuracy") == [record.steps for record in trainer.history]


def test_one_that_begins_anew_hides_an_earlier_one(few: Dataset, tmp_path: Path) -> None:
    fit(few, tmp_path, epochs=5)
    history = fit(few, tmp_path, epochs=2, learning_rate=0.1)
    assert [value for _, value in scalars(tmp_path, "accuracy")] == pytest.approx(
        [record.accuracy for record in history]
    )


def test_it_does_not_change_what_is_trained(few: Dataset, tmp_path: Path) -> None:
    networks = [gpunet.Network([64, 9, 10], seed=2) for _ in range(2)]
    gpunet.fit(networks[0], few, epochs=3)
    gpunet.fit(networks[1], few, epochs=3, callbacks=[TensorBoard(tmp_path)])
    np.testing.assert_array_equal(*(network.parameters.array for network in networks))


def test_the_folder_is_made_when_training_begins(few: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "boards" / "first"
    board = TensorBoard(str(folder))
    assert not folder.parent.exists()
    gpunet.fit(gpunet.Network([64, 10]), few, epochs=1, callbacks=[board])
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(gpunet.InputError, match="is not a folder"):
        TensorBoard(file / below)


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("there is no folder here that nobody can write to")
    with pytest.raises(gpunet.InputError, match=r"/proc: cannot be written: .*; name another"):
        TensorBoard("/proc/board")


def test_a_folder_that_vanishes_ends_the_training_with_its_name(
    few: Dataset, tmp_path: Path
) -> None:
    folder = tmp_path / "board"

    class Vandal(gpunet.Callback):
        def on_steps(self, trainer: Training) -> None:
            shutil.rmtree(folder)

    with pytest.raises(OSError, match=r"No such file.*board"):
        gpunet.fit(gpunet.Network([64, 10]), few, callbacks=[TensorBoard(folder), Vandal()])


def test_without_tensorboardx_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(gpunet.InputError, match=r'pip install "gpunet\[tensorboard\]"$'):
        TensorBoard(tmp_path)
