"""The book's lists of weights and biases on a device, and what `gpunet.nn` computes with them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation
from gpunet.book.functions import logistic
from gpunet.book.samples import check_numbers
from gpunet.core.errors import InputError
from gpunet.nn.activations import Linear, Sigmoid
from gpunet.nn.costs import find_cost
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.layers.dense import Dense
from gpunet.nn.parameters import ParameterVector
from gpunet.nn.step import Pass, run

# Samples per forward pass when there is no training.
CHUNK = 200
# Forward passes use several CPU threads only where a training step over this many samples would.
THREADS_AS_FOR = 50

Lists = tuple[list[Any], list[Any]]


@cache
def device_named(name: str) -> Device:
    """The device of that name, opened once."""
    return open_device(name)


def find_device(device: str | Device) -> Device:
    """A device, or the one of that name."""
    return device if isinstance(device, Device) else device_named(device)


class Core:
    """Sigmoid layers with these parameters, in float64.

    It is built again from the lists at every call, so that assignments to them take effect.

    Args:
        device: where to compute, or its name.
        weights, biases: for each layer (n_out, n_in) and (n_out, 1); they are copied.
        cost: "quadratic" or "cross-entropy"; only training uses it.

    Raises:
        InputError: shapes do not fit one another.
    """

    def __init__(
        self,
        device: str | Device,
        weights: Sequence[Any],
        biases: Sequence[Any],
        cost: str = "quadratic",
    ) -> None:
        shapes = check_shapes(weights, biases)
        self.device = find_device(device)
        self.cost = find_cost(cost)
        self.layers = [Dense(n_in, n_out, Sigmoid()) for (n_out, n_in), _ in shapes]
        self.n_in, self.n_out = self.layers[0].n_in, self.layers[-1].n_out
        self.macs = max(layer.macs for layer in self.layers)
        parts = [np.ravel(part) for pair in zip(weights, biases, strict=True) for part in pair]
        with self.device.active():
            array = self.device.put(np.concatenate(parts), np.float64)
            self.parameters = ParameterVector(array, shapes)

    def lists(self) -> Lists:
        """Weights (n_out, n_in) and biases (n_out, 1) as they are now, on the host."""
        array = np.array(self.device.host(self.parameters.array))
        views = ParameterVector(array, [layer.shapes for layer in self.layers]).views
        return [weights for weights, _ in views], [biases.reshape(-1, 1) for _, biases in views]

    def squared_weights(self) -> float:
        """Σ w² over all weights."""
        with self.device.active():
            total = sum((weights * weights).sum() for weights, _ in self.parameters.views)
            return float(self.device.host(total))

    def bind(self, x: Array, y: Array, sinks: Sequence[GradientSink]) -> list[Operation]:
        """Forward and backward over x (m, n_in) and y (m, n_out), gradients sent to `sinks`."""
        bound = Pass(self.device, self.layers, self.parameters, x)
        return bound.forward() + bound.backward(self.cost, y, sinks)


class CachedOutputs:
    """The network's outputs for some samples, computed once for each state of the network.

    Args:
        core: the network; its parameters are used as they are when outputs are computed.
        x: (n, n_in), on the core's device.
    """

    def __init__(self, core: Core, x: Array) -> None:
        self.core = core
        self.x = x
        with core.device.active():
            self.chunk = core.device.xp.empty((min(CHUNK, len(x)), core.n_in), dtype=np.float64)
            # The top layer gives its weighted input: `logistic` keeps all digits of the output.
            top = core.layers[-1]
            layers = [*core.layers[:-1], Dense(top.n_in, top.n_out, Linear())]
            self.bound = Pass(core.device, layers, core.parameters, self.chunk)
            self.operations = self.bound.forward()
            self.a = core.device.xp.empty((len(x), core.n_out), dtype=np.float64)
        self.stale = True

    def outputs(self) -> Array:
        """(n, n_out), on the core's device; recomputed only if they are stale."""
        if self.stale:
            self.compute()
            self.stale = False
        return self.a

    def compute(self) -> None:
        """Compute the outputs, some samples at a time."""
        device, most = self.core.device, len(self.chunk)
        work = self.core.macs * THREADS_AS_FOR
        with device.computing(work), np.errstate(over="ignore"):
            for start in range(0, len(self.x), most):
                rows = slice(start, min(start + most, len(self.x)))
                self.chunk[: rows.stop - start] = self.x[rows]
                run(self.operations)
                z = self.bound.output[: rows.stop - start]
                self.a[rows] = logistic(device.xp, z)


def check_shapes(weights: Sequence[Any], biases: Sequence[Any]) -> list[list[tuple[int, ...]]]:
    """For each layer the shapes (n_out, n_in) and (n_out,).

    Raises:
        InputError: they do not fit one another, or hold no numbers.
    """
    if len(weights) != len(biases) or not weights:
        raise InputError(f"{len(weights)} arrays of weights and {len(biases)} of biases")
    shapes: list[list[tuple[int, ...]]] = []
    for layer, (w, b) in enumerate(zip(map(np.shape, weights), map(np.shape, biases), strict=True)):
        n_in = shapes[-1][0][0] if shapes else w[-1] if w else 0
        if len(w) != 2 or w[1] != n_in or 0 in w or b != (w[0], 1):
            raise InputError(
                f"weights[{layer}] of shape {w} and biases[{layer}] of shape {b}: "
                f"needed (n_out, {n_in or 'n_in'}) and (n_out, 1)"
            )
        shapes.append([w, w[:1]])
        check_numbers(np.asarray(weights[layer]), f"weights[{layer}]")
        check_numbers(np.asarray(biases[layer]), f"biases[{layer}]")
    return shapes
