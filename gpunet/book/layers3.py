"""The layers of the book's network3: what they are, and the first weights the book draws for them.

Weights are drawn from `numpy.random`, whose seed the book's readers set, in the book's shapes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np

from gpunet.book.functions import sigmoid
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError

Function = Callable[[Any], Any]


def linear(z: Any) -> Any:
    """z."""
    return z


def ReLU(z: Any) -> Any:  # noqa: N802 - the book's name
    """max(0, z)."""
    return np.maximum(0.0, z)


def tanh(z: Any) -> Any:
    """tanh z."""
    return np.tanh(z)


# What `gpunet.nn` calls them.
ACTIVATIONS: dict[Function, str] = {
    linear: "linear",
    ReLU: "relu",
    sigmoid: "sigmoid",
    tanh: "tanh",
}


def name_of(function: Function) -> str:
    """What `gpunet.nn` calls an activation function, or InputError."""
    if function not in ACTIVATIONS:
        known = ", ".join(known.__name__ for known in ACTIVATIONS)
        raise InputError(f"activation_fn {function!r}: give one of network3's {known}")
    return ACTIVATIONS[function]


def normal(deviation: float, shape: Sequence[int]) -> HostArray:
    """Normal numbers from `numpy.random`."""
    return np.random.normal(0.0, deviation, tuple(shape))  # noqa: NPY002


@dataclass
class BookLayer:
    """One layer.

    Attributes:
        parts: as `gpunet.nn.architecture` takes them.
        activation: as `gpunet.nn` calls it.
        inputs: the shape of one sample that it takes: (channels, height, width) or (n_in,).
        p_dropout: the share of its inputs left out while training.
        w, b: weights and biases, in the book's shapes; `Network.SGD` brings them up to date.
    """

    parts: list[Any]
    activation: str
    inputs: tuple[int, ...]
    p_dropout: float
    w: HostArray
    b: HostArray

    @property
    def core_weights(self) -> HostArray:
        """The weights as `gpunet.nn` has them: (n_out, n_in), or as they are for a convolution."""
        return self.w.T if self.w.ndim == 2 else self.w

    def take(self, weights: HostArray, biases: HostArray) -> None:
        """Take on weights and biases as `gpunet.nn` has them."""
        self.w, self.b = (weights.T if weights.ndim == 2 else weights), biases


class ConvPoolLayer(BookLayer):
    """A convolution and the max-pooling behind it.

    Args:
        filter_shape: (filters, channels, side, side).
        image_shape: (mini-batch size, channels, height, width).
        poolsize: (side, side) of the squares pooled.
        activation_fn: one of `sigmoid`, `tanh`, `ReLU`, `linear`.

    Raises:
        InputError: the shapes are none, or no squares.
    """

    def __init__(
        self,
        filter_shape: Sequence[int],
        image_shape: Sequence[int],
        poolsize: Sequence[int] = (2, 2),
        activation_fn: Function = sigmoid,
    ) -> None:
        try:
            filters, channels, side, other = filter_shape
            _, of_image, height, width = image_shape
            square, across = poolsize
        except (TypeError, ValueError):
            raise InputError(
                f"filter_shape {filter_shape!r}, image_shape {image_shape!r}, poolsize "
                f"{poolsize!r}: needed four, four and two numbers"
            ) from None
        if side != other or square != across or channels != of_image:
            raise InputError(
                f"filter_shape {filter_shape!r}, image_shape {image_shape!r}, poolsize "
                f"{poolsize!r}: needed square filters and squares, and the same channels"
            )
        deviation = sqrt(prod(poolsize) / (filters * side * side))
        super().__init__(
            parts=[f"{filters}C{side}", *([f"MP{square}"] if square > 1 else [])],
            activation=name_of(activation_fn),
            inputs=(channels, height, width),
            p_dropout=0.0,
            w=normal(deviation, filter_shape),
            b=normal(1.0, [filters]),
        )


class FullyConnectedLayer(BookLayer):
    """Every output is connected to every input.

    Args:
        n_in, n_out: how many there are.
        activation_fn: as for `ConvPoolLayer`.
        p_dropout: the share of the inputs left out at each training step.
    """

    def __init__(
        self, n_in: int, n_out: int, activation_fn: Function = sigmoid, p_dropout: float = 0.0
    ) -> None:
        w = normal(sqrt(1.0 / n_out), [n_in, n_out])
        name = name_of(activation_fn)
        super().__init__([n_out], name, (n_in,), p_dropout, w, normal(1.0, [n_out]))


class SoftmaxLayer(BookLayer):
    """The output layer. Its weights and biases begin at zero, as in the book.

    Args:
        n_in, n_out, p_dropout: as for `FullyConnectedLayer`.
    """

    def __init__(self, n_in: int, n_out: int, p_dropout: float = 0.0) -> None:
        w, b = np.zeros((n_in, n_out)), np.zeros(n_out)
        super().__init__([n_out], "softmax", (n_in,), p_dropout, w, b)
