"""Networks over streams are the networks that each would be by itself, to the bit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.backend.plain import Operation
from gpunet.datasets.dataset import Dataset
from gpunet.sweeps.executors.streams import Streams
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import EVERY_GPU, open_gpu, to_host
from tests.pretended_gpu import PretendedGpu
from tests.strict import StrictDevice

# Networks that have next to nothing in common.
MEMBERS: list[tuple[dict[str, Any], TrainingConfig]] = [
    ({"sizes": [64, 9, 10]}, TrainingConfig(epochs=3, batch_size=10, learning_rate=1.0)),
    (
        {"sizes": [64, 12, 8, 10], "activation": "tanh", "cost": "cross-entropy"},
        TrainingConfig(epochs=2, batch_size=16, learning_rate=0.1),
    ),
    (
        {"sizes": [64, 20, 10], "activation": "relu", "cost": "log-likelihood"},
        TrainingConfig(epochs=4, batch_size=1, learning_rate=0.01),
    ),
    (
        {"sizes": [64, 9, 10]},
        TrainingConfig(
            epochs=3, batch_size=10, learning_rate=0.5, schedule="halving:1", momentum=0.6, l2=2.0
        ),
    ),
]


@pytest.fixture(params=["strict", *EVERY_GPU])
def overlapping(request: pytest.FixtureRequest) -> Device:
    """A device of which there can be others beside it."""
    return StrictDevice() if request.param == "strict" else open_gpu(request.param)


@pytest.fixture(params=["eager", "graph"])
def engine(request: pytest.FixtureRequest, overlapping: Device) -> str:
    """An engine that it has."""
    if request.param == "graph" and not overlapping.supports_graphs:
        pytest.skip(f"{overlapping.name} has no graphs")
    return str(request.param)


def make_trainers(few: Dataset, device: Device, engine: str) -> list[Trainer]:
    """A trainer for each of `MEMBERS`, each on a device of its own."""
    return [
        Trainer(
            gpunet.Network(**network, device=device.sibling(), seed=seed),
            few,
            settings,
            few.validation,
            engine,
        )
        for seed, (network, settings) in enumerate(MEMBERS)
    ]


def arrays_of(trainer: Trainer) -> list[Any]:
    """Parameters and optimizer state, on the host."""
    arrays = [trainer.network.parameters.array, *trainer.optimizer.state.values()]
    return [to_host(trainer.network.device, array) for array in arrays]


def assert_single_runs(few: Dataset, device: Device, engine: str, found: list[Trainer]) -> None:
    """Parameters, optimizer state and history are those of trainings one after another."""
    for trainer, single in zip(found, make_trainers(few, device, engine), strict=True):
        assert single.train()
        assert trainer.optimizer.state.keys() == single.optimizer.state.keys()
        for a, b in zip(arrays_of(trainer), arrays_of(single), strict=True):
            np.testing.assert_array_equal(a, b)
        assert list(trainer.history) == list(single.history)


def test_each_member_is_the_single_run(few: Dataset, overlapping: Device, engine: str) -> None:
    trainers = make_trainers(few, overlapping, engine)
    assert Streams(trainers).train()
    assert_single_runs(few, overlapping, engine, trainers)


def test_stopped_and_gone_on_with_ends_the_same(
    few: Dataset, overlapping: Device, engine: str
) -> None:
    trainers = make_trainers(few, overlapping, engine)
    left = iter(range(40))
    assert not Streams(trainers).train(keep_going=lambda: next(left, None) is not None)
    assert len({trainer.position.step for trainer in trainers}) > 1
    assert Streams(trainers).train()
    assert_single_runs(few, overlapping, engine, trainers)


def test_the_members_launches_alternate(few: Dataset) -> None:
    launched: list[int] = []

    class Noting(PretendedGpu):
        def capture(self, operations: Sequence[Operation]) -> Operation:
            replay = super().capture(operations)

            def launch() -> None:
                launched.append(id(self))
                replay()

            return launch

    device = Noting()
    devices = [device.sibling() for _ in range(3)]
    networks = [gpunet.Network([64, 9, 10], device=own) for own in devices]
    Streams(
        [Trainer(net, few, TrainingConfig(epochs=2), None, "graph") for net in networks]
    ).train()
    # Twenty-six steps: a block of twenty, five single ones, and the last.
    assert launched == [id(own) for own in devices] * (2 * 7)


def test_no_member_is_looked_at_before_all_are_at_the_end_of_their_epoch(
    gpu: Device, few: Dataset
) -> None:
    trainers = make_trainers(few, gpu, "graph")
    steps: list[list[bool]] = []

    def note(member: int, record: Any) -> None:
        if member == 0:
            steps.append([trainer.at_epoch_end for trainer in trainers[1:]])

    Streams(trainers).train(note)
    assert steps[0] == [True, True, True]


def test_stopped_as_an_epoch_ends_it_is_recorded(gpu: Device, few: Dataset) -> None:
    trainers = make_trainers(few, gpu, "eager")
    # With 8 batches a launch the second has done its 16 in two, and the first its 26 in five.
    left = iter(range(2))
    Streams(trainers).train(keep_going=lambda: next(left, None) is not None)
    assert [trainer.position.epoch for trainer in trainers] == [0, 1, 0, 0]
    assert [len(trainer.history) for trainer in trainers] == [0, 1, 0, 0]


def test_a_member_that_diverges_does_not_stop_the_others(gpu: Device, few: Dataset) -> None:
    trainers = [
        Trainer(
            gpunet.Network([64, 9, 10], activation="linear", device=gpu.sibling()),
            few,
            TrainingConfig(epochs=20, batch_size=10, learning_rate=rate),
            None,
            "graph",
        )
        for rate in (0.001, 9.0, 0.002)
    ]
    streams = Streams(trainers)
    assert streams.train()
    assert list(streams.diverged) == [1]
    assert "learning rate smaller than 9" in str(streams.diverged[1])
    assert [trainer.finished for trainer in trainers] == [True, False, True]
    assert all(np.isfinite(arrays_of(trainer)[0]).all() for trainer in trainers)
