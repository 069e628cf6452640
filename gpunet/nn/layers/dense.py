"""The fully connected layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from gpunet.backend.plain import Array, Operation
from gpunet.nn.activations import Activation
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.layers.part import Part, is_count
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Neurons(Part):
    """30: that many neurons, fully connected to the layer below."""

    example = "30"
    meaning = "a number of neurons above 0"

    neurons: int

    @classmethod
    def read(cls, given: Any) -> "Neurons | None":
        return cls(int(given)) if is_count(given) else None

    @property
    def given(self) -> int:
        return self.neurons

    def shape_after(self, below: Shape) -> Shape:
        return (self.neurons,)

    def make(self, below: Shape, activation: Activation) -> Layer:
        return Dense(prod(below), self.neurons, activation)


@dataclass(frozen=True)
class Dense(Layer):
    """Every output is connected to every input: a = f(source @ W.T + b).

    Parameters are W (n_out, n_in) and b (n_out,).
    """

    n_in: int
    n_out: int
    activation: Activation
    fused = True

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ((self.n_out, self.n_in), (self.n_out,))

    @property
    def macs(self) -> int:
        return self.n_in * self.n_out

    @property
    def workspace(self) -> int:
        return 3 * self.n_out  # outputs, gradients, and what the activation keeps

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        return initializer(self.n_out, self.n_in, rng)

    def bind(self, to: Binding) -> "BoundDense":
        return BoundDense(self, to)


class BoundDense(BoundLayer):
    """BP1 to BP4 of chapter 2, for a batch."""

    def __init__(self, layer: Dense, to: Binding) -> None:
        self.activation = layer.activation
        self.primitives = to.device.primitives
        self.weights, self.biases = to.parameters
        self.source = to.source
        self.output, self.gradient = to.empty(layer.n_out), to.empty(layer.n_out)

    def forward(self) -> Sequence[Operation]:
        scale = self.activation.input_scale
        return (
            self.primitives.spread(scale, self.biases, self.output),
            self.primitives.gemm(scale, self.source, self.weights.T, 1.0, self.output),
            *self.activation.apply(self.primitives, self.output),
        )

    def chain(self) -> Sequence[Operation]:
        return self.activation.chain(self.primitives, self.output, self.gradient)

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        delta, (weights, biases) = self.gradient, sink.places
        gemm, sum_rows = self.primitives.gemm, self.primitives.sum_rows
        down = () if below is None else (gemm(1.0, delta, self.weights, 0.0, below),)  # BP2
        return (
            *down,
            gemm(sink.alpha, delta.T, self.source, sink.beta * sink.decay, weights),  # BP4
            sum_rows(sink.alpha, delta, sink.beta, biases),  # BP3
        )
