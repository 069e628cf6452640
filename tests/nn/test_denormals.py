"""What an optimizer keeps from step to step never becomes denormal: processors are slow then."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset, Split
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer

# Whatever keeps something from step to step.
KEEPING: dict[str, dict[str, Any]] = {
    "momentum": {"momentum": 0.9},
    "nesterov": {"optimizer": "nesterov", "momentum": 0.9},
    "clip, momentum": {"clip": 1.0, "momentum": 0.9},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw"},
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", KEEPING)
def test_what_decays_ends_at_zero_and_never_among_the_denormal_numbers(
    device: Device, case: str, dtype: str
) -> None:
    """With images all dark the weights have no gradient, and a velocity only decays."""
    split = Split(np.zeros((8, 5), np.uint8), np.arange(8) % 3)
    dark = Dataset("dark", split, split, split, (1, 5))
    network = gpunet.Network([5, 3], device=device, dtype=dtype)
    config = TrainingConfig(epochs=3, batch_size=8, learning_rate=0.01, **KEEPING[case])
    # The fused kernel needs no such care: GPUs compute denormal numbers at full speed.
    trainer = Trainer(network, dark, config, None, "eager")
    smallest = np.finfo(dtype).tiny
    state = {name: array for name, array in trainer.optimizer.state.items() if name != "powers"}
    assert state
    for array in state.values():
        array[...] = float(smallest) * 1.0001  # still normal: the next smaller ones are not
    trainer.train()
    for name, array in state.items():
        found = np.abs(device.host(array))
        assert ((found == 0) | (found >= smallest)).all(), name
        assert (found[:15] == 0).all(), name  # of the weights, which come before the biases
