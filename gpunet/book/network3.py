"""Chapter 6's program: convolution, pooling, dropout and softmax, without Theano.

What a step computes is the book's: dropout, ties of the pooling, the orientation of the kernels,
the scale of the L2 penalty, the order of the samples. What differs: dropout draws other masks
than Theano's generator, and different ones for every layer (in the book all layers of one size
share a mask); the derivative of `ReLU` at exactly 0 is 0, in the book's Theano 1; and layers can be
customised only by activation functions (see `chapter6.activations`).
"""

import os
from collections.abc import Callable, Sequence
from math import prod
from numbers import Real
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.book.chapter6.activations import ReLU, linear, sigmoid, tanh
from gpunet.book.chapter6.core import SEED, Core
from gpunet.book.chapter6.data import Pair, load_data_shared, put_samples, size
from gpunet.book.chapter6.descent import Accuracy, make_engine, train_epoch
from gpunet.book.chapter6.layers import BookLayer, ConvPoolLayer, FullyConnectedLayer, SoftmaxLayer
from gpunet.book.theano.expressions import Applied, Expression, Shared, function
from gpunet.book.theano.tensor import argmax, ivector, lscalar, matrix
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.nn.layers.part import is_count
from gpunet.nn.optimizers.base import OptimizerConfig
from gpunet.nn.optimizers.direct import SGD

__all__ = [
    "ConvPoolLayer",
    "FullyConnectedLayer",
    "Network",
    "ReLU",
    "SoftmaxLayer",
    "dropout_layer",
    "linear",
    "load_data_shared",
    "sigmoid",
    "size",
    "tanh",
]


class Network:
    """The network of chapter 6.

    Args:
        layers: from the bottom; the last is a `SoftmaxLayer`.
        mini_batch_size: samples a step.
        device: a name as `gpunet.open_device` takes it, or a device; None reads GPUNET_DEVICE, else
            "cpu".
        dtype: "float32", as in the book's program, or "float64".

    Attributes:
        layers, mini_batch_size: as given.
        params: weights and biases of each layer, shared variables.
        x, y: the variables of which a layer's `output` and `cost` are expressions.
        output, output_dropout: the last layer's.
        test_mb_predictions: from `SGD` on, a function of i: the classes predicted for mini-batch i
            of the test data.

    Raises:
        InputError: the layers do not fit one another, or the mini-batches.
    """

    test_mb_predictions: Callable[[int], Any]

    def __init__(
        self,
        layers: Sequence[BookLayer],
        mini_batch_size: int,
        device: str | Device | None = None,
        dtype: Any = "float32",
    ) -> None:
        self.layers: list[Any] = list(layers)
        self.mini_batch_size = mini_batch_size
        check_layers(self.layers, mini_batch_size)
        parts = [layer.parts(number, SEED) for number, layer in enumerate(self.layers)]
        self.core = Core(
            [part for own in parts for part in own],
            prod(self.layers[0].inputs),
            prod(self.layers[-1].outputs),
            max(layer.p_dropout for layer in self.layers),
            device or os.environ.get("GPUNET_DEVICE") or "cpu",
            dtype,
        )
        self.params = [parameter for layer in self.layers for parameter in layer.params]
        views = [view for own in self.core.parameters.views for view in own]
        for parameter, view in zip(self.params, views, strict=True):
            parameter.join(self.core, view)
        self.x, self.y = matrix("x"), ivector("y")
        below, first = None, 0
        for layer, own in zip(self.layers, parts, strict=True):
            layer.join(self.core, first, first + len(own) - 1, self.x, below)
            below, first = layer, first + len(own)
        top = self.layers[-1]
        self.output, self.output_dropout = top.output, top.output_dropout

    def SGD(  # noqa: N802 - the book's name
        self,
        training_data: Pair,
        epochs: int,
        mini_batch_size: int,
        eta: float,
        validation_data: Pair,
        test_data: Pair,
        lmbda: float = 0.0,
    ) -> None:
        """Train by mini-batch stochastic gradient descent, printing the book's lines.

        As in the book, mini-batches come in the order of the data, and samples too few for a last
        whole one are left out, of the validation and the test data as well.

        Args:
            training_data, validation_data, test_data: pairs of images (n, n_in) and labels (n,), as
                `load_data_shared` gives them, or of arrays.
            epochs, mini_batch_size, eta: as in chapter 1.
            lmbda: λ of the L2 penalty ½ λ Σ w², which is divided by the number of mini-batches.

        Raises:
            InputError: the data do not fit the network; or mini-batches are not of the size that
                the network was made for.
        """
        self.check_request(epochs, mini_batch_size, eta, lmbda)
        core, m = self.core, mini_batch_size
        data, validation, test = (
            put_samples(pair, core, m) for pair in (training_data, validation_data, test_data)
        )
        self.test_mb_predictions = self.predictions(test_data[0])
        batches = len(data) // m
        best, at, then = 0.0, 0, 0.0
        with core.device.active():
            engine = make_engine(core, data, m, SGD(core, OptimizerConfig(eta, l2=lmbda / batches)))
            validate, examine = Accuracy(core, validation, m), Accuracy(core, test, m)
            for epoch in range(epochs):
                train_epoch(core, engine, epoch * batches)
                accuracy = validate()
                print(f"Epoch {epoch}: validation accuracy {accuracy:.2%}")
                if accuracy >= best:
                    print("This is the best validation accuracy to date.")
                    best, at, then = accuracy, (epoch + 1) * batches - 1, examine()
                    print(f"The corresponding test accuracy is {then:.2%}")
        print("Finished training network.")
        print(f"Best validation accuracy of {best:.2%} obtained at iteration {at}")
        print(f"Corresponding test accuracy of {then:.2%}")

    def check_request(self, epochs: Any, mini_batch_size: Any, eta: Any, lmbda: Any) -> None:
        """Raise InputError unless the arguments of SGD are valid for this network."""
        if not is_count(epochs):
            raise InputError(f"epochs {epochs!r}: give a whole number of at least 1")
        if not (isinstance(eta, Real) and isinstance(lmbda, Real)):
            raise InputError(f"eta {eta!r}, lmbda {lmbda!r}: give two numbers")
        if mini_batch_size != self.mini_batch_size:
            raise InputError(
                f"mini_batch_size {mini_batch_size}: the network was made for "
                f"{self.mini_batch_size}"
            )
        if any(layer.core is not self.core for layer in self.layers):
            raise InputError(
                "its layers have since been used in another network: give each network its own"
            )

    def predictions(self, images: Any) -> Callable[[int], Any]:
        """A function of i: the classes predicted for mini-batch i of these images."""
        images = images if isinstance(images, Expression) else Shared(images)
        i, m = lscalar("i"), self.mini_batch_size
        batch = images[i * m : (i + 1) * m]
        return function([i], argmax(self.output, axis=1), givens={self.x: batch})


def check_layers(layers: Sequence[Any], mini_batch_size: Any) -> None:
    """Raise InputError unless each layer takes what the one below gives, the last being softmax."""
    if not is_count(mini_batch_size):
        raise InputError(f"mini_batch_size {mini_batch_size!r}: give a positive whole number")
    if not layers or not isinstance(layers[-1], SoftmaxLayer):
        raise InputError("layers: the last must be a SoftmaxLayer")
    if others := [layer for layer in layers if not isinstance(layer, BookLayer)]:
        raise InputError(
            f"layers: {others[0]!r} is not a ConvPoolLayer, FullyConnectedLayer or SoftmaxLayer"
        )
    if len({id(layer) for layer in layers}) < len(layers):
        raise InputError("layers: one of them is used twice; make one for each place")
    below = None
    for layer in layers:
        if below is not None and prod(below.outputs) != prod(layer.inputs):
            raise InputError(
                f"{type(layer).__name__} takes {prod(layer.inputs)} inputs, and the "
                f"{type(below).__name__} below gives {prod(below.outputs)}"
            )
        if isinstance(layer, ConvPoolLayer) and layer.image_shape[0] != mini_batch_size:
            raise InputError(
                f"image_shape {layer.image_shape}: its first number is the size of mini-batches, "
                f"here {mini_batch_size}"
            )
        below = layer


def dropout_layer(layer: Any, p_dropout: float) -> Expression:
    """An expression: a layer's values with a new dropout mask each time it is computed."""
    stream = np.random.default_rng(SEED)

    def drop(values: HostArray) -> HostArray:
        return values * (stream.random(np.shape(values)) >= p_dropout)

    return Applied(drop, (layer,))
