"""An activation, a cost, an optimizer and a layer that nothing in the package knows of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np

from gpunet.backend.fused_functions import Elementwise, FusedCost
from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.nn.activations import Activation
from gpunet.nn.costs import Cost
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.layers.part import Part
from gpunet.nn.optimizers.base import OptimizerConfig, Trainable, flush, zeros_like
from gpunet.nn.optimizers.collected import Collected
from gpunet.nn.parameters import ParameterVector, Shape


class Softsign(Activation):
    """z / (1 + |z|)."""

    name = "softsign"
    increasing = True
    fused = Elementwise(
        "z / (1 + (z < 0 ? -z : z))", slope="(1 - (a < 0 ? -a : a)) * (1 - (a < 0 ? -a : a))"
    )

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        size = p.xp.empty_like(a)
        return (
            partial(p.xp.abs, a, size),
            partial(p.xp.add, size, p.constant(1.0, a.dtype), size),
            partial(p.xp.divide, a, size, a),
        )

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        slope = p.xp.empty_like(a)  # (1 − |a|)²
        return (
            partial(p.xp.abs, a, slope),
            partial(p.xp.subtract, p.constant(1.0, a.dtype), slope, slope),
            partial(p.xp.multiply, slope, slope, slope),
            partial(p.xp.multiply, gradient, slope, gradient),
        )


class Falling(Activation):
    """−z."""

    name = "falling"
    fused = None

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        return (partial(p.xp.multiply, a, p.constant(-1.0, a.dtype), a),)

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        return (partial(p.xp.multiply, gradient, p.constant(-1.0, a.dtype), gradient),)


class Quartic(Cost):
    """¼ Σ (a − y)⁴."""

    name = "quartic"
    fused = FusedCost(
        "(Real)0.25 * (a - y) * (a - y) * (a - y) * (a - y)", slope="(a - y) * (a - y) * (a - y)"
    )

    def total(self, xp: Any, a: Array, y: Array) -> Array:
        return 0.25 * xp.sum((a - y) ** 4)

    def check(self, output: Activation) -> None:
        """Any output layer will do."""

    def slope(self, p: Primitives, a: Array, y: Array, out: Array) -> Sequence[Operation]:
        square = p.xp.empty_like(a)
        return (
            partial(p.xp.subtract, a, y, out),
            partial(p.xp.multiply, out, out, square),
            partial(p.xp.multiply, out, square, out),
        )


class RMSProp(Collected):
    """s ← ρ s + (1 − ρ) g², w ← w − η g / (√s + ε)."""

    name = "rmsprop"
    RHO, EPSILON = 0.9, 1e-6

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        super().__init__(network, config)
        self.state = {"square": zeros_like(network).array}

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return 1

    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        xp, w, g, scratch = p.xp, parameters.array, self.gradient.array, self.scratch
        square = self.state["square"]
        return (
            partial(xp.multiply, square, self.RHO, square),
            partial(xp.multiply, g, g, scratch),
            partial(xp.multiply, scratch, 1.0 - self.RHO, scratch),
            partial(xp.add, square, scratch, square),
            partial(xp.sqrt, square, scratch),
            partial(xp.add, scratch, self.EPSILON, scratch),
            partial(xp.divide, g, scratch, g),
            partial(xp.multiply, g, -self.learning_rate, g),
            partial(xp.add, w, g, w),
            *flush(p, square),
        )


@dataclass(frozen=True)
class OneToOne(Part):
    """1:1: every output is connected to one input."""

    example = "1:1"
    meaning = "1:1 for neurons with one input each"

    @classmethod
    def read(cls, given: Any) -> "OneToOne | None":
        return cls() if given == cls.example else None

    @property
    def given(self) -> str:
        return self.example

    def shape_after(self, below: Shape) -> Shape:
        return (prod(below),)

    def make(self, below: Shape, activation: Activation) -> Layer:
        return Gains(prod(below), activation)


@dataclass(frozen=True)
class Gains(Layer):
    """a = f(w x + b), number by number. Parameters are w (n, 1) and b (n,)."""

    neurons: int
    activation: Activation
    fused = False

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ((self.neurons, 1), (self.neurons,))

    @property
    def macs(self) -> int:
        return self.neurons

    @property
    def workspace(self) -> int:
        return 4 * self.neurons  # outputs, gradients, their products with inputs, and f's slope

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        return initializer(self.neurons, 1, rng)

    def bind(self, to: Binding) -> "BoundGains":
        return BoundGains(self, to)

    def __str__(self) -> str:
        return "1:1"


class BoundGains(BoundLayer):
    """The same for a batch."""

    def __init__(self, layer: Gains, to: Binding) -> None:
        self.layer = layer
        self.primitives = to.device.primitives
        weights, self.biases = to.parameters
        self.weights = weights.reshape(-1)
        self.source = to.source
        self.output, self.gradient, self.product = (to.empty(layer.neurons) for _ in range(3))

    def forward(self) -> Sequence[Operation]:
        p, scale = self.primitives, self.layer.activation.input_scale
        return (
            partial(p.xp.multiply, self.source, self.weights, self.output),
            partial(p.xp.add, self.output, self.biases, self.output),
            partial(p.xp.multiply, self.output, p.constant(scale, self.output.dtype), self.output),
            *self.layer.activation.apply(p, self.output),
        )

    def chain(self) -> Sequence[Operation]:
        return self.layer.activation.chain(self.primitives, self.output, self.gradient)

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        p, (weights, biases) = self.primitives, sink.places
        down = (
            () if below is None else (partial(p.xp.multiply, self.gradient, self.weights, below),)
        )
        return (
            *down,
            partial(p.xp.multiply, self.gradient, self.source, self.product),
            p.sum_rows(sink.alpha, self.product, sink.beta * sink.decay, weights.reshape(-1)),
            p.sum_rows(sink.alpha, self.gradient, sink.beta, biases),
        )
