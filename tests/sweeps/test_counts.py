"""How often the host launches something, and waits for it, where many networks share launches."""

from collections.abc import Sequence
from typing import Any

import pytest

import gpunet
from gpunet.backend.device import FusedKernel
from gpunet.backend.fused import FusedPlan
from gpunet.datasets.dataset import Dataset
from gpunet.sweeps.executors.shared_launch import SharedLaunch
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.pretended_gpu import HOPPER_SHARED, PretendedGpu
from tests.strict import StrictDevice
from tests.strict_arrays import StrictArray

NETWORKS, EPOCHS = 128, 30
MOST = 35


class CountingGpu(StrictDevice):
    """The strict stand-in, on which the fused kernel works, and is counted like all else."""

    shared_limit = HOPPER_SHARED

    def compile_fused(self, plan: FusedPlan) -> FusedKernel:
        kernel = PretendedGpu().compile_fused(plan)

        def launch(networks: int, *arguments: Any) -> None:
            self.crossings.launches += 1
            kernel(networks, *(a.inner if isinstance(a, StrictArray) else a for a in arguments))

        return launch


def make_trainers(device: CountingGpu, data: Dataset, count: int) -> Sequence[Trainer]:
    """Of as many networks, each evaluated after every epoch."""
    config = TrainingConfig(epochs=EPOCHS, batch_size=10, learning_rate=3.0)
    return [
        Trainer(
            gpunet.Network([64, 9, 10], device=device, seed=seed),
            data,
            config,
            data.validation,
            "fused",
        )
        for seed in range(count)
    ]


@pytest.mark.parametrize("networks", [1, NETWORKS])
def test_a_launch_and_a_wait_for_each_epoch_of_however_many(few: Dataset, networks: int) -> None:
    device = CountingGpu()
    population = SharedLaunch(make_trainers(device, few, networks))
    before = (device.crossings.launches, device.crossings.to_host)
    assert population.train()
    after = (device.crossings.launches, device.crossings.to_host)
    launches, waits = (now - then for now, then in zip(after, before, strict=True))
    assert EPOCHS <= launches <= MOST
    assert EPOCHS <= waits <= MOST
    for trainer in population.trainers:
        assert len(trainer.history) == EPOCHS
        first, *_, last = [record.cost or 0 for record in trainer.history]
        assert 0 < last < first
