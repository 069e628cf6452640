"""No step takes memory of the device, whatever the network is made of and whatever trains it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.engines.base import Engine
from gpunet.engines.eager import Eager
from gpunet.engines.graph import Graph
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.dropout import DROPOUTS
from gpunet.nn.layers.table import LAYERS
from gpunet.nn.optimizers.base import OptimizerConfig
from gpunet.nn.optimizers.table import OPTIMIZERS
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import CUDA, open_backend, refusing_allocations
from tests.registries.layers import EXAMPLES
from tests.registries.optimizers import configs

Options = dict[str, Any]
SIZES = [64, 9, 10]
IMAGES = [(8, 8), "3C3", "MP2", "4C2", 9, 10]


def suits(cost: str, activation: str) -> bool:
    """Whether an output layer of that activation goes with that cost."""
    try:
        COSTS[cost].check(ACTIVATIONS[activation])
    except InputError:
        return False
    return True


def training(config: OptimizerConfig, optimizer: str) -> Options:
    """The options of a training for an optimizer's own."""
    given = {name: value for name, value in vars(config).items() if value}
    return {**given, "optimizer": optimizer}


# What a network is made of, and how it is trained.
CASES: dict[str, tuple[Options, Options]] = {
    **{f"layer {name}": ({"sizes": [(8, 8), *EXAMPLES[name], 10]}, {}) for name in LAYERS},
    **{f"hidden {name}": ({"activation": [name, "sigmoid"]}, {}) for name in ACTIVATIONS},
    **{
        f"{cost} of {output}": ({"cost": cost, "activation": ["tanh", output]}, {})
        for cost in COSTS
        for output in ACTIVATIONS
        if suits(cost, output)
    },
    **{
        f"{name}, case {number}": ({}, training(config, name))
        for name, kind in OPTIMIZERS.items()
        for number, config in enumerate(configs(kind))
    },
    **{
        f"dropout scaled in {scaling}": ({"dropout": 0.4, "dropout_scaling": scaling}, {})
        for scaling in DROPOUTS
    },
    **{
        f"inputs and layers of {sizes[0]} left out": (
            {"sizes": sizes, "dropout": rates, "input_dropout": 0.2},
            {"max_norm": limits},
        )
        for sizes, rates, limits in (
            (SIZES, [0.4], [1.0, 0.0]),
            (IMAGES, [0.4, 0.3], [1.0, 2.0, 0.0, 3.0]),
        )
    },
    "images": ({"sizes": IMAGES, "activation": "relu"}, {"max_norm": 1.0, "clip": 1.0}),
    "float64": ({"sizes": IMAGES, "dropout": 0.3, "dtype": "float64"}, {"optimizer": "adam"}),
}


def make(few: Dataset, device: Device, engine: type[Engine], case: str) -> Trainer:
    network, options = CASES[case]
    made = gpunet.Network(**{"sizes": SIZES, "seed": 1, **network}, device=device)
    config = TrainingConfig(**{"epochs": 1, "batch_size": 25, "learning_rate": 0.01, **options})
    return Trainer(made, few, config, None, engine.name)


def run_epoch(trainer: Trainer) -> None:
    """Every step of an epoch: ten whole batches, and one of three samples."""
    step, engine = 0, trainer.engine
    while step < trainer.steps_per_epoch:
        step += engine.run(step)


def check(trainer: Trainer) -> None:
    """Steps that have run once run without memory, and compute."""
    device = trainer.network.device
    with device.active():
        trainer.engine.begin(trainer.order())
        run_epoch(trainer)
        before = device.host(trainer.network.parameters.array).copy()
        with refusing_allocations(device):
            run_epoch(trainer)
        after = device.host(trainer.network.parameters.array)
    assert np.isfinite(after).all()
    assert (after != before).any()


@pytest.mark.parametrize("case", CASES)
def test_no_step_of_the_eager_engine_takes_memory(device: Device, few: Dataset, case: str) -> None:
    check(make(few, device, Eager, case))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["strict", CUDA])
def test_no_step_of_the_graph_engine_takes_memory(few: Dataset, name: str, case: str) -> None:
    check(make(few, open_backend(name), Graph, case))


@pytest.mark.parametrize("sizes", [IMAGES, [(8, 8), "3C2", "MP7", 10]])
def test_nor_does_one_where_equal_maxima_share_the_gradient(
    device: Device, few: Dataset, sizes: list[Any]
) -> None:
    network = gpunet.Network(sizes, device=device, seed=1)
    network.layers = tuple(
        replace(layer, share_ties=True) if isinstance(layer, Convolution) else layer
        for layer in network.layers
    )
    config = TrainingConfig(epochs=1, batch_size=25, learning_rate=0.01)
    check(Trainer(network, few, config, None, "eager"))
