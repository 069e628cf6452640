"""Every step of a training leaves out neurons of its own, whatever runs it."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.datasets.batches import EpochOrder
from gpunet.datasets.dataset import Dataset
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.step import run
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import assert_close

EPOCHS, RATE, SEED = 3, 0.5, 3


def make_network(device: Device) -> gpunet.Network:
    return gpunet.Network([64, 12, 10], dropout=0.5, dtype="float64", seed=SEED, device=device)


def step_by_hand(network: gpunet.Network, data: Dataset, rows: Any, number: int) -> None:
    """One step over some rows, with the neurons left out that belong to its number."""
    x = data.train.images[rows] * data.scale
    y = np.eye(10)[data.train.labels[rows]]
    bound = network.bind(x, np.array([number], np.uint64))
    sinks = [GradientSink(-RATE / len(rows), 1.0, places) for places in network.parameters.views]
    run([*bound.forward(), *bound.backward(network.cost, y, sinks)])


@pytest.mark.parametrize("batch_size", [100, 253])
@pytest.mark.parametrize("engine", ["eager", "graph"])
def test_the_steps_are_counted_from_the_beginning_of_the_run(
    gpu: Device, few: Dataset, engine: str, batch_size: int
) -> None:
    config = TrainingConfig(epochs=EPOCHS, batch_size=batch_size, learning_rate=RATE)
    trainer = Trainer(make_network(gpu), few, config, None, engine)
    trainer.train()
    network, number = make_network(CpuDevice()), 0
    for epoch in range(EPOCHS):
        order = np.asarray(EpochOrder(len(few.train), key_for(SEED, RngPurpose.ORDER), epoch))
        for start in range(0, len(order), batch_size):
            step_by_hand(network, few, order[start : start + batch_size], number)
            number += 1
    assert number == trainer.steps_done
    found, expected = trainer.network.parameters.array, network.parameters.array
    assert_close(gpu, found, expected, 1e-9, 1e-12)
