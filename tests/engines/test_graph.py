"""The graph engine: what is run only to be compiled leaves no trace, whatever comes of it."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.engines.graph import Graph
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import CUDA, assert_close, open_backend
from tests.engines.test_engines import NETWORKS

ON = ["strict", CUDA]
OPTIONS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.7, "l2": 3.0},
    "rising momentum": {"momentum": 0.7, "momentum_epochs": 2, "dampening": True},
    "adam": {"optimizer": "adam", "clip": 1.0},
    "max-norm": {"optimizer": "nesterov", "momentum": 0.5, "max_norm": 1.0},
}
IMAGES: dict[str, Any] = {"sizes": [(8, 8), "3C3", "MP2", 9, 10], "dropout": 0.3}


class FailureError(Exception):
    """What a step fails with."""


def make(few: Dataset, device: Device | str, engine: str, **options: Any) -> Trainer:
    network = options.pop("network", {"sizes": [64, 9, 10]})
    made = gpunet.Network(**{"device": device, "dtype": "float64", "seed": 3, **network})
    config = TrainingConfig(**{"epochs": 2, "learning_rate": 0.05, **options})
    return Trainer(made, few, config, None, engine)


def state_of(trainer: Trainer) -> dict[str, Any]:
    """Copies of all that a step changes."""
    device, optimizer = trainer.network.device, trainer.optimizer
    arrays = {"parameters": trainer.network.parameters.array, **optimizer.state}
    return {name: np.array(device.host(array)) for name, array in arrays.items()}


@pytest.mark.parametrize("network", [*NETWORKS.values(), IMAGES])
@pytest.mark.parametrize("name", ON)
def test_every_network_ends_as_with_eager(few: Dataset, name: str, network: dict[str, Any]) -> None:
    device = open_backend(name)
    found, expected = (
        make(few, device, "graph", network=network),
        make(few, "cpu", "eager", network=network),
    )
    for trainer in (found, expected):
        trainer.train()
    array = expected.network.parameters.array
    assert_close(device, found.network.parameters.array, array, 1e-8, 1e-10)


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("name", ON)
def test_every_optimizer_ends_as_with_eager(few: Dataset, name: str, optimizer: str) -> None:
    device, options = open_backend(name), {"network": IMAGES, **OPTIONS[optimizer]}
    found, expected = make(few, device, "graph", **options), make(few, "cpu", "eager", **options)
    for trainer in (found, expected):
        trainer.train()
    for what, array in state_of(expected).items():
        assert_close(device, state_of(found)[what], array, 1e-7, 1e-9)


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("name", ON)
def test_a_step_that_fails_while_it_is_compiled_changes_nothing(
    few: Dataset, name: str, optimizer: str
) -> None:
    trainer = make(few, open_backend(name), "graph", **OPTIONS[optimizer])
    before, engine = state_of(trainer), trainer.engine
    assert isinstance(engine, Graph)
    compiled = list(engine.last_operations)

    def fail() -> None:
        raise FailureError

    engine.last_operations.append(fail)
    with trainer.network.device.active():
        with pytest.raises(FailureError):
            engine.begin(trainer.order())
        for what, array in state_of(trainer).items():
            np.testing.assert_array_equal(array, before[what], what)
        engine.last_operations[:] = compiled
        trainer.train()  # nothing keeps it from being tried again
    expected = make(few, "cpu", "eager", **OPTIONS[optimizer])
    expected.train()
    array = expected.network.parameters.array
    assert_close(trainer.network.device, trainer.network.parameters.array, array, 1e-8, 1e-10)


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("name", ON)
def test_a_step_that_diverges_while_it_is_compiled_leaves_no_nan(
    few: Dataset, name: str, optimizer: str
) -> None:
    """Weights of 1e300 are none to train with, but they are what a user has given."""
    trainer = make(few, open_backend(name), "graph", **OPTIONS[optimizer])
    device, engine = trainer.network.device, trainer.engine
    with device.active():
        trainer.network.parameters.array[...] = 1e300
        before = state_of(trainer)
        with np.errstate(all="ignore"):
            engine.begin(trainer.order())
        for what, array in state_of(trainer).items():
            np.testing.assert_array_equal(array, before[what], what)
        # Nor does anything else remember it.
        trainer.network.parameters.array[...] = device.put(
            make(few, "cpu", "eager").network.parameters.array
        )
        trainer.train()
    expected = make(few, "cpu", "eager", **OPTIONS[optimizer])
    expected.train()
    array = expected.network.parameters.array
    assert_close(device, trainer.network.parameters.array, array, 1e-8, 1e-10)
