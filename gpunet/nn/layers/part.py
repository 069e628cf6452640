"""A layer as it is written, before it is known what lies below it."""

import re
from abc import ABC, abstractmethod
from numbers import Integral
from typing import Any, ClassVar

from gpunet.nn.activations import Activation
from gpunet.nn.layers.base import Layer
from gpunet.nn.parameters import Shape

MOST_NEURONS = 2**31
# Characters of a layer.
MOST_WRITTEN = 40


class Part(ABC):
    """One entry of an architecture. Each kind of layer has its own subclass.

    Attributes:
        example: one of the kind as it is written, which is its key in the table of layers.
        meaning: what to give for one, in words.
        takes_images: whether it needs the shape (channels, height, width) of what comes in. What
            does not may be the last layer, and dropout leaves out neurons that feed it.
        has_neurons: whether it makes a layer, with weights, biases and an activation; if not, it
            extends the layer below it.
    """

    example: ClassVar[str]
    meaning: ClassVar[str]
    takes_images: ClassVar[bool] = False
    has_neurons: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def read(cls, given: Any) -> "Part | None":
        """What is written there, or None if it is nothing of this kind."""

    @property
    @abstractmethod
    def given(self) -> int | str:
        """As `read` takes it."""

    @abstractmethod
    def shape_after(self, below: Shape) -> Shape:
        """The shape of a sample that comes out, given that of what comes in.

        Raises:
            InputError: it does not fit; says what would.
        """

    def refusal(self, below: "Part | None") -> str:
        """Why it cannot lie on that, None being the input, and what could; empty if it can."""
        return ""

    def make(self, below: Shape, activation: Activation) -> Layer:
        """The layer on inputs of that shape, where it `has_neurons`.

        Raises:
            InputError: the activation does not suit; names those that do.
        """
        raise NotImplementedError(f"{type(self).__name__}.make: the layer of {self}")

    def extend(self, layer: Layer) -> Layer:
        """The layer below with this on top, where it has no neurons; raises as `make`."""
        raise NotImplementedError(f"{type(self).__name__}.extend: a layer with {self} on top")

    def __str__(self) -> str:
        return str(self.given)


def is_count(value: Any) -> bool:
    """Whether something is a positive whole number, such as neurons can be counted by."""
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    return is_integer and 0 < int(value) <= MOST_NEURONS


def read_numbers(notation: str, given: Any) -> tuple[int, ...] | None:
    """The numbers in something written as a regular expression says, all above 0, or None."""
    short = isinstance(given, str) and len(given) <= MOST_WRITTEN
    found = re.fullmatch(notation, given.strip(), re.IGNORECASE) if short else None
    numbers = tuple(map(int, found.groups())) if found else ()
    return numbers if numbers and min(numbers) > 0 else None
