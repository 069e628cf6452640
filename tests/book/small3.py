"""A small network of chapter 6, and few digits to train it on."""

from typing import Any

import numpy as np

from gpunet.book.chapter6.data import share
from gpunet.book.network3 import ConvPoolLayer, FullyConnectedLayer, Network, ReLU, SoftmaxLayer
from gpunet.datasets.load import load_dataset

M = 10


def make_data() -> list[Any]:
    """Digits, as bright as MNIST's: 205 for training, 104 for validation, 53 for the test."""
    digits = load_dataset("digits")
    few = (digits.train[:205], digits.validation[:104], digits.test[:53])
    return [share(split, digits.scale) for split in few]


def convolutional(p_dropout: float = 0.0, **options: Any) -> Network:
    """Convolution, 20 neurons and softmax; always with the same first weights."""
    np.random.seed(3)  # noqa: NPY002
    layers = [
        ConvPoolLayer((4, 1, 3, 3), (M, 1, 8, 8), (2, 2), ReLU),
        FullyConnectedLayer(4 * 3 * 3, 20, ReLU, p_dropout),
        SoftmaxLayer(20, 10, p_dropout),
    ]
    return Network(layers, M, **options)


def train(net: Network, data: list[Any], epochs: int = 1) -> Network:
    """The same network, trained."""
    net.SGD(data[0], epochs, M, 0.1, data[1], data[2])
    return net
