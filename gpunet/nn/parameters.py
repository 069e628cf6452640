"""All parameters of a network in one flat array, and views into it."""

from collections.abc import Iterator, Sequence
from math import prod

from gpunet.backend.plain import Array

Shape = tuple[int, ...]


class ParameterVector:
    """One flat array, with a view for each shape: W1 b1 W2 b2 …, nothing between them.

    Parameters, gradients and optimizer state are all laid out so: one update, one tensor in a
    checkpoint, one message between processes.

    Attributes:
        array: (size,)
        shapes: for each layer, the shapes of its parameters.
        views: for each layer, its parameters in the layer's own order, as views into `array`.
    """

    def __init__(self, array: Array, shapes: Sequence[Sequence[Shape]]) -> None:
        self.shapes = shapes
        self.lie_in(array)

    def lie_in(self, array: Array) -> None:
        """Be those that this array (size,) holds; operations bound before keep to the former."""
        assert array.shape == (count(self.shapes),)
        self.array = array
        remaining = iter(slices(self.shapes))
        self.views: tuple[tuple[Array, ...], ...] = tuple(
            tuple(array[next(remaining)].reshape(shape) for shape in layer) for layer in self.shapes
        )

    @property
    def weights(self) -> tuple[Array, ...]:
        """The weights of each layer that has any, which come before its biases."""
        return tuple(views[0] for views in self.views if views)


def count(shapes: Sequence[Sequence[Shape]]) -> int:
    """How many numbers parameters of these shapes hold."""
    return sum(prod(shape) for layer in shapes for shape in layer)


def slices(shapes: Sequence[Sequence[Shape]]) -> Iterator[slice]:
    """Where in the flat array each parameter lies."""
    start = 0
    for layer in shapes:
        for shape in layer:
            yield slice(start, start + prod(shape))
            start += prod(shape)
