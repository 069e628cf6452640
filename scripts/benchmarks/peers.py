"""The programs that scripts/bench.py compares: each trains the same network on the same samples.

A contender is made once for a workload, and then asked again and again to train one epoch, the
shuffling of the samples included. Each does it in the way its own documentation would have it.
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer


@dataclass(frozen=True)
class Workload:
    """A network and how it is trained."""

    name: str
    sizes: tuple[int, ...]
    activation: str
    cost: str
    batch_size: int
    learning_rate: float
    # The best number for this size, for every contender that can be told; None is all.
    threads: int | None
    device: str = "cpu"
    precision: str = "float32"  # of products, where the device has others: tf32, bfloat16
    networks: int = 1  # trained at once
    convolutions: tuple[str, ...] = ()  # before the layers in `sizes`, as gpunet writes them
    samples: int | None = None  # trained on in an epoch, at most; None is all

    @property
    def macs(self) -> int:
        """How many multiply-adds a step takes: forward, and the two products backward.

        Nothing goes back below the first layer. Of networks without convolutions.
        """
        products = [n_in * n_out for n_in, n_out in pairwise(self.sizes)]
        return self.networks * self.batch_size * (3 * sum(products) - products[0])

    @property
    def softmax(self) -> bool:
        """Whether the output layer is softmax, with the log-likelihood cost; else sigmoid."""
        return self.cost == "log-likelihood"


class Contender(ABC):
    """One program, ready to train a workload on some samples.

    Attributes:
        steps: how many steps `epoch` takes; `prepare` may change it.
        imports: what it needs; what importing takes is not counted as its memory.
    """

    name: str
    imports: tuple[str, ...] = ()

    def __init__(self, work: Workload, data: Dataset) -> None:
        self.work = work
        self.data = data
        self.samples = len(data.train)
        self.steps = -(-self.samples // work.batch_size)
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Everything that is done once: converting the data, building the network, compiling."""

    @abstractmethod
    def epoch(self) -> None:
        """Train one epoch in a new order, and wait until it is done."""

    def inputs(self) -> Any:
        """The training images as float32 from 0 to 1."""
        return self.data.train.images.astype(np.float32) / np.float32(256)

    def targets(self) -> Any:
        """Unit vectors as float32."""
        return np.eye(self.work.sizes[-1], dtype=np.float32)[self.data.train.labels]

    def batches(self, order: Any) -> Any:
        """The samples of each mini-batch."""
        m = self.work.batch_size
        return (order[start : start + m] for start in range(0, self.samples, m))

    def threads(self) -> AbstractContextManager[Any]:
        """The workload's number of BLAS threads."""
        limits: AbstractContextManager[Any] = threadpool_limits(self.work.threads, user_api="blas")
        return limits


class Gpunet(Contender):
    """This package, through its ordinary `fit`, with Numba where it is installed."""

    name = "gpunet"
    imports = ("gpunet.training.fit", "gpunet.backend.cpu")

    def prepare(self) -> None:
        work = self.work
        layers = [self.data.shape, *work.convolutions, *work.sizes[1:]]
        self.network = gpunet.Network(
            layers if work.convolutions else work.sizes, activation=work.activation, cost=work.cost
        )
        self.epoch()

    def epoch(self) -> None:
        gpunet.fit(
            self.network,
            self.data,
            epochs=1,
            batch_size=self.work.batch_size,
            learning_rate=self.work.learning_rate,
            monitor=None,
        )


class GpunetWithoutNumba(Gpunet):
    """The same with NumPy and BLAS alone."""

    name = "gpunet without Numba"

    def epoch(self) -> None:
        work = self.work
        config = TrainingConfig(
            epochs=1, batch_size=work.batch_size, learning_rate=work.learning_rate
        )
        Trainer(self.network, self.data, config, None, "eager").train()


class BookLoop(Contender):
    """The book's algorithm as its program has it, sample by sample on column vectors."""

    name = "book's loop"

    def prepare(self) -> None:
        self.stream = np.random.default_rng(0)
        sizes = self.work.sizes
        self.biases = [self.stream.standard_normal((y, 1)) for y in sizes[1:]]
        shapes = zip(sizes[1:], sizes[:-1], strict=True)
        self.weights = [self.stream.standard_normal(shape) for shape in shapes]
        x, y = self.inputs().astype(np.float64), self.targets().astype(np.float64)
        self.pairs = [(a.reshape(-1, 1), b.reshape(-1, 1)) for a, b in zip(x, y, strict=True)]

    def epoch(self) -> None:
        with self.threads():
            for batch in self.batches(self.stream.permutation(self.samples)):
                self.step([self.pairs[i] for i in batch])

    def step(self, batch: list[Any]) -> None:
        sum_b = [np.zeros(b.shape) for b in self.biases]
        sum_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in batch:
            delta_b, delta_w = self.backprop(x, y)
            sum_b = [s + d for s, d in zip(sum_b, delta_b, strict=True)]
            sum_w = [s + d for s, d in zip(sum_w, delta_w, strict=True)]
        rate = self.work.learning_rate / len(batch)
        self.weights = [w - rate * s for w, s in zip(self.weights, sum_w, strict=True)]
        self.biases = [b - rate * s for b, s in zip(self.biases, sum_b, strict=True)]

    def backprop(self, x: Any, y: Any) -> tuple[list[Any], list[Any]]:
        activations, inputs = [x], []
        for b, w in zip(self.biases, self.weights, strict=True):
            inputs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(inputs[-1]))
        delta = (activations[-1] - y) * sigmoid_prime(inputs[-1])
        nabla_b, nabla_w = [delta], [np.dot(delta, activations[-2].T)]
        for layer in range(2, len(self.work.sizes)):
            delta = np.dot(self.weights[-layer + 1].T, delta) * sigmoid_prime(inputs[-layer])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, np.dot(delta, activations[-layer - 1].T))
        return nabla_b, nabla_w


def sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z: Any) -> Any:
    return sigmoid(z) * (1 - sigmoid(z))


class PlainNumpy(Contender):
    """The same mathematics over whole batches, in plain NumPy, with temporaries."""

    name = "plain NumPy"

    def prepare(self) -> None:
        self.x, self.y = self.inputs(), self.targets()
        self.stream = np.random.default_rng(0)
        network = gpunet.Network(
            self.work.sizes, activation=self.work.activation, cost=self.work.cost
        )
        self.weights = [np.array(w) for w in network.weights]
        self.biases = [np.array(b) for b in network.biases]

    def epoch(self) -> None:
        with self.threads():
            for rows in self.batches(self.stream.permutation(self.samples)):
                self.step(self.x[rows], self.y[rows])

    def step(self, x: Any, y: Any) -> None:
        relu, activations = self.work.activation == "relu", [x]
        last = len(self.weights) - 1
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = activations[-1] @ w.T + b
            if layer == last and self.work.softmax:
                e = np.exp(z - z.max(axis=1, keepdims=True))
                activations.append(e / e.sum(axis=1, keepdims=True))
            else:
                activations.append(np.maximum(z, 0) if relu else sigmoid(z))
        a = activations[-1]
        delta = a - y if self.work.softmax else (a - y) * a * (1 - a)
        rate = np.float32(self.work.learning_rate / len(x))
        for layer in range(last, -1, -1):
            below = activations[layer]
            down = delta @ self.weights[layer]
            self.weights[layer] -= rate * (delta.T @ below)
            self.biases[layer] -= rate * delta.sum(axis=0)
            delta = down * (below > 0) if relu else down * below * (1 - below)
