"""Networks side by side are the networks that each would be by itself, to the bit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.executors.shared_launch import FusedPopulation, SharedLaunch
from gpunet.sweeps.members import Entry, Job, Reports, make_members
from gpunet.training.callbacks import KeepGoing
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord
from gpunet.training.state import Position
from gpunet.training.trainer import Trainer
from tests.backends import assert_close

SETTINGS = TrainingConfig(epochs=3, batch_size=10, learning_rate=1.0)
SIZES = [64, 9, 10]


def make_networks(device: Device, count: int) -> list[gpunet.Network]:
    return [gpunet.Network(SIZES, device=device, seed=seed) for seed in range(count)]


def assert_alone(
    device: Device, network: gpunet.Network, data: Dataset, seed: int, settings: TrainingConfig
) -> None:
    """A network is that of a single run with this seed."""
    single = gpunet.Network(SIZES, device=device, seed=seed)
    Trainer(single, data, settings, None, "fused").train()
    assert_close(device, network.parameters.array, single.parameters.array, 0)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_each_member_is_the_single_run_with_its_seed(
    gpu: Device, few: Dataset, momentum: float
) -> None:
    settings = replace(SETTINGS, momentum=momentum)
    networks = make_networks(gpu, 4)
    assert FusedPopulation(networks, few, settings).train()
    for seed, network in enumerate(networks):
        assert_alone(gpu, network, few, seed, settings)


def test_each_member_is_evaluated_as_a_single_run(gpu: Device, few: Dataset) -> None:
    networks = make_networks(gpu, 3)
    population = FusedPopulation(networks, few, SETTINGS, few.validation)
    assert population.train()
    for seed, trainer in enumerate(population.trainers):
        network = gpunet.Network(SIZES, device=gpu, seed=seed)
        single = Trainer(network, few, SETTINGS, few.validation, "fused")
        single.train()
        assert list(trainer.history) == list(single.history)


def test_members_may_differ_in_learning_rate(gpu: Device, few: Dataset) -> None:
    each = [replace(SETTINGS, learning_rate=rate) for rate in (0.1, 1.0, 3.0)]
    networks = make_networks(gpu, 3)
    FusedPopulation(networks, few, each).train()
    for seed, (network, own) in enumerate(zip(networks, each, strict=True)):
        assert_alone(gpu, network, few, seed, own)


def test_every_member_follows_its_schedule(gpu: Device, few: Dataset) -> None:
    schedules = ("exponential:0.5", "cosine")
    each = [replace(SETTINGS, schedule=schedule, l2=1.0) for schedule in schedules]
    networks = make_networks(gpu, 2)
    FusedPopulation(networks, few, each).train()
    for seed, (network, own) in enumerate(zip(networks, each, strict=True)):
        assert_alone(gpu, network, few, seed, own)


def test_members_that_lag_behind_catch_up(gpu: Device, few: Dataset) -> None:
    population = FusedPopulation(make_networks(gpu, 3), few, SETTINGS)
    ahead = population.trainers[1]
    ahead.config = replace(SETTINGS, epochs=1)
    ahead.train()
    ahead.config = SETTINGS
    population.train()
    for seed, trainer in enumerate(population.trainers):
        assert_alone(gpu, trainer.network, few, seed, SETTINGS)


def test_a_member_ahead_within_an_epoch_is_waited_for(
    gpu: Device, few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    population = FusedPopulation(make_networks(gpu, 3), few, SETTINGS)
    with monkeypatch.context() as patch:
        patch.setattr("gpunet.engines.fused.LAUNCHED_STEPS", 7)
        assert not population.trainers[1].train(KeepGoing(lambda: False))
    assert [trainer.position.step for trainer in population.trainers] == [0, 7, 0]
    assert population.train()
    for seed, trainer in enumerate(population.trainers):
        assert_alone(gpu, trainer.network, few, seed, SETTINGS)


def test_stopped_and_gone_on_with_ends_the_same(
    gpu: Device, few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.sweeps.executors.shared_launch.LAUNCHED_STEPS", 7)
    population = FusedPopulation(make_networks(gpu, 2), few, SETTINGS)
    assert not population.train(keep_going=lambda: False)
    assert population.trainers[0].position.step == 7
    assert population.train()
    for seed, trainer in enumerate(population.trainers):
        assert_alone(gpu, trainer.network, few, seed, SETTINGS)


def test_one_launch_an_epoch_is_stopped_after_it(gpu: Device, few: Dataset) -> None:
    population = FusedPopulation(make_networks(gpu, 2), few, SETTINGS)
    assert not population.train(keep_going=lambda: False)
    assert [trainer.position for trainer in population.trainers] == [Position(epoch=1)] * 2
    assert [len(trainer.history) for trainer in population.trainers] == [1, 1]


def test_every_epoch_of_every_member_is_told(gpu: Device, few: Dataset) -> None:
    told: list[tuple[int, int]] = []

    def note(member: int, record: EpochRecord) -> None:
        told.append((member, record.epoch))

    FusedPopulation(make_networks(gpu, 2), few, SETTINGS).train(note)
    assert told == [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3)]


def test_a_member_that_diverges_does_not_stop_the_others(gpu: Device, few: Dataset) -> None:
    networks = [
        gpunet.Network(SIZES, activation="linear", device=gpu, seed=seed) for seed in range(3)
    ]
    each = [replace(SETTINGS, epochs=20, learning_rate=rate) for rate in (0.001, 9.0, 0.002)]
    population = FusedPopulation(networks, few, each)
    population.train()
    assert list(population.diverged) == [1]
    assert "learning rate smaller than 9" in str(population.diverged[1])
    assert [trainer.finished for trainer in population.trainers] == [True, False, True]
    assert all(np.isfinite(gpu.host(network.parameters.array)).all() for network in networks)


def test_networks_that_are_not_alike_are_refused(gpu: Device, few: Dataset) -> None:
    trainers = [
        Trainer(gpunet.Network(sizes, device=gpu), few, SETTINGS, None, "fused")
        for sizes in ([64, 9, 10], [64, 8, 10])
    ]
    with pytest.raises(gpunet.InputError, match="one shape"):
        SharedLaunch(trainers)


def test_networks_that_do_not_see_the_same_images_are_refused(
    gpu: Device, few: Dataset, digits: Dataset
) -> None:
    trainers = [
        Trainer(gpunet.Network(SIZES, device=gpu), data, SETTINGS, None, "fused")
        for data in (few, digits)
    ]
    with pytest.raises(gpunet.InputError, match="the same images"):
        SharedLaunch(trainers)


def test_networks_on_devices_of_their_own_are_refused(gpu: Device, few: Dataset) -> None:
    """Though they see the same images, each would have to wait for the other's work."""
    trainers = [
        Trainer(gpunet.Network(SIZES, device=own), few, SETTINGS, None, "fused")
        for own in (gpu, gpu.sibling())
    ]
    with pytest.raises(gpunet.InputError, match="one device"):
        SharedLaunch(trainers)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_gone_on_with_from_snapshots_ends_the_same(
    gpu: Device, few: Dataset, momentum: float
) -> None:
    config = replace(SETTINGS, momentum=momentum)
    first, second = (FusedPopulation(make_networks(gpu, 2), few, config) for _ in range(2))
    assert not first.train(keep_going=lambda: False)
    for begun, trainer in zip(first.trainers, second.trainers, strict=True):
        trainer.restore(begun.snapshot())
    assert second.train()
    for seed, trainer in enumerate(second.trainers):
        assert_alone(gpu, trainer.network, few, seed, config)


def test_the_data_are_held_once(gpu: Device, few: Dataset) -> None:
    population = FusedPopulation(make_networks(gpu, 3), few, SETTINGS)
    assert len({id(engine.dataset.images) for engine in population.engines}) == 1


def test_members_with_momentum_and_without_share_no_launch(
    gpu: Device, few: Dataset, tmp_path: Path
) -> None:
    """Sorted by seed they alternate, and the kernel holds velocities for all or for none."""
    grid: dict[str, list[Any]] = {"hidden": [[9]], "epochs": [1], "momentum": [0.0, 0.5]}
    job = Job(tmp_path / "population", few, "float32", gpu, "fused")
    entries: list[Entry] = []
    members = make_members(job, grid, networks=2, seed=0)
    run_members(job, members, Reports(entries.append, lambda done: None))
    assert sorted(entry["number"] for entry in entries) == [0, 1, 2, 3]
    assert all(entry["diverged"] is None for entry in entries)
