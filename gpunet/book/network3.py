"""Chapter 6's program: convolution, pooling, dropout and softmax, without Theano."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np

from gpunet.backend.device import Device
from gpunet.book.functions import sigmoid
from gpunet.book.layers3 import (
    BookLayer,
    ConvPoolLayer,
    FullyConnectedLayer,
    ReLU,
    SoftmaxLayer,
    linear,
    tanh,
)
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.load import load_dataset
from gpunet.evaluation.evaluate import evaluate
from gpunet.nn.network import Network as Core
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord
from gpunet.training.trainer import Trainer

__all__ = [
    "ConvPoolLayer",
    "FullyConnectedLayer",
    "Network",
    "ReLU",
    "SoftmaxLayer",
    "linear",
    "load_data_shared",
    "sigmoid",
    "tanh",
]

# How often, in mini-batches, the book's program says that it goes on.
BETWEEN_LINES = 1000


def load_data_shared(
    filename: str | os.PathLike[str] = "../data/mnist.pkl.gz",
) -> tuple[Split, Split, Split]:
    """Training, validation and test data.

    Args:
        filename: the book's mnist.pkl.gz or mnist_expanded.pkl.gz. Where there is no file of that
            name the first is found, or fetched, as `gpunet.load_dataset("mnist")` does.

    Raises:
        InputError: the file is damaged, or an expanded one is not there.
    """
    path = Path(filename)
    if not path.exists() and "expanded" in path.name:
        raise InputError(f"{path}: no such file; python -m gpunet.book.expand_mnist makes one")
    if not path.exists():
        data = load_dataset("mnist", say=lambda line: print(line, file=sys.stderr))
    else:
        data = load_dataset(str(path))
    return data.train, data.validation, data.test


class InOrder(Trainer):
    """Takes the mini-batches of every epoch in the order of the data, as network3 does."""

    def order(self, epoch: int | None = None) -> HostArray:
        """0 to n − 1."""
        return np.arange(self.samples)


class Network:
    """The network of chapter 6.

    Args:
        layers: from the bottom; the last is a `SoftmaxLayer`.
        mini_batch_size: samples a step.
        device: a name as `gpunet.open_device` takes it, or a device; None reads GPUNET_DEVICE, else
            "cpu".

    Raises:
        InputError: the layers do not fit one another, or their dropout is not alike.
    """

    def __init__(
        self,
        layers: Sequence[BookLayer],
        mini_batch_size: int,
        device: str | Device | None = None,
    ) -> None:
        self.layers = list(layers)
        self.mini_batch_size = mini_batch_size
        if not self.layers or not isinstance(self.layers[-1], SoftmaxLayer):
            raise InputError("layers: the last must be a SoftmaxLayer")
        channels, *image = self.layers[0].inputs if len(self.layers[0].inputs) == 3 else (1, None)
        if channels != 1:
            raise InputError(f"image_shape: the images have 1 channel, not {channels}")
        self.core = Core(
            [
                self.layers[0].inputs[0] if image == [None] else tuple(image),
                *(part for layer in self.layers for part in layer.parts),
            ],
            activation=[layer.activation for layer in self.layers],
            cost="log-likelihood",
            dropout=common_dropout(self.layers),
            device=device or os.environ.get("GPUNET_DEVICE") or "cpu",
        )
        self.check_shapes()

    def check_shapes(self) -> None:
        """Raise InputError unless every layer takes what the one below it gives."""
        for (below, layer), stage in zip(
            pairwise([None, *self.layers]), self.core.architecture.stages, strict=True
        ):
            if layer and prod(layer.inputs) != prod(stage.shape):
                where = "the input" if below is None else f"the {type(below).__name__} below"
                raise InputError(
                    f"{type(layer).__name__} takes {prod(layer.inputs)} inputs, and {where} "
                    f"gives {prod(stage.shape)}"
                )

    def SGD(  # noqa: N802 - the book's name
        self,
        training_data: Split,
        epochs: int,
        mini_batch_size: int,
        eta: float,
        validation_data: Split,
        test_data: Split,
        lmbda: float = 0.0,
    ) -> None:
        """Train by mini-batch stochastic gradient descent, printing the book's lines.

        As in the book, samples too few for a last whole mini-batch are left out.

        Args:
            training_data, validation_data, test_data: as `load_data_shared` gives them.
            epochs, mini_batch_size, eta: as in chapter 1.
            lmbda: λ of the L2 penalty, which network3 divides by the number of mini-batches.

        Raises:
            InputError: the data do not fit the network, or the size of mini-batches is not that
                which the network was made for.
        """
        if mini_batch_size != self.mini_batch_size:
            raise InputError(
                f"mini_batch_size {mini_batch_size}: the network was made for "
                f"{self.mini_batch_size}"
            )
        whole = len(training_data) // mini_batch_size * mini_batch_size
        if not whole:
            raise InputError(f"{len(training_data)} samples are less than one mini-batch")
        self.give()
        image = self.core.architecture.inputs
        shape = (image[0], image[1]) if len(image) == 2 else (1, self.core.sizes[0])
        dataset = Dataset("the data", training_data[:whole], validation_data, test_data, shape)
        settings = TrainingConfig(
            epochs=epochs,
            batch_size=mini_batch_size,
            learning_rate=eta,
            l2=lmbda * mini_batch_size,
        )
        trainer = InOrder(self.core, dataset, settings, validation_data)
        best, at, then, told = -1.0, 0, 0.0, 0

        def on_steps() -> bool:
            nonlocal told
            while told < trainer.steps_done:
                print(f"Training mini-batch number {told}")
                told += BETWEEN_LINES
            return True

        def on_epoch(record: EpochRecord) -> None:
            nonlocal best, at, then
            accuracy = record.accuracy or 0.0
            print(f"Epoch {record.epoch - 1}: validation accuracy {accuracy:.2%}")
            if accuracy >= best:
                print("This is the best validation accuracy to date.")
                best, at = accuracy, record.steps - 1
                then = evaluate(self.core, test_data).accuracy
                print(f"The corresponding test accuracy is {then:.2%}")

        trainer.train(on_epoch, on_steps)
        self.take()
        print("Finished training network.")
        print(f"Best validation accuracy of {best:.2%} obtained at iteration {at}")
        print(f"Corresponding test accuracy of {then:.2%}")

    def give(self) -> None:
        """Put the layers' weights and biases into the network."""
        put = self.core.device.put
        places = zip(self.layers, self.core.weights, self.core.biases, strict=True)
        with self.core.device.active():
            for layer, weights, biases in places:
                weights[...] = put(np.ascontiguousarray(layer.core_weights), self.core.dtype)
                biases[...] = put(layer.b, self.core.dtype)

    def take(self) -> None:
        """Give the layers the weights and biases as they are now."""
        host = self.core.device.host
        places = zip(self.layers, self.core.weights, self.core.biases, strict=True)
        for layer, weights, biases in places:
            layer.take(np.array(host(weights)), np.array(host(biases)))


def common_dropout(layers: Sequence[BookLayer]) -> float:
    """The p_dropout of the layers whose inputs can be left out.

    Raises:
        InputError: they differ, or the network's inputs are to be left out.
    """
    if layers[0].p_dropout:
        raise InputError("p_dropout: the network's inputs are not left out; give it to the others")
    shares = {layer.p_dropout for layer in layers[1:] if not isinstance(layer, ConvPoolLayer)}
    if len(shares) > 1:
        raise InputError(f"p_dropout: needed the same for all layers, not {sorted(shares)}")
    return shares.pop() if shares else 0.0
