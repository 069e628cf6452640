"""Networks of every kind of layer, and images for them."""

from typing import Any

import numpy as np

import gpunet
from gpunet.book.chapter6.core import Core
from gpunet.core.arrays import HostArray
from gpunet.nn.activations import find_activation
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.dense import Dense
from gpunet.nn.layers.dropout import UnscaledDropout

# By what is special about each, the arguments of a network on images of 28 × 28.
NETWORKS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "dense": ([784, 30, 10], {}),
    "one layer": ([784, 10], {"cost": "log-likelihood"}),
    "tanh, linear": ([784, 20, 15, 10], {"activation": ["tanh", "relu", "linear"]}),
    "hidden softmax": ([784, 12, 10], {"activation": ["softmax", "tanh"]}),
    "another scale": ([784, 30, 10], {"input_scale": 1 / 255}),
    "dropout": ([784, 40, 10], {"activation": "relu", "dropout": 0.3}),
    "dropout scaled in evaluation": (
        [784, 40, 10],
        {"activation": "relu", "dropout": 0.3, "dropout_scaling": "evaluation"},
    ),
    "dropout layer by layer": (
        [784, 20, 15, 10],
        {"activation": "relu", "dropout": [0.0, 0.3], "input_dropout": 0.2},
    ),
    "dropout of inputs scaled in evaluation": (
        [784, 20, 15, 10],
        {"dropout": [0.5, 0.3], "input_dropout": 0.2, "dropout_scaling": "evaluation"},
    ),
    "dropout of pixels": (
        [(28, 28), "4C5", "MP2", 20, 10],
        {"dropout": [0.5, 0.3], "input_dropout": 0.2},
    ),
    "dropout of pixels scaled in evaluation": (
        [(28, 28), "4C5", "MP2", 20, 10],
        {"input_dropout": 0.2, "dropout_scaling": "evaluation"},
    ),
    "convolution": ([(28, 28), "5C5", "MP2", 20, 10], {"cost": "cross-entropy"}),
    "without pooling": ([(28, 28), "3C9", 10], {"activation": "relu", "cost": "log-likelihood"}),
    "two convolutions": (
        [(28, 28), "4C5", "MP2", "6C5", "MP4", 20, 10],
        {"activation": "tanh", "dropout": 0.5, "cost": "log-likelihood"},
    ),
    "average-pooling and padding": (
        [(28, 28), "4C5P2", "MP2", "5C3", "AP2", "6C3P1", "AP2", 10],
        {"activation": "relu", "cost": "log-likelihood"},
    ),
    "average-pooling": (
        [(28, 28), "4C5", "AP2", "6C5", "AP4", 20, 10],
        {"activation": "tanh", "cost": "log-likelihood"},
    ),
    "maxout": (
        [784, 60, "MX5", 40, "MX4", 10],
        {"activation": "linear", "cost": "log-likelihood", "dropout": 0.5},
    ),
    "maxout under sigmoids": ([784, 60, "MX2", 10], {}),
    "linear convolution": (
        [(28, 28), "4C5", "MP2", 10],
        {"activation": ["linear", "sigmoid"]},
    ),
}
# Those for which PyTorch has no modules.
BEYOND_TORCH: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "subsampling": (
        [(28, 28), "6C5", "SS2", "8C5", "SS2", 20, 10],
        {"activation": "tanh", "cost": "log-likelihood"},
    ),
    "LeNet-5": (
        [(28, 28), "6C5P2", "SS2", "16C5@lenet", "SS2", "120C5", 84, 10],
        {"activation": "tanh", "cost": "log-likelihood"},
    ),
    "maxout of maps": (
        [(28, 28), "8C5", "MP2", "MX2", "6C5", "MX3", 20, "MX2", 10],
        {"activation": "linear", "cost": "log-likelihood", "dropout": 0.2},
    ),
}


def network_of(kind: str, **options: Any) -> gpunet.Network:
    """One of `NETWORKS` or `BEYOND_TORCH`, with random parameters, biases too."""
    sizes, given = {**NETWORKS, **BEYOND_TORCH}[kind]
    network = gpunet.Network(sizes, **{"seed": 3, "initializer": "scaled", **given, **options})
    rng = np.random.default_rng(8)
    with network.device.active():
        for biases in network.biases:
            biases[...] = network.device.put(rng.standard_normal(biases.shape), network.dtype)
    return network


def book_network() -> Core:
    """Of what only the book's network3 makes: rectangles, ties shared, maps not filled by them."""
    relu, softmax = find_activation("relu"), find_activation("softmax")
    pooled = Convolution((1, 28, 28), 3, (5, 4), (5, 2), relu, share_ties=True)
    layers = [
        pooled,
        UnscaledDropout(3 * 4 * 12, 0.4, key=1),
        Dense(3 * 4 * 12, 10, softmax),
    ]
    core = Core(layers, 784, 10, 0.4, "cpu", "float32")
    rng = np.random.default_rng(5)
    core.parameters.array[...] = rng.standard_normal(core.parameters.array.shape) / 10
    return core


def random_images(n: int, features: int = 784) -> HostArray:
    """Whole numbers of every value, as pixels are: uint8 (n, features)."""
    return np.random.default_rng(n).integers(0, 256, (n, features), dtype=np.uint8)
