"""What the fused kernel does not know it is not given, and another engine computes it."""

from typing import Any

import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import assert_close

BEYOND_FUSED: dict[str, dict[str, Any]] = {
    "max-norm": {"max_norm": 1.0},
    "max-norm with momentum": {"max_norm": 1.0, "momentum": 0.5},
    "max-norm of one layer": {"max_norm": [1.0, 0.0]},
    "momentum-epochs": {"momentum": 0.5, "momentum_epochs": 2},
    "l1": {"l1": 1.0},
    "clip": {"clip": 0.1},
    "nesterov": {"optimizer": "nesterov", "momentum": 0.5},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "l2": 1.0},
}


@pytest.mark.parametrize("case", BEYOND_FUSED)
def test_what_the_fused_kernel_does_not_know_it_is_not_given(
    gpu: Device, few: Dataset, case: str
) -> None:
    settings = TrainingConfig(epochs=2, learning_rate=0.05, **BEYOND_FUSED[case])
    what = case.partition(" ")[0]

    def trainer(device: Device, engine: str) -> Trainer:
        network = gpunet.Network([64, 9, 10], device=device, dtype="float64", seed=3)
        return Trainer(network, few, settings, None, engine)

    with pytest.raises(gpunet.InputError, match=f"not {what}; use --engine graph"):
        trainer(gpu, "fused")
    chosen, eager = trainer(gpu, "auto"), trainer(CpuDevice(), "eager")
    assert (chosen.engine.name, what in chosen.engine_note) == ("graph", True)
    chosen.train()
    eager.train()
    found, expected = (each.network.parameters.array for each in (chosen, eager))
    assert_close(gpu, found, expected, 1e-9, 1e-12)
