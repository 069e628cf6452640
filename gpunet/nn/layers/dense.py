"""The fully connected layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation
from gpunet.nn.activations import Activation
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import BoundLayer, GradientSink, Layer
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Dense(Layer):
    """Every output is connected to every input: a = f(source @ W.T + b).

    Parameters are W (n_out, n_in) and b (n_out,).
    """

    n_in: int
    n_out: int
    activation: Activation

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ((self.n_out, self.n_in), (self.n_out,))

    @property
    def macs(self) -> int:
        return self.n_in * self.n_out

    @property
    def workspace(self) -> int:
        return 3 * self.n_out  # outputs, gradients, and what the activation keeps

    def initialize(self, initializer: Initializer, stream: np.random.Generator) -> list[Any]:
        return initializer(self.n_out, self.n_in, stream)

    def bind(
        self,
        device: Device,
        parameters: tuple[Array, ...],
        source: Array,
        order: str,
        clock: Array | None,
    ) -> "BoundDense":
        return BoundDense(self, device, parameters, source, order)


class BoundDense(BoundLayer):
    """BP1 to BP4 of chapter 2, for a batch."""

    def __init__(
        self,
        layer: Dense,
        device: Device,
        parameters: tuple[Array, ...],
        source: Array,
        order: str,
    ) -> None:
        self.activation = layer.activation
        self.primitives = device.primitives
        self.weights, self.biases = parameters
        self.source = source
        shape = (len(source), layer.n_out)
        self.output = device.xp.empty(shape, dtype=source.dtype, order=order)
        self.gradient = device.xp.empty(shape, dtype=source.dtype, order=order)

    def forward(self) -> Sequence[Operation]:
        scale = self.activation.input_scale
        return (
            self.primitives.spread(scale, self.biases, self.output),
            self.primitives.gemm(scale, self.source, self.weights.T, 1.0, self.output),
            *self.activation.apply(self.primitives, self.output),
        )

    def chain(self) -> Sequence[Operation]:
        return self.activation.chain(self.primitives, self.output, self.gradient)

    def backward(self, target: GradientSink, below: Array | None) -> Sequence[Operation]:
        delta, (weights, biases) = self.gradient, target.places
        gemm, sum_rows = self.primitives.gemm, self.primitives.sum_rows
        down = () if below is None else (gemm(1.0, delta, self.weights, 0.0, below),)  # BP2
        return (
            *down,
            gemm(target.alpha, delta.T, self.source, target.beta * target.decay, weights),  # BP4
            sum_rows(target.alpha, delta, target.beta, biases),  # BP3
        )
