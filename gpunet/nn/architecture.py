"""What a network is made of: [(28, 28), "20C5", "MP2", 100, 10].

20C5 is a convolution: 20 maps of features, kernels of 5 × 5, stride 1, no padding. MP2 is
max-pooling of these maps over squares of 2 × 2 that do not overlap. A number is a fully connected
layer. The notation is that of Cireşan, Meier, Masci, Gambardella and Schmidhuber, "Flexible, high
performance convolutional neural networks for image classification", 2011.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd, isqrt, prod
from numbers import Integral
from typing import Any, NamedTuple

from gpunet.core.errors import InputError

Shape = tuple[int, ...]
NOTATION = re.compile(r"(?P<filters>\d+)C(?P<kernel>\d+)|MP(?P<square>\d+)", re.IGNORECASE)


class Kernels(NamedTuple):
    """20C5: so many filters, each with a kernel of so many pixels a side."""

    filters: int
    side: int

    def __str__(self) -> str:
        return f"{self.filters}C{self.side}"


class Squares(NamedTuple):
    """MP2: pooling over squares of so many pixels a side."""

    side: int

    def __str__(self) -> str:
        return f"MP{self.side}"


Part = int | Kernels | Squares


class Stage(NamedTuple):
    """A layer with neurons of its own.

    Attributes:
        shape: of what comes in: (channels, height, width), or (n,) where that is no image.
        part: Kernels, or a number of neurons, fully connected.
        pooling: the side of the squares pooled after a convolution; 1 for none.
    """

    shape: Shape
    part: int | Kernels
    pooling: int

    @property
    def parameters(self) -> tuple[Shape, Shape]:
        """The shapes of its weights and its biases."""
        if isinstance(self.part, Kernels):
            filters, side = self.part
            return (filters, self.shape[0], side, side), (filters,)
        return (self.part, prod(self.shape)), (self.part,)


@dataclass(frozen=True)
class Architecture:
    """Inputs, and the layers above them, which fit each other.

    Attributes:
        inputs: (height, width) of an image, or (n,).
        parts: the layers, from the bottom.
    """

    inputs: Shape
    parts: tuple[Part, ...]

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """What a sample is at the input and after each layer: (channels, height, width) or (n,)."""
        below = (1, *self.inputs) if len(self.inputs) == 2 else self.inputs
        shapes = [below]
        for part in self.parts:
            shapes.append(shape_after(shapes, part))
        return tuple(shapes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers per sample at the input and after each layer."""
        return tuple(prod(shape) for shape in self.shapes)

    @property
    def stages(self) -> list[Stage]:
        """The layers with neurons of their own, from the bottom."""
        followed = zip(self.shapes, pairwise((*self.parts, 0)), strict=False)
        return [
            Stage(shape, part, above.side if isinstance(above, Squares) else 1)
            for shape, (part, above) in followed
            if not isinstance(part, Squares)
        ]

    @property
    def given(self) -> tuple[Any, ...]:
        """As `read_architecture` takes it, in plain values."""
        inputs = self.inputs if len(self.inputs) == 2 else self.inputs[0]
        return (inputs, *[part if isinstance(part, int) else str(part) for part in self.parts])

    def __str__(self) -> str:
        return "-".join(["×".join(map(str, self.inputs)), *map(str, self.parts)])


def read_architecture(given: Any) -> Architecture:
    """The architecture of a sequence of layers, the input's size or shape first.

    Raises:
        InputError: something is no layer, or does not fit what is below it; says what would.
    """
    try:
        sizes = tuple(given)
    except TypeError:
        sizes = ()
    if len(sizes) < 2:
        raise InputError(
            f"layer sizes {given!r}: give two or more positive whole numbers, as in [784, 30, 10], "
            'or [(28, 28), "20C5", "MP2", 100, 10] with convolution and pooling'
        )
    parts = tuple(map(read_part, sizes[1:]))
    inputs = read_inputs(sizes[0])
    if all(isinstance(part, int) for part in parts):
        inputs = (prod(inputs),)
    for below, part in pairwise((inputs, *parts)):
        if isinstance(part, Squares) and not isinstance(below, Kernels):
            raise InputError(
                f"{part} pools the maps of a convolution; put one right below it, as in 20C5, MP2"
            )
    if not isinstance(parts[-1], int):
        raise InputError(
            f"layer sizes {given!r}: the last layer must be a number of neurons, one for each "
            f"class, not {parts[-1]}"
        )
    architecture = Architecture(inputs, parts)
    _ = architecture.shapes  # raises where a layer does not fit
    return architecture


def check_sizes(sizes: Any) -> tuple[int, ...]:
    """The sizes of a network of fully connected layers only, or InputError."""
    architecture = read_architecture(sizes)
    if architecture.given != architecture.sizes:
        raise InputError(f"layer sizes {sizes!r}: give whole numbers only, as in [784, 30, 10]")
    return architecture.sizes


def parse_layers(text: str) -> list[int | str]:
    """ "20C5,MP2,100" → ["20C5", "MP2", 100]; "none" → [].

    Raises:
        InputError: one of them is no layer.
    """
    if text.strip().lower() == "none":
        return []
    words = [word.strip() for word in text.split(",")]
    parts = [read_part(int(word) if word.isdecimal() else word) for word in words]
    return [part if isinstance(part, int) else str(part) for part in parts]


def read_part(given: Any) -> Part:
    """A number of neurons, or what a word of the notation says."""
    if is_count(given):
        return int(given)
    found = NOTATION.fullmatch(given.strip()) if isinstance(given, str) else None
    numbers = [int(number) for number in found.groups() if number] if found else [0]
    if not found or min(numbers) < 1:
        raise InputError(
            f"layer sizes: {given!r} is no layer; give a number of neurons above 0, 20C5 for "
            "20 kernels of 5 × 5, or MP2 for max-pooling over 2 × 2"
        )
    return Squares(*numbers) if found["square"] else Kernels(*numbers)


def read_inputs(given: Any) -> Shape:
    """784 or (28, 28) as a shape."""
    shape = tuple(given) if isinstance(given, list | tuple) else (given,)
    if len(shape) not in (1, 2) or not all(map(is_count, shape)):
        raise InputError(
            f"layer sizes: {given!r} is no input; give a number above 0, such as 784, or the "
            "height and width of an image, such as (28, 28)"
        )
    return tuple(map(int, shape))


def is_count(value: Any) -> bool:
    """Whether something is a positive whole number."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) > 0


def shape_after(shapes: Sequence[Shape], part: Part) -> Shape:
    """The shape after a layer on top of those that have these shapes."""
    below = shapes[-1]
    if isinstance(part, int):
        return (part,)
    if len(below) == 1:
        raise InputError(why_no_image(part, below[0], at_input=len(shapes) == 1))
    channels, height, width = below
    side, size = part.side, f"{height} × {width}"
    if isinstance(part, Kernels):
        if side > min(height, width):
            raise InputError(
                f"{part}: kernels of {side} × {side} do not fit into {size}; give smaller ones"
            )
        return part.filters, height - side + 1, width - side + 1
    if height % side or width % side:
        common = gcd(height, width)
        would = [f"MP{n}" for n in range(2, common + 1) if common % n == 0]
        raise InputError(
            f"{part}: squares of {side} × {side} do not divide maps of {size}; "
            f"{'these do: ' + ', '.join(would) if would else 'give the kernels another size'}"
        )
    return channels, height // side, width // side


def why_no_image(part: Part, size: int, at_input: bool) -> str:
    """What to do where an image was needed and there are but so many numbers."""
    if not at_input:
        return (
            f"{part} on top of a fully connected layer of {size} neurons, which is no image; "
            "put convolution and pooling below all fully connected layers"
        )
    side = isqrt(size)
    shape = f"({side}, {side})" if side * side == size else "(height, width)"
    return f"{part} needs images, and the inputs are {size} numbers: give their shape, {shape}"
