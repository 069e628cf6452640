"""What must be said of an engine, and be true."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.engines.base import Engine
from gpunet.engines.choose import ENGINES
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import to_host
from tests.registries.shown import complain_of_command_line

CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"activation": "relu"}, {"momentum": 0.6, "l2": 3.0}),
    ({}, {"momentum": 0.6, "dampening": True}),
    ({"dropout": [0.3], "input_dropout": 0.2}, {"momentum": 0.6, "momentum_epochs": 2}),
    ({"cost": "log-likelihood", "dropout": 0.3}, {"optimizer": "adam", "clip": 1.0}),
    ({"sizes": [(8, 8), "3C3", "MP2", 10]}, {"schedule": "step:1:0.5", "max_norm": 1.0}),
]


def complaints(kind: type[Engine], data: Dataset, gpu: Device) -> list[str]:
    """All that is missing or untrue."""
    place = f"{kind.__module__}, {kind.__name__}"
    found = [
        *complain_of_results(kind, data, gpu, place),
        *complain_of_command_line("--engine", kind.name),
    ]
    if "__doc__" not in vars(kind) or not kind.__doc__:
        found.append(f"{place}: has no docstring")
    if [other.rank for other in ENGINES.values()].count(kind.rank) > 1:
        found.append(f"{place}.rank: another engine has {kind.rank} too")
    return found


def complain_of_results(
    kind: type[Engine], data: Dataset, gpu: Device, place: str
) -> Iterator[str]:
    """Trainings that it neither refuses by name nor ends with the weights of eager."""
    for network, training in CASES:
        trainers = []
        for name, where in ((kind.name, gpu), ("eager", CpuDevice())):
            made = gpunet.Network(
                **{"sizes": [64, 9, 10], "dtype": "float64", "device": where, **network}
            )
            config = TrainingConfig(epochs=2, batch_size=10, learning_rate=0.01, **training)
            try:
                trainers.append(Trainer(made, data, config, None, name))
            except InputError as error:
                if f"the {kind.name} engine" not in str(error) or "--engine" not in str(error):
                    yield f"{place}.refusal: {error} does not name the engine, or none that can"
                break
        for trainer in trainers:
            trainer.train()
        if len(trainers) == 2:
            a, b = (to_host(t.network.device, t.network.parameters.array) for t in trainers)
            if not np.allclose(a, b, rtol=0, atol=1e-9):
                yield f"{place}: {network}, {training} end with other weights than with eager"
