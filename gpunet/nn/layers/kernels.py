"""Convolution and pooling as they are written: 20C5 and MP2."""

from dataclasses import dataclass, replace
from typing import Any

from gpunet.core.errors import InputError
from gpunet.nn.activations import Activation
from gpunet.nn.layers.base import Layer
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.fitting import check_elementwise, check_increasing, divided
from gpunet.nn.layers.part import Part, read_numbers
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Kernels(Part):
    """20C5: `filters` filters, each with a square kernel of `side` pixels a side.

    20C5P2: with `padding` rows and columns of zeros on every side of what comes in.
    """

    example = "20C5"
    meaning = "20C5 for 20 kernels of 5 × 5, 20C5P2 with two rows of zeros on every side"
    takes_images = True

    filters: int
    side: int
    padding: int = 0

    @classmethod
    def read(cls, given: Any) -> "Kernels | None":
        numbers = read_numbers(r"(\d+)C(\d+)", given) or read_numbers(r"(\d+)C(\d+)P(\d+)", given)
        return cls(*numbers) if numbers else None

    @property
    def given(self) -> str:
        return f"{self.filters}C{self.side}{f'P{self.padding}' if self.padding else ''}"

    def shape_after(self, below: Shape) -> Shape:
        side = self.side
        if self.padding >= side:
            raise InputError(
                f"{self}: beyond {side - 1} rows of zeros kernels of {side} × {side} see nothing "
                "else; give fewer"
            )
        height, width = (length + 2 * self.padding for length in below[1:])
        if side > min(height, width):
            raise InputError(
                f"{self}: kernels of {side} × {side} do not fit into {height} × {width}; "
                "give smaller ones"
            )
        return self.filters, height - side + 1, width - side + 1

    def make(self, below: Shape, activation: Activation) -> Layer:
        check_elementwise(self, activation)
        kernel = self.side, self.side
        padding = self.padding
        return Convolution(below, self.filters, kernel, (1, 1), activation, padding=padding)


@dataclass(frozen=True)
class Squares(Part):
    """MP2: max-pooling over squares of `side` pixels a side."""

    example = "MP2"
    meaning = "MP2 for max-pooling over 2 × 2"
    takes_images = True
    has_neurons = False

    side: int

    @classmethod
    def read(cls, given: Any) -> "Squares | None":
        numbers = read_numbers(r"MP(\d+)", given)
        return cls(*numbers) if numbers else None

    @property
    def given(self) -> str:
        return f"MP{self.side}"

    def refusal(self, below: Part | None) -> str:
        if isinstance(below, Kernels):
            return ""
        return f"{self} pools the maps of a convolution; put one right below it, as in 20C5, MP2"

    def shape_after(self, below: Shape) -> Shape:
        return divided("MP", self.side, below)

    def extend(self, layer: Layer) -> Layer:
        assert isinstance(layer, Convolution)  # as `refusal` has seen to
        check_increasing(self, layer.activation)
        return replace(layer, pooling=(self.side, self.side))
