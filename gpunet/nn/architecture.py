"""What a network is made of: [(28, 28), "20C5", "MP2", 100, 10].

20C5 is a convolution: 20 maps of features, kernels of 5 × 5, stride 1, no padding. MP2 is
max-pooling of these maps over squares of 2 × 2 that do not overlap. A number is a fully connected
layer. So far the notation is that of Cireşan, Meier, Masci, Gambardella and Schmidhuber, "Flexible,
high performance convolutional neural networks for image classification", 2011. All kinds of layers
are listed in `nn.layers.table`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt, prod
from typing import Any, NamedTuple

from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.nn.activations import Activation, Linear
from gpunet.nn.layers.base import Layer
from gpunet.nn.layers.part import MOST_WRITTEN, Part, is_count
from gpunet.nn.layers.table import LAYERS
from gpunet.nn.parameters import Shape

# Python goes through them, too, but not layer by layer.
UNORDERED = (str, bytes, dict, set, frozenset)


class Stage(NamedTuple):
    """A layer with neurons of its own.

    Attributes:
        shape: of what comes in: (channels, height, width), or (n,) where that is no image.
        part: what makes it.
        extensions: what has no neurons of its own and comes behind it: pooling.
    """

    shape: Shape
    part: Part
    extensions: Sequence[Part]

    def layer(self, activation: Activation) -> Layer:
        """The layer with that activation, or InputError if it does not suit."""
        layer = self.part.make(self.shape, activation)
        for extension in self.extensions:
            layer = extension.extend(layer)
        return layer

    @property
    def parameters(self) -> tuple[Shape, ...]:
        """The shapes of its weights and its biases."""
        return self.layer(Linear()).shapes


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
        stages: list[Stage] = []
        extensions: list[Part] = []
        for shape, part in zip(self.shapes, self.parts, strict=False):
            if part.has_neurons:
                extensions = []
                stages.append(Stage(shape, part, extensions))
            else:
                extensions.append(part)
        return stages

    @property
    def given(self) -> tuple[Any, ...]:
        """In plain values, as `read_architecture` takes them."""
        inputs = self.inputs if len(self.inputs) == 2 else self.inputs[0]
        return (inputs, *[part.given for part in self.parts])

    def __str__(self) -> str:
        return "-".join(["×".join(map(str, self.inputs)), *map(str, self.parts)])


def read_architecture(given: Any) -> Architecture:
    """The architecture of a sequence of layers, the input's size or shape first.

    Raises:
        InputError: something is no layer, or does not fit what is below it; says what would.
    """
    try:
        sizes = () if isinstance(given, UNORDERED) else tuple(given)
    except TypeError:
        sizes = ()
    if len(sizes) < 2:
        raise InputError(
            f"layer sizes {shown(given)}: give two or more positive whole numbers, as in [784, 30, "
            '10], or [(28, 28), "20C5", "MP2", 100, 10] with convolution and pooling'
        )
    parts = tuple(map(read_part, sizes[1:]))
    inputs = read_inputs(sizes[0])
    if not any(part.takes_images for part in parts):
        inputs = (prod(inputs),)
    for below, part in zip((None, *parts), parts, strict=False):
        if why := part.refusal(below):
            raise InputError(why)
    if parts[-1].takes_images or not parts[-1].has_neurons:
        raise InputError(
            f"layer sizes {shown(given)}: the last layer must be a number of neurons, one for each "
            f"class, not {parts[-1]}"
        )
    architecture = Architecture(inputs, parts)
    _ = architecture.shapes  # raises where a layer does not fit
    return architecture


def check_sizes(sizes: Any) -> tuple[int, ...]:
    """The sizes of a network of fully connected layers only, or InputError."""
    architecture = read_architecture(sizes)
    if architecture.given != architecture.sizes:
        raise InputError(
            f"layer sizes {shown(sizes)}: give whole numbers only, as in [784, 30, 10]"
        )
    return architecture.sizes


def parse_layers(text: str) -> list[int | str]:
    """ "20C5,MP2,100" → ["20C5", "MP2", 100]; "none" → [].

    Raises:
        InputError: one of them is no layer.
    """
    if text.strip().lower() == "none":
        return []
    words = [word.strip() for word in text.split(",")]
    return [
        read_part(int(word) if word.isdecimal() and len(word) <= MOST_WRITTEN else word).given
        for word in words
    ]


def read_part(given: Any) -> Part:
    """What a number of neurons, or a word of the notation, says."""
    for kind in LAYERS.values():
        if part := kind.read(given):
            return part
    *meanings, last = (kind.meaning for kind in LAYERS.values())
    raise InputError(
        f"layer sizes: {shown(given)} is no layer; give {', '.join(meanings)}, or {last}"
    )


def read_inputs(given: Any) -> Shape:
    """784 or (28, 28) as a shape."""
    shape = tuple(given) if isinstance(given, list | tuple) else (given,)
    if len(shape) not in (1, 2) or not all(map(is_count, shape)):
        raise InputError(
            f"layer sizes: {shown(given)} is no input; give a number above 0, such as 784, or the "
            "height and width of an image, such as (28, 28)"
        )
    return tuple(map(int, shape))


def shape_after(shapes: Sequence[Shape], part: Part) -> Shape:
    """The shape after a layer on top of those that have these shapes."""
    below = shapes[-1]
    if part.takes_images and len(below) == 1:
        raise InputError(why_no_image(part, below[0], at_input=len(shapes) == 1))
    return part.shape_after(below)


def why_no_image(part: Part, size: int, at_input: bool) -> str:
    """What to do where an image was needed and there are only numbers."""
    if not at_input:
        return (
            f"{part} on top of a fully connected layer of {size} neurons, which is no image; "
            "put convolution and pooling below all fully connected layers"
        )
    side = isqrt(size)
    shape = f"({side}, {side})" if side * side == size else "(height, width)"
    return f"{part} needs images, and the inputs are {size} numbers: give their shape, {shape}"
