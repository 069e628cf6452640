"""Maxout (Goodfellow, Warde-Farley, Mirza, Courville and Bengio, 2013): 1200, MX5."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

from gpunet.backend.plain import Array, Operation
from gpunet.core.errors import InputError
from gpunet.nn.activations import Linear
from gpunet.nn.layers.base import Binding, BoundLayer, Extended, GradientSink, Layer
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.dense import Dense, Neurons
from gpunet.nn.layers.fitting import check_increasing
from gpunet.nn.layers.kernels import Kernels, Squares
from gpunet.nn.layers.part import Part, read_numbers
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Pieces(Part):
    """MX5: of every 5 neurons, or maps, that follow one another, the largest."""

    example = "MX5"
    meaning = "MX5 for the largest of every 5 neurons or maps"
    has_neurons = False

    pieces: int

    @classmethod
    def read(cls, given: Any) -> "Pieces | None":
        numbers = read_numbers(r"MX(\d+)", given)
        return cls(*numbers) if numbers and numbers[0] > 1 else None

    @property
    def given(self) -> str:
        return f"MX{self.pieces}"

    def refusal(self, below: Part | None) -> str:
        if isinstance(below, Neurons | Kernels | Squares):
            return ""
        return (
            f"{self} takes the largest of neurons, or of the maps of a convolution; put some right "
            f"below it, as in {100 * self.pieces}, {self}"
        )

    def shape_after(self, below: Shape) -> Shape:
        neurons, *places = below
        if neurons % self.pieces:
            fewer = neurons // self.pieces * self.pieces
            would = [n for n in (fewer, fewer + self.pieces) if n]
            raise InputError(
                f"{self}: {neurons} are not so many groups of {self.pieces}; give "
                f"{' or '.join(map(str, would))} below it"
            )
        return (neurons // self.pieces, *places)

    def extend(self, layer: Layer) -> Layer:
        assert isinstance(layer, Dense | Convolution)  # as `refusal` has seen to
        check_increasing(self, layer.activation)
        shape = layer.pooled if isinstance(layer, Convolution) else (layer.n_out,)
        return Maxout(replace(layer, activation=Linear()), layer.activation, shape, self.pieces)


@dataclass(frozen=True)
class Maxout(Extended):
    """a = f(max over a group of (W x + b)); with f linear these are the paper's maxout units.

    Of equal pieces the first takes the gradient. Of maps the largest is taken place by place.

    Attributes:
        shape: (neurons,) or (maps, height, width) below.
        pieces: how many of them are a group.
    """

    shape: Shape
    pieces: int

    @property
    def shape_above(self) -> Shape:
        """Likewise, of what comes out."""
        return (self.shape[0] // self.pieces, *self.shape[1:])

    @property
    def units(self) -> int:
        return self.shape_above[0]

    @property
    def workspace(self) -> int:
        # What finding the largest takes has room where the gradients of the pieces are not.
        return self.lower.workspace + 3 * prod(self.shape_above)

    def bind(self, to: Binding) -> "BoundMaxout":
        assert to.order == "F"
        return BoundMaxout(self, to)

    def __str__(self) -> str:
        return f"MX{self.pieces}"


class BoundMaxout(BoundLayer):
    """Pooling over neurons, the pieces of a group being a column of an image."""

    def __init__(self, layer: Maxout, to: Binding) -> None:
        self.primitives = p = to.device.primitives
        self.activation, m = layer.activation, len(to.source)
        self.lower = layer.lower.bind(to)
        # Pooling writes the gradients of the pieces where it finds the pieces.
        self.lower.gradient = self.lower.output
        self.output, self.gradient = (to.empty(prod(layer.shape_above)) for _ in range(2))
        self.columns = (1, layer.units, prod(layer.shape[1:]), m)
        pieces = self.lower.output.T.reshape(1, layer.shape[0], -1, m)
        largest = self.output.T.reshape(self.columns)
        self.pooling = p.max_pooling(pieces, largest, (layer.pieces, 1), False)

    def forward(self) -> Sequence[Operation]:
        p, output = self.primitives, self.output
        scale = p.constant(self.activation.input_scale, output.dtype)
        return (
            *self.lower.forward(),
            *self.pooling.forward,
            *([partial(p.xp.multiply, output, scale, output)] if scale != 1 else []),
            *self.activation.apply(p, output),
        )

    def chain(self) -> Sequence[Operation]:
        return (
            *self.activation.chain(self.primitives, self.output, self.gradient),
            *self.pooling.backward(self.gradient.T.reshape(self.columns)),
        )

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        return self.lower.backward(sink, below)
