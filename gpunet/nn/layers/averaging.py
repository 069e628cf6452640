"""Average-pooling behind a convolution: AP2."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

from gpunet.backend.plain import Array, Operation
from gpunet.nn.layers.base import Binding, BoundLayer, Extended, GradientSink, Layer
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.fitting import divided
from gpunet.nn.layers.kernels import Kernels
from gpunet.nn.layers.part import Part, read_numbers
from gpunet.nn.layers.squares import add_up, copy_to_all, corners
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Averages(Part):
    """AP2: the mean over squares of `side` pixels a side."""

    example = "AP2"
    meaning = "AP2 for average-pooling over 2 × 2"
    takes_images = True
    has_neurons = False

    side: int

    @classmethod
    def read(cls, given: Any) -> "Averages | None":
        numbers = read_numbers(r"AP(\d+)", given)
        return cls(*numbers) if numbers else None

    @property
    def given(self) -> str:
        return f"AP{self.side}"

    def refusal(self, below: Part | None) -> str:
        if isinstance(below, Kernels):
            return ""
        return f"{self} averages the maps of a convolution; put one right below it, as in 6C5, AP2"

    def shape_after(self, below: Shape) -> Shape:
        return divided("AP", self.side, below)

    def extend(self, layer: Layer) -> Layer:
        assert isinstance(layer, Convolution)  # as `refusal` has seen to
        return Averaged(layer, layer.activation, layer.pooled, self.side)


@dataclass(frozen=True)
class Averaged(Extended):
    """A convolution, and the mean of its activations over every square.

    Attributes:
        shape: (channels, height, width) of the maps.
        side: of a square, in pixels.
    """

    shape: Shape
    side: int

    @property
    def pooled(self) -> Shape:
        """(channels, height, width) of what comes out."""
        channels, height, width = self.shape
        return channels, height // self.side, width // self.side

    @property
    def workspace(self) -> int:
        return self.lower.workspace + 2 * prod(self.pooled)

    def bind(self, to: Binding) -> "BoundAveraged":
        return BoundAveraged(self, to)

    def __str__(self) -> str:
        return f"{self.lower} and AP{self.side}"


class BoundAveraged(BoundLayer):
    """The same for a batch."""

    def __init__(self, layer: Averaged, to: Binding) -> None:
        self.primitives = to.device.primitives
        self.layer, self.lower = layer, layer.lower.bind(to)
        self.output, self.gradient = (to.empty(prod(layer.pooled)) for _ in range(2))
        self.share = self.primitives.constant(1 / layer.side**2, to.source.dtype)

    def parts(self, maps: Array) -> list[Array]:
        """Maps (m, n) of the convolution by their place in a square."""
        return corners(maps.T.reshape(*self.layer.shape, len(maps)), self.layer.side)

    def forward(self) -> Sequence[Operation]:
        p, output = self.primitives, self.output.T
        pooled = output.reshape(*self.layer.pooled, output.shape[-1])
        return (
            *self.lower.forward(),
            *add_up(p, self.parts(self.lower.output), pooled),
            partial(p.xp.multiply, output, self.share, output),
        )

    def chain(self) -> Sequence[Operation]:
        p, gradient = self.primitives, self.gradient.T
        pooled = gradient.reshape(*self.layer.pooled, gradient.shape[-1])
        return (
            partial(p.xp.multiply, gradient, self.share, gradient),
            *copy_to_all(p, pooled, self.parts(self.lower.gradient)),
            *self.lower.chain(),
        )

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        return self.lower.backward(sink, below)
