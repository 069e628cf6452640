"""The subsampling layers of LeCun, Bottou, Bengio and Haffner's LeNet, 1998: SS2."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np

from gpunet.backend.plain import Array, Operation
from gpunet.nn.activations import Activation
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.layers.fitting import check_elementwise, divided
from gpunet.nn.layers.part import Part, read_numbers
from gpunet.nn.layers.squares import add_up, copy_to_all, corners
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Sums(Part):
    """SS2: the sum over squares of `side` pixels a side, times a weight, plus a bias, of each map.

    LeCun et al. 1998, section II.B, of layer S2.
    """

    example = "SS2"
    meaning = "SS2 for subsampling with weights over 2 × 2"
    takes_images = True

    side: int

    @classmethod
    def read(cls, given: Any) -> "Sums | None":
        numbers = read_numbers(r"SS(\d+)", given)
        return cls(*numbers) if numbers else None

    @property
    def given(self) -> str:
        return f"SS{self.side}"

    def refusal(self, below: Part | None) -> str:
        if below is not None:
            return ""
        return f"{self} subsamples maps; put a convolution below it, as in 6C5, SS2"

    def shape_after(self, below: Shape) -> Shape:
        return divided("SS", self.side, below)

    def make(self, below: Shape, activation: Activation) -> Layer:
        check_elementwise(self, activation)
        return Subsampling(below, self.side, activation)


@dataclass(frozen=True)
class Subsampling(Layer):
    """a = f(w · the sum over a square + b), w and b being the map's own.

    Parameters are w (channels, 1) and b (channels,).

    Attributes:
        shape: (channels, height, width) of what comes in.
        side: of a square, in pixels.
    """

    shape: Shape
    side: int
    activation: Activation
    fused = False

    @property
    def pooled(self) -> Shape:
        """(channels, height, width) of what comes out."""
        channels, height, width = self.shape
        return channels, height // self.side, width // self.side

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ((self.shape[0], 1), (self.shape[0],))

    @property
    def macs(self) -> int:
        return prod(self.shape)

    @property
    def workspace(self) -> int:
        # Sums, outputs and gradients, what the activation keeps, and products for the weights.
        return 5 * prod(self.pooled)

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        # Drawn as one of the weights of a neuron that has a whole square of inputs.
        weights, biases = initializer(self.shape[0], self.side**2, rng)
        return [weights[:, :1], biases]

    def bind(self, to: Binding) -> "BoundSubsampling":
        assert to.order == "F"
        return BoundSubsampling(self, to)

    def __str__(self) -> str:
        return f"SS{self.side}"


class BoundSubsampling(BoundLayer):
    """The same for a batch."""

    def __init__(self, layer: Subsampling, to: Binding) -> None:
        self.primitives = to.device.primitives
        self.layer, self.source = layer, to.source
        weights, biases = to.parameters
        # With an axis for the places of all samples.
        self.weights, self.biases = weights, biases.reshape(-1, 1)
        self.output, self.gradient, self.sums = (to.empty(prod(layer.pooled)) for _ in range(3))

    def by_map(self, pooled: Array) -> Array:
        """Numbers (m, n) of what comes out as a matrix, a row for each map."""
        return pooled.T.reshape(self.layer.shape[0], -1)

    def parts(self, maps: Array) -> list[Array]:
        """What comes in, or its gradient, (m, n), by its place in a square."""
        return corners(maps.T.reshape(*self.layer.shape, len(maps)), self.layer.side)

    def forward(self) -> Sequence[Operation]:
        p, xp, activation = self.primitives, self.primitives.xp, self.layer.activation
        sums, output = self.by_map(self.sums), self.by_map(self.output)
        scale = p.constant(activation.input_scale, output.dtype)
        pooled = self.sums.T.reshape(*self.layer.pooled, len(self.sums))
        return (
            *add_up(p, self.parts(self.source), pooled),
            partial(xp.multiply, sums, self.weights, output),
            partial(xp.add, output, self.biases, output),
            *([partial(xp.multiply, output, scale, output)] if scale != 1 else []),
            *activation.apply(p, self.output),
        )

    def chain(self) -> Sequence[Operation]:
        return self.layer.activation.chain(self.primitives, self.output, self.gradient)

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        p, xp, (weights, biases) = self.primitives, self.primitives.xp, sink.places
        delta, sums = self.by_map(self.gradient), self.by_map(self.sums)
        product = xp.empty_like(delta)
        operations: list[Operation] = []
        if below is not None:
            down = product.reshape(*self.layer.pooled, len(self.gradient))
            operations.append(partial(xp.multiply, delta, self.weights, product))
            operations += copy_to_all(p, down, self.parts(below))
        return (
            *operations,
            partial(xp.multiply, delta, sums, product),
            p.sum_rows(sink.alpha, product.T, sink.beta * sink.decay, weights.reshape(-1)),
            p.sum_rows(sink.alpha, delta.T, sink.beta, biases),
        )
