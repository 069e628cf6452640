"""Training on images that are deformed again in every epoch, and on a training set expanded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.augmentation.deformer import Deformer
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import CHECKPOINT, MODEL
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.members import Job, Reports, make_members
from gpunet.training.callbacks import KeepGoing
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import assert_close

DEFORMING = TrainingConfig(
    epochs=3,
    batch_size=10,
    learning_rate=1.0,
    deformation=Deformation(rotation=10, scaling=0.1, elastic=3, sigma=2),
)


def trained(
    device: Device | str, few: Dataset, settings: TrainingConfig, engine: str = "auto"
) -> Trainer:
    network = gpunet.Network([64, 9, 10], device=device, dtype="float64", seed=3)
    trainer = Trainer(network, few, settings, None, engine)
    trainer.train()
    return trainer


def test_every_backend_ends_with_the_same_weights(device: Device, few: Dataset) -> None:
    expected = trained("cpu", few, DEFORMING).network.parameters.array
    found = trained(device, few, DEFORMING).network.parameters.array
    assert_close(device, found, expected, 1e-9, 1e-12)
    undeformed = replace(DEFORMING, deformation=Deformation())
    plain = trained("cpu", few, undeformed).network.parameters.array
    assert np.abs(expected - plain).max() > 0.01


@pytest.mark.parametrize("engine", ["graph", "fused"])
def test_every_engine_computes_what_eager_does(gpu: Device, few: Dataset, engine: str) -> None:
    expected = trained("cpu", few, DEFORMING).network.parameters.array
    found = trained(gpu, few, DEFORMING, engine).network.parameters.array
    assert_close(gpu, found, expected, 1e-9, 1e-12)


def test_an_epoch_is_trained_on_the_images_deformed_for_it(few: Dataset) -> None:
    """The second epoch, by hand, from where the first left off."""
    whole = trained("cpu", few, replace(DEFORMING, epochs=2))
    part = trained("cpu", few, replace(DEFORMING, epochs=1))
    deformer = Deformer(
        DeviceDataset.of(part.network.device, few.train, few.scale),
        few.shape,
        DEFORMING.deformation,
        3,
    )
    deformer.deform(1)
    images, labels = deformer.dataset.images, few.train.labels
    order = np.asarray(part.order(1))
    for start in range(0, len(order), 10):
        rows = order[start : start + 10]
        gradients = part.network.backprop(images[rows], labels[rows])
        part.network.parameters.array[...] -= 1.0 * gradients.flat
    found, expected = (each.network.parameters.array for each in (whole, part))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_the_originals_stay_as_they_are(few: Dataset) -> None:
    before = few.train.images.copy()
    trained("cpu", few, DEFORMING)
    np.testing.assert_array_equal(few.train.images, before)


def test_stopped_within_an_epoch_and_gone_on_with_ends_with_the_same_bytes(
    usual: Device, few: Dataset, tmp_path: Path
) -> None:
    def start(name: str) -> Run:
        network = gpunet.Network([64, 9, 10], seed=3, device=usual)
        return Run.start(network, few, DEFORMING, tmp_path / name, False, "eager")

    assert start("whole").train()
    parts = start("parts")
    assert not parts.train(KeepGoing(lambda: parts.trainer.steps_done <= 30))
    assert parts.trainer.position.step > 0
    parts = Run.resume(RunFolder.claim(tmp_path / "parts"), few, usual, None, "eager")
    assert parts.train()
    for name in (MODEL, CHECKPOINT, "history.jsonl"):
        whole, pieces = ((tmp_path / part / name).read_bytes() for part in ("whole", "parts"))
        assert whole == pieces


def test_an_expanded_training_set_has_five_times_the_steps(few: Dataset) -> None:
    trainer = trained(
        "cpu", few, TrainingConfig(epochs=1, batch_size=10, learning_rate=1.0, expand=True, l2=5.0)
    )
    assert trainer.samples == 5 * len(few.train)
    assert trainer.steps_per_epoch == -(-5 * len(few.train) // 10)
    assert trainer.optimizer.config.l2 == 5.0 / trainer.samples


@pytest.mark.parametrize("options", [{"rotation": 5.0}, {"expand": True}])
def test_networks_that_differ_in_seed_see_images_of_their_own(
    gpu: Device, few: Dataset, tmp_path: Path, options: dict[str, Any]
) -> None:
    """On a GPU: deformed images cannot be shared in one launch, expanded ones can."""
    job = Job(tmp_path, few, "float32", gpu, "fused")
    grid: dict[str, list[Any]] = {"hidden": [[9]], "epochs": [2]}
    grid |= {name: [value] for name, value in options.items()}
    members = make_members(job, grid, 2, 3)
    run_members(job, members, Reports(lambda entry: None, lambda done: None))
    for member in members:
        single = gpunet.Network([64, 9, 10], device=gpu, seed=member.seed)
        trainer = Trainer(single, few, member.config.training, few.validation, "fused")
        trainer.train()
        found = gpunet.load(tmp_path / member.folder / MODEL, "cpu")
        assert_close(gpu, single.parameters.array, found.parameters.array, 0)


@pytest.mark.parametrize("settings", [DEFORMING, TrainingConfig(expand=True)])
def test_what_is_no_image_cannot_be_deformed(few: Dataset, settings: TrainingConfig) -> None:
    table = Dataset("table", few.train, few.validation, few.test, (1, 64), few.max_pixel)
    with pytest.raises(gpunet.InputError, match="cannot be deformed"):
        trained("cpu", table, settings)
