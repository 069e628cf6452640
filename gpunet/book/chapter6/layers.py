"""The layers of the book's network3: what they are, and the first weights the book draws for them.

Weights are drawn from `numpy.random`, whose seed the book's readers set, in the book's shapes.
"""

from collections.abc import Callable, Sequence
from math import prod, sqrt
from typing import Any

import numpy as np

from gpunet.book.chapter6.activations import Function, find_function, sigmoid
from gpunet.book.chapter6.core import Core, Parameter, shaped
from gpunet.book.theano import tensor
from gpunet.book.theano.expressions import Applied, Expression
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.nn.activations import find_activation
from gpunet.nn.layers.base import Layer
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.dense import Dense
from gpunet.nn.layers.dropout import UnscaledDropout, check_dropout
from gpunet.nn.layers.part import is_count


def normal(deviation: float, shape: Sequence[int]) -> HostArray:
    """Normal numbers from `numpy.random`."""
    return np.random.normal(0.0, deviation, tuple(shape))  # noqa: NPY002


def transpose(weights: Any) -> Any:
    """Of full connections: (n_in, n_out) in the book, (n_out, n_in) in `gpunet.nn`."""
    return weights.T


def rotate(kernels: Any) -> Any:
    """(filters, channels, h, w) by 180°: Theano convolves with them, `gpunet.nn` correlates."""
    return kernels[:, :, ::-1, ::-1]


class BookLayer:
    """One layer.

    Args:
        layers: its layers in `gpunet.nn`, without dropout.
        inputs, outputs: the shape of one sample that it takes, and that it gives.
        w, b: the first weights and biases, in the book's shapes.
        turn: converts weights between the book's orientation and that of `gpunet.nn`, in both
            directions.

    Attributes:
        w, b: shared variables; once a `Network` contains the layer, part of its parameters.
        params: both.
        p_dropout: the fraction of the inputs dropped at each training step.
        inpt, output: once there is a network, expressions of its x.
        inpt_dropout, output_dropout: the same, with the dropout of the next training step.
        core: the network it belongs to.
    """

    p_dropout: float = 0.0
    inpt: Expression
    output: Expression
    inpt_dropout: Expression
    output_dropout: Expression
    core: Core | None = None

    def __init__(
        self,
        layers: Sequence[Layer],
        inputs: tuple[int, ...],
        outputs: tuple[int, ...],
        w: HostArray,
        b: HostArray,
        turn: Callable[[Any], Any],
    ) -> None:
        self.layers, self.inputs, self.outputs = layers, inputs, outputs
        self.params = [Parameter(w, "w", turn), Parameter(b, "b", lambda biases: biases)]

    @property
    def w(self) -> Parameter:
        """The weights; `set_value` changes them."""
        return self.params[0]

    @property
    def b(self) -> Parameter:
        """The biases; `set_value` changes them."""
        return self.params[1]

    def parts(self, number: int, seed: int) -> list[Layer]:
        """Its layers in `gpunet.nn`, as the layer of that number in a network of that seed."""
        if not self.p_dropout:
            return [*self.layers]
        key = key_for(seed, RngPurpose.DROPOUT, number)
        return [UnscaledDropout(prod(self.inputs), self.p_dropout, key), *self.layers]

    def join(self, core: Core, first: int, last: int, x: Expression, below: Any) -> None:
        """Become part of a network.

        Args:
            core: the network on its device.
            first, last: the numbers there of the lowest and the highest of this layer's parts.
            x: the network's inputs.
            below: the layer below, or None for the first.
        """
        self.core = core
        self.inpt = shaped(below.output if below else x, self.inputs)
        self.inpt_dropout = shaped(below.output_dropout if below else x, self.inputs)
        if self.p_dropout:
            self.inpt_dropout = core.expression(x, first, self.inputs, training=True)
        self.output = core.expression(x, last, self.outputs)
        self.output_dropout = core.expression(x, last, self.outputs, training=True)


class ConvPoolLayer(BookLayer):
    """A convolution followed by max-pooling.

    Rows and columns of the maps that do not fill a rectangle are left out of the pooling, and where
    several values of a rectangle tie for the maximum, each receives the gradient, as in Theano.

    Args:
        filter_shape: (filters, channels, height, width).
        image_shape: (mini-batch size, channels, height, width).
        poolsize: (height, width) of the rectangles pooled; (1, 1) for none.
        activation_fn: `sigmoid`, `tanh`, `ReLU`, `linear`, or a custom function, made of
            operators and NumPy's elementwise functions.

    Raises:
        InputError: the shapes are invalid, or do not fit each other; or the function is unknown.
    """

    def __init__(
        self,
        filter_shape: Sequence[int],
        image_shape: Sequence[int],
        poolsize: Sequence[int] = (2, 2),
        activation_fn: Function = sigmoid,
    ) -> None:
        check_shapes(filter_shape, image_shape, poolsize)
        self.filter_shape, self.image_shape = filter_shape, image_shape
        self.poolsize, self.activation_fn = poolsize, activation_fn
        filters, channels, h, w = filter_shape
        _, _, height, width = image_shape
        down, across = poolsize
        outputs = (filters, (height - h + 1) // down, (width - w + 1) // across)
        activation, above = find_function(activation_fn, prod(outputs))
        inputs = (channels, height, width)
        convolution = Convolution(
            inputs, filters, (h, w), (down, across), activation, share_ties=True
        )
        # Integer division, as in the book's Python 2.
        n_out = max(1, filters * h * w // (down * across))
        weights, biases = normal(sqrt(1.0 / n_out), filter_shape), normal(1.0, [filters])
        super().__init__([convolution, *above], inputs, outputs, weights, biases, rotate)


class Connected(BookLayer):
    """What fully connected layers have in common: every output is connected to every input.

    Attributes:
        n_in, n_out: the numbers of inputs and outputs.
        y_out: an expression, the index of the largest output for each sample.
    """

    n_in: int
    n_out: int

    @property
    def y_out(self) -> Expression:
        """The index of the largest output for each sample."""
        return tensor.argmax(self.output, axis=1)

    def accuracy(self, y: Any) -> Expression:
        """The fraction of samples whose largest output is that of the labels y (m,)."""
        return tensor.mean(tensor.eq(y, self.y_out))


class FullyConnectedLayer(Connected):
    """Every output is connected to every input.

    Args:
        n_in, n_out: the numbers of inputs and outputs.
        activation_fn: as for `ConvPoolLayer`.
        p_dropout: the fraction of the inputs dropped at each training step; the others are not
            scaled, and outside training all are multiplied by 1 − p_dropout.
    """

    def __init__(
        self, n_in: int, n_out: int, activation_fn: Function = sigmoid, p_dropout: float = 0.0
    ) -> None:
        check_sizes(n_in, n_out)
        self.n_in, self.n_out, self.activation_fn = n_in, n_out, activation_fn
        self.p_dropout = check_dropout(p_dropout)
        activation, above = find_function(activation_fn, n_out)
        layers = [Dense(n_in, n_out, activation), *above]
        w, b = normal(sqrt(1.0 / n_out), [n_in, n_out]), normal(1.0, [n_out])
        super().__init__(layers, (n_in,), (n_out,), w, b, transpose)


class SoftmaxLayer(Connected):
    """The output layer. Its weights and biases start at zero, as in the book.

    Args:
        n_in, n_out, p_dropout: as for `FullyConnectedLayer`.
    """

    def __init__(self, n_in: int, n_out: int, p_dropout: float = 0.0) -> None:
        check_sizes(n_in, n_out)
        self.n_in, self.n_out = n_in, n_out
        self.p_dropout = check_dropout(p_dropout)
        layers = [Dense(n_in, n_out, find_activation("softmax"))]
        w, b = np.zeros((n_in, n_out)), np.zeros(n_out)
        super().__init__(layers, (n_in,), (n_out,), w, b, transpose)

    def cost(self, net: Any) -> Expression:
        """The log-likelihood cost of a network's x and y, with the dropout of its next step."""

        def mean_cost(a: HostArray, y: HostArray) -> Any:
            return -np.mean(np.log(a)[np.arange(len(y)), y])

        return Applied(mean_cost, (self.output_dropout, net.y))


def check_sizes(n_in: Any, n_out: Any) -> None:
    """Raise InputError unless both are positive whole numbers."""
    if not (is_count(n_in) and is_count(n_out)):
        raise InputError(f"n_in {n_in!r}, n_out {n_out!r}: give positive whole numbers")


def check_shapes(filter_shape: Any, image_shape: Any, poolsize: Any) -> None:
    """Raise InputError unless these are a convolution and its pooling."""
    given = f"filter_shape {filter_shape!r}, image_shape {image_shape!r}, poolsize {poolsize!r}"
    shapes = ((filter_shape, 4), (image_shape, 4), (poolsize, 2))
    if not all(
        isinstance(shape, list | tuple) and len(shape) == length and all(map(is_count, shape))
        for shape, length in shapes
    ):
        raise InputError(f"{given}: needed four, four and two positive whole numbers")
    if filter_shape[1] != image_shape[1]:
        raise InputError(
            f"{given}: needed the same number of channels, the second number, in both shapes"
        )
    maps = [side - k + 1 for side, k in zip(image_shape[2:], filter_shape[2:], strict=True)]
    if any(side < pool for side, pool in zip(maps, poolsize, strict=True)):
        height, width = maps
        raise InputError(
            f"{given}: the filters make maps of {height} × {width}, smaller than poolsize"
        )
