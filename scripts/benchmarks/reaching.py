"""What the programs of scripts/benchmarks/time_to.py share: the clock, and reading a recipe."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

import gpunet
from gpunet.runs.config import RunConfig
from gpunet.sweeps.time_to import REHEARSED_STEPS, Attempt, First
from gpunet.training.learning_rate import learning_rate
from scripts.benchmarks.peers import Workload


class Reacher(ABC):
    """A program that follows a recipe: dense or convolutional, ReLU, log-likelihood, SGD or Adam.

    Args:
        options: of the recipe.
        target: as a fraction.
    """

    def __init__(self, options: dict[str, Any], target: float) -> None:
        self.options, self.target = options, target
        given = {name: value for name, value in options.items() if name != "data"}
        self.config = RunConfig.from_json(given).training
        hidden = options["hidden"]
        self.work = Workload(
            "",
            (784, *(n for n in hidden if not isinstance(n, str)), 10),
            options["activation"],
            options["cost"],
            options["batch_size"],
            options["learning_rate"],
            threads=None,
            convolutions=tuple(part for part in hidden if isinstance(part, str)),
        )
        self.rehearse()

    def attempt(self, seed: int) -> Attempt:
        """From data on disk to the last evaluation."""
        first: First | None = None
        began, accuracy = time.perf_counter(), 0.0
        train, test = self.read()
        self.make(seed, *train)
        for epoch, rate in enumerate(self.rates(), start=1):
            self.train(rate)
            accuracy = self.evaluate(*test)
            if first is None and accuracy >= self.target:
                first = First(epoch, time.perf_counter() - began)
        return Attempt(seed, accuracy, time.perf_counter() - began, first)

    def rehearse(self) -> None:
        """Compile, and import what is imported late."""
        (x, y), (x_test, y_test) = self.read()
        some = slice(REHEARSED_STEPS * self.work.batch_size)
        self.make(0, x[some], y[some])
        self.train(self.work.learning_rate)
        self.evaluate(x_test, y_test)

    def read(self) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Training and test split, scaled to 0 to 1."""
        data = gpunet.load_dataset(self.options["data"])
        pairs = [
            (split.images.astype(np.float32) * np.float32(data.scale), split.labels)
            for split in (data.train, data.test)
        ]
        return pairs[0], pairs[1]

    def rates(self) -> Iterator[float]:
        """The learning rate of each epoch."""
        for epoch in range(self.config.epochs):
            yield learning_rate(self.config, epoch, gpunet.History())

    @abstractmethod
    def make(self, seed: int, x: Any, y: Any) -> None:
        """Make the network, and get the samples (n, 784) and labels (n,) ready."""

    @abstractmethod
    def train(self, rate: float) -> None:
        """One epoch, in a new order."""

    @abstractmethod
    def evaluate(self, x: Any, y: Any) -> float:
        """The share of samples that are classified correctly."""
