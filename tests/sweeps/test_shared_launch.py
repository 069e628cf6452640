"""Networks side by side are the networks that each would be by itself, to the bit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.executors.shared_launch import FusedPopulation, SharedLaunch
from gpunet.sweeps.members import Entry, Job, Reports, make_members
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord
from gpunet.training.state import Position
from gpunet.training.trainer import Trainer
from tests.pretended_gpu import PretendedGpu

SETTINGS = TrainingConfig(epochs=3, batch_size=10, learning_rate=1.0)
SIZES = [64, 9, 10]


def make_networks(count: int, device: PretendedGpu) -> list[gpunet.Network]:
    return [gpunet.Network(SIZES, device=device, seed=seed) for seed in range(count)]


def alone(data: Dataset, seed: int, settings: TrainingConfig) -> Trainer:
    network = gpunet.Network(SIZES, device=PretendedGpu(), seed=seed)
    trainer = Trainer(network, data, settings, None, "fused")
    trainer.train()
    return trainer


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_each_member_is_the_single_run_with_its_seed(few: Dataset, momentum: float) -> None:
    settings = replace(SETTINGS, momentum=momentum)
    networks = make_networks(4, PretendedGpu())
    assert FusedPopulation(networks, few, settings).train()
    for seed, network in enumerate(networks):
        single = alone(few, seed, settings).network
        np.testing.assert_array_equal(network.parameters.array, single.parameters.array)


def test_members_may_differ_in_learning_rate(few: Dataset) -> None:
    each = [replace(SETTINGS, learning_rate=rate) for rate in (0.1, 1.0, 3.0)]
    networks = make_networks(3, PretendedGpu())
    FusedPopulation(networks, few, each).train()
    for seed, (network, own) in enumerate(zip(networks, each, strict=True)):
        single = alone(few, seed, own).network
        np.testing.assert_array_equal(network.parameters.array, single.parameters.array)


def test_every_member_follows_its_schedule(few: Dataset) -> None:
    schedules = ("exponential:0.5", "cosine")
    each = [replace(SETTINGS, schedule=schedule, l2=1.0) for schedule in schedules]
    networks = make_networks(2, PretendedGpu())
    FusedPopulation(networks, few, each).train()
    for seed, (network, own) in enumerate(zip(networks, each, strict=True)):
        single = alone(few, seed, own).network
        np.testing.assert_array_equal(network.parameters.array, single.parameters.array)


def test_members_that_lag_behind_catch_up(few: Dataset) -> None:
    population = FusedPopulation(make_networks(3, PretendedGpu()), few, SETTINGS)
    ahead = population.trainers[1]
    ahead.config = replace(SETTINGS, epochs=1)
    ahead.train()
    ahead.config = SETTINGS
    population.train()
    for seed, trainer in enumerate(population.trainers):
        single = alone(few, seed, SETTINGS).network
        np.testing.assert_array_equal(trainer.network.parameters.array, single.parameters.array)


def test_a_member_ahead_within_an_epoch_is_waited_for(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    population = FusedPopulation(make_networks(3, PretendedGpu()), few, SETTINGS)
    with monkeypatch.context() as patch:
        patch.setattr("gpunet.engines.fused.LAUNCHED_STEPS", 7)
        assert not population.trainers[1].train(keep_going=lambda: False)
    assert [trainer.position.step for trainer in population.trainers] == [0, 7, 0]
    assert population.train()
    for seed, trainer in enumerate(population.trainers):
        single = alone(few, seed, SETTINGS).network
        np.testing.assert_array_equal(trainer.network.parameters.array, single.parameters.array)


def test_stopped_and_gone_on_with_ends_the_same(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.sweeps.executors.shared_launch.LAUNCHED_STEPS", 7)
    population = FusedPopulation(make_networks(2, PretendedGpu()), few, SETTINGS)
    assert not population.train(keep_going=lambda: False)
    assert population.trainers[0].position.step == 7
    assert population.train()
    for seed, trainer in enumerate(population.trainers):
        single = alone(few, seed, SETTINGS).network
        np.testing.assert_array_equal(trainer.network.parameters.array, single.parameters.array)


def test_one_launch_an_epoch_is_stopped_after_it(few: Dataset) -> None:
    population = FusedPopulation(make_networks(2, PretendedGpu()), few, SETTINGS)
    assert not population.train(keep_going=lambda: False)
    assert [trainer.position for trainer in population.trainers] == [Position(epoch=1)] * 2
    assert [len(trainer.history) for trainer in population.trainers] == [1, 1]


def test_every_epoch_of_every_member_is_told(few: Dataset) -> None:
    told: list[tuple[int, int]] = []

    def note(member: int, record: EpochRecord) -> None:
        told.append((member, record.epoch))

    FusedPopulation(make_networks(2, PretendedGpu()), few, SETTINGS).train(note)
    assert told == [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3)]


def test_a_member_that_diverges_does_not_stop_the_others(few: Dataset) -> None:
    device = PretendedGpu()
    networks = [
        gpunet.Network(SIZES, activation="linear", device=device, seed=seed) for seed in range(3)
    ]
    each = [replace(SETTINGS, epochs=20, learning_rate=rate) for rate in (0.001, 9.0, 0.002)]
    population = FusedPopulation(networks, few, each)
    population.train()
    assert list(population.diverged) == [1]
    assert "learning rate smaller than 9" in str(population.diverged[1])
    assert [trainer.finished for trainer in population.trainers] == [True, False, True]
    assert all(np.isfinite(network.parameters.array).all() for network in networks)


def test_networks_that_are_not_alike_are_refused(few: Dataset) -> None:
    device = PretendedGpu()
    trainers = [
        Trainer(gpunet.Network(sizes, device=device), few, SETTINGS, None, "fused")
        for sizes in ([64, 9, 10], [64, 8, 10])
    ]
    with pytest.raises(gpunet.InputError, match="one shape"):
        SharedLaunch(trainers)


def test_networks_that_do_not_see_the_same_images_are_refused(
    few: Dataset, digits: Dataset
) -> None:
    device = PretendedGpu()
    trainers = [
        Trainer(gpunet.Network(SIZES, device=device), data, SETTINGS, None, "fused")
        for data in (few, digits)
    ]
    with pytest.raises(gpunet.InputError, match="the same images"):
        SharedLaunch(trainers)


def test_networks_on_devices_of_their_own_are_refused(few: Dataset) -> None:
    """Though they see the same images, each would have to wait for the other's work."""
    device = PretendedGpu()
    trainers = [
        Trainer(gpunet.Network(SIZES, device=own), few, SETTINGS, None, "fused")
        for own in (device, device.sibling())
    ]
    with pytest.raises(gpunet.InputError, match="one device"):
        SharedLaunch(trainers)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_gone_on_with_from_snapshots_ends_the_same(few: Dataset, momentum: float) -> None:
    config = replace(SETTINGS, momentum=momentum)
    first, second = (
        FusedPopulation(make_networks(2, PretendedGpu()), few, config) for _ in range(2)
    )
    assert not first.train(keep_going=lambda: False)
    for begun, trainer in zip(first.trainers, second.trainers, strict=True):
        trainer.restore(begun.snapshot())
    assert second.train()
    for seed, trainer in enumerate(second.trainers):
        single = alone(few, seed, config).network
        np.testing.assert_array_equal(trainer.network.parameters.array, single.parameters.array)


def test_the_data_are_held_once(few: Dataset) -> None:
    population = FusedPopulation(make_networks(3, PretendedGpu()), few, SETTINGS)
    assert len({id(engine.dataset.images) for engine in population.engines}) == 1


def test_members_with_momentum_and_without_share_no_launch(few: Dataset, tmp_path: Path) -> None:
    """Sorted by seed they alternate, and the kernel holds velocities for all or for none."""
    grid: dict[str, list[Any]] = {"hidden": [[9]], "epochs": [1], "momentum": [0.0, 0.5]}
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), "fused")
    entries: list[Entry] = []
    members = make_members(job, grid, networks=2, seed=0)
    run_members(job, members, Reports(entries.append, lambda done: None))
    assert sorted(entry["number"] for entry in entries) == [0, 1, 2, 3]
    assert all(entry["diverged"] is None for entry in entries)
