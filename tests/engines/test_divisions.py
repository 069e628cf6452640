"""However the fused kernel divides a network among its threads, it computes the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.backend.fused import FusedPlan
from gpunet.backend.fused_division import Division
from gpunet.datasets.dataset import Dataset
from gpunet.engines.fused import Fused
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import to_host

# Sizes, batch, and the division: warps, lanes, passes, inputs, full warps; tiles, bytes held.
DIVISIONS: dict[str, tuple[list[int], int, Division]] = {
    "four lanes": ([64, 30, 10], 10, Division(4, 4, 1, 4, 4)),
    "eight lanes": ([64, 9, 10], 10, Division(2, 8, 1, 4, 2)),
    "sixteen lanes": ([64, 7, 10], 10, Division(2, 16, 1, 2, 2)),
    "thirty-two lanes": ([64, 3, 10], 10, Division(2, 32, 1, 1, 2)),
    "several passes": ([64, 50, 10], 10, Division(4, 8, 4, 2, 4)),
    "one warp": ([64, 9, 10], 10, Division(1, 4, 1, 16, 1)),
    "more warps than inputs": ([16, 9, 10], 10, Division(8, 4, 1, 1, 8)),
    "some warps with one input more": ([76, 9, 10], 10, Division(4, 4, 1, 5, 3)),
    "only one of each kind": ([64, 9, 10], 10, Division(3, 4, 1, 6, 3)),
    "one image after the other": ([200, 9, 10], 12, Division(1, 4, 1, 50, 1)),
    "several images at once": ([32, 9, 10], 14, Division(4, 4, 1, 2, 4)),
    "more than can be asked at once": ([200, 9, 10], 37, Division(1, 4, 1, 50, 1)),
    "many small images": ([16, 5, 10], 150, Division(1, 16, 1, 1, 1)),
    "wide slabs in odd rounds": ([280, 9, 10], 11, Division(2, 32, 3, 5, 1)),
    "single pixels": ([63, 9, 10], 10, Division(2, 4, 1, 8, 2)),
    "tiles": ([64, 9, 10], 12, Division(2, 4, 1, 8, 2, 12, tiles=3)),
    "bytes": ([64, 9, 10], 10, Division(2, 4, 1, 8, 2, bytes_held=True)),
    "bytes, single, in tiles": ([63, 9, 10], 12, Division(2, 8, 1, 4, 2, 12, 1, 2, True)),
    "no hidden layer": ([64, 10], 10, Division(2, 8, 1, 4, 2)),
}


def random_images(pixels: int) -> Dataset:
    """Few images of any size, of noise."""
    stream = np.random.default_rng(5)

    def draw(count: int) -> gpunet.Split:
        images = stream.integers(0, 256, (count, pixels), np.uint8)
        return gpunet.Split(images, stream.integers(0, 10, count))

    return Dataset("noise", draw(203), draw(10), draw(10), (1, pixels), 255, tuple("0123456789"))


@pytest.mark.parametrize("momentum", [0.0, 0.6])
@pytest.mark.parametrize("name", DIVISIONS)
def test_every_division_gives_what_the_plain_step_gives(
    monkeypatch: pytest.MonkeyPatch, gpu: Device, name: str, momentum: float
) -> None:
    sizes, batch, division = DIVISIONS[name]
    data = random_images(sizes[0])
    division = replace(division, batch_size=batch)
    monkeypatch.setattr(FusedPlan, "division", division)
    config = TrainingConfig(
        epochs=2, batch_size=batch, learning_rate=0.5, momentum=momentum, l2=3.0
    )

    def trained(device: Device, engine: str, **changes: Any) -> Any:
        network = gpunet.Network(sizes, device=device, dtype="float64", seed=3)
        trainer = Trainer(network, data, replace(config, **changes), None, engine)
        assert engine != Fused.name or isinstance(trainer.engine, Fused)
        trainer.train()
        return to_host(network.device, network.parameters.array)

    found, expected = trained(gpu, "fused"), trained(CpuDevice(), "eager")
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)
    assert np.abs(expected - trained(CpuDevice(), "eager", learning_rate=1e-9)).max() > 0.1


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("sizes", [[64, 10], [64, 5, 10], [30, 10], [4, 3, 10]])
def test_small_networks_have_room_for_what_threads_report(
    gpu: Device, sizes: list[int], batch: int
) -> None:
    data = random_images(sizes[0])
    network = gpunet.Network(sizes, device=gpu, seed=3)
    config = TrainingConfig(epochs=2, batch_size=batch, learning_rate=0.1)
    trainer = Trainer(network, data, config, data.test, "fused")
    trainer.train()
    assert len(trainer.history) == 2
    seen, expected = trainer.history[-1], gpunet.evaluate(network, data.test)
    assert (seen.accuracy, seen.cost) == pytest.approx((expected.accuracy, expected.cost), rel=1e-6)
