"""What the fused kernel says it knows, against what it computes."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.nn.activations import ACTIVATIONS, Activation
from gpunet.nn.costs import Cost
from gpunet.nn.layers.part import Part
from gpunet.nn.optimizers.base import Optimizer
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import to_host
from tests.registries.costs import suits
from tests.registries.layers import EXAMPLES
from tests.registries.optimizers import configs


def complaints_of_activation(activation: Activation, data: Dataset, gpu: Device) -> list[str]:
    """An activation that the kernel computes otherwise, or does not refuse by name."""
    place = f"gpunet/nn/activations.py, {type(activation).__name__}.fused"
    network = {"activation": [activation.name, "sigmoid"]}
    known = activation.fused is not None
    return list(complain(place, data, gpu, network, {}, known, activation.name))


def complaints_of_cost(cost: Cost, data: Dataset, gpu: Device) -> list[str]:
    """A cost that the kernel computes otherwise, or does not refuse by name."""
    place = f"gpunet/nn/costs.py, {type(cost).__name__}.fused"
    found: list[str] = []
    for output in ACTIVATIONS.values():
        if suits(cost, output) and output.fused is not None:
            network = {"activation": ["tanh", output.name], "cost": cost.name}
            known = cost.fused is not None
            found += complain(place, data, gpu, network, {}, known, cost.name)
    return found


def complaints_of_optimizer(kind: type[Optimizer], data: Dataset, gpu: Device) -> list[str]:
    """An optimizer of which the kernel knows less than it says."""
    place = f"{kind.__module__}, {kind.__name__}.beyond_fused"
    found: list[str] = []
    for asked in configs(kind):
        options = {name: getattr(asked, name) for name in kind.takes}
        options |= {name: 50 * options[name] for name in ("l1", "l2") if name in options}
        optimizer = kind.make(gpunet.Network([64, 9, 10]), asked)
        known, training = not optimizer.beyond_fused, {**options, "optimizer": kind.name}
        found += complain(place, data, gpu, {}, training, known, optimizer.beyond_fused)
    return found


def complaints_of_layer(kind: type[Part], data: Dataset, gpu: Device) -> list[str]:
    """A layer that the kernel does not hold as it says, or does not refuse by name."""
    network: dict[str, Any] = {"sizes": [(8, 8), *EXAMPLES[kind.example], 10]}
    odd = [str(layer) for layer in gpunet.Network(**network).layers if not layer.fused]
    place, called = f"{kind.__module__}, fused", f"no {odd[0]}" if odd else ""
    return list(complain(place, data, gpu, network, {}, not odd, called))


def complain(
    place: str,
    data: Dataset,
    gpu: Device,
    network: dict[str, Any],
    training: dict[str, Any],
    known: bool,
    called: str,
) -> Iterator[str]:
    """Whether the fused engine ends with the weights of eager, or refuses what it does not know."""
    trainers = []
    for name, device in (("fused", gpu), ("eager", CpuDevice())):
        fixed: dict[str, Any] = {"dtype": "float64", "seed": 3, "device": device}
        made = gpunet.Network(**{"sizes": [64, 9, 10], **fixed, **network})
        config = TrainingConfig(epochs=2, batch_size=10, learning_rate=0.02, **training)
        try:
            trainers.append(Trainer(made, data, config, None, name))
        except InputError as error:
            words = ("the fused engine", called, "use --engine graph")
            if known or not all(word in str(error) for word in words):
                yield f"{place}: {error}"
            return
        trainers[-1].train()
    fused, eager = (to_host(t.network.device, t.network.parameters.array) for t in trainers)
    if not known:
        yield f"{place}: {called} is not refused"
    if not np.allclose(fused, eager, rtol=0, atol=1e-10):
        yield f"{place}: {network}, {training} end with other weights than with eager"
