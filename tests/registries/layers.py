"""What must be said of a kind of layer, and be true."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np

import gpunet
from gpunet.nn.architecture import read_architecture, read_part
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.layers.part import Part
from gpunet.serialization.model import build, describe

# For each kind of layer, the hidden layers of a network it is in, on images of 8 × 8.
EXAMPLES: dict[str, list[Any]] = {
    "30": [4],
    "20C5": ["3C3"],
    "16C5@lenet": ["6C3", "16C3@lenet"],
    "MP2": ["3C3", "MP2"],
    "AP2": ["3C3", "AP2"],
    "SS2": ["3C3", "SS2"],
    "MX5": [10, "MX5"],
}
SAMPLES = 6
# Enough for what an array takes beside its numbers not to count.
MANY = 4000


def complaints(kind: type[Part]) -> list[str]:
    """All that is missing or untrue."""
    place = f"{kind.__module__}, {kind.__name__}"
    if kind.example not in EXAMPLES:
        return [f"tests/registries/layers.py, EXAMPLES[{kind.example!r}]: is missing"]
    sizes = [(8, 8), *EXAMPLES[kind.example], 10]
    network = gpunet.Network(sizes, activation="tanh", dtype="float64", seed=5)
    found = [
        *complain_of_notation(kind, place, network),
        *complain_of_shapes(network, place),
        *complain_of_gradient(network, place),
        *complain_of_workspace(sizes, place),
    ]
    if "__doc__" not in vars(kind) or not kind.__doc__:
        found.append(f"{place}: has no docstring")
    return found


def complain_of_notation(kind: type[Part], place: str, network: gpunet.Network) -> Iterator[str]:
    """A notation that is not read back, from Python, JSON or a file."""
    given = int(kind.example) if kind.example.isdecimal() else kind.example
    part = read_part(given)
    if not isinstance(part, kind) or (part.given, str(part)) != (given, kind.example):
        yield f"{place}.read: {given!r} is read as {part!r}"
    if kind.example not in kind.meaning and not isinstance(given, int):
        yield f"{place}.meaning: {kind.meaning!r} does not show {kind.example}"
    if not any(isinstance(part, kind) for part in network.architecture.parts):
        yield f"tests/registries/layers.py, EXAMPLES[{kind.example!r}]: has no {kind.__name__}"
    if read_architecture(network.architecture.given) != network.architecture:
        yield f"{place}.given: an architecture is not read back from it"
    again = build(json.loads(json.dumps(describe(network))), "cpu", place)
    if not np.array_equal(again.parameters.array, network.parameters.array):
        yield f"{place}.given: a network is not built again from its description"


def complain_of_shapes(network: gpunet.Network, place: str) -> Iterator[str]:
    """Shapes that are not what comes out."""
    bound = network.bind(np.ones((2, network.sizes[0])))
    at_stages = [shape[1] for shape in (layer.output.shape for layer in bound.layers.values())]
    if not set(at_stages) <= set(network.sizes):
        yield f"{place}.shape_after: {network.sizes}, and outputs are of {at_stages}"
    for layer in network.layers:
        if len(layer.shapes) not in (0, 2):
            yield f"{place}: {layer} has {len(layer.shapes)} arrays of parameters, not 2 or none"
        if layer.shapes and layer.macs < 1:
            yield f"{place}: {layer} says it takes no multiply-adds"


def complain_of_gradient(network: gpunet.Network, place: str) -> Iterator[str]:
    """A gradient that is not that of the cost."""
    x = np.random.default_rng(7).standard_normal((SAMPLES, network.sizes[0]))
    y = np.eye(network.sizes[-1])[np.arange(SAMPLES) % network.sizes[-1]]
    parameters, step = network.parameters.array, 1e-5
    expected = np.empty_like(parameters)
    for at, kept in enumerate(parameters.copy()):
        values = []
        for shift in (step, -step):
            parameters[at] = kept + shift
            values.append(network.cost.total(np, network.feedforward(x), y) / SAMPLES)
        parameters[at] = kept
        expected[at] = (values[0] - values[1]) / (2 * step)
    if not np.allclose(network.backprop(x, y).flat, expected, rtol=1e-6, atol=1e-8):
        yield f"{place}: backward is not the gradient"


def complain_of_workspace(sizes: list[Any], place: str) -> Iterator[str]:
    """Memory taken that `workspace` does not count."""
    for activation in ("linear", "tanh", "relu"):
        network = gpunet.Network(sizes, activation=activation)
        x = np.ones((MANY, network.sizes[0]), np.float32)
        y = np.ones((MANY, network.sizes[-1]), np.float32)
        sinks = [GradientSink(1.0, 0.0, views) for views in network.flat().views]
        tracemalloc.start()
        bound = network.bind(x)
        operations = [*bound.forward(), *bound.backward(network.cost, y, sinks)]
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        counted = (network.workspace - network.sizes[0]) * MANY * 4
        if taken > 1.1 * counted + 50_000 or not operations:
            yield f"{place}: workspace counts {counted:,} bytes, and {taken:,} are taken"
            return
