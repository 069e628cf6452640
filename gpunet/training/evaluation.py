"""How good a network is: accuracy, cost and confusion matrix on a split."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gpunet.backend.errors import InputError
from gpunet.datasets.batches import Loader, Resident
from gpunet.datasets.dataset import HostArray, Split, check_labels
from gpunet.nn.network import Network
from gpunet.nn.step import run

# Samples evaluated at a time: enough for the products to be efficient, few enough to stay small.
CHUNK = 1000
# It takes several threads of the CPU only where a step over so many samples would: a network small
# enough to train on one thread, perhaps beside others, gains nothing by waiting for a second one.
THREADS_AS_FOR = 50


class ClassScore(NamedTuple):
    """How one class fared: of `total` samples `correct` were recognised, out of `claimed`."""

    label: int
    total: int
    correct: int
    claimed: int

    @property
    def recall(self) -> float:
        """The fraction of this class's samples that were recognised; 0 if there are none."""
        return self.correct / self.total if self.total else 0.0

    @property
    def precision(self) -> float:
        """The fraction of what was taken for this class that is of it; 0 if nothing was."""
        return self.correct / self.claimed if self.claimed else 0.0


@dataclass(frozen=True)
class Confusion:
    """`count` samples of class `true` were taken for class `predicted`."""

    true: int
    predicted: int
    count: int


@dataclass(frozen=True)
class Evaluation:
    """What a network made of a split.

    Attributes:
        cost: the mean cost of a sample.
        confusion: int64 (classes, classes): row the true class, column the predicted one.
    """

    cost: float
    confusion: HostArray

    @property
    def total(self) -> int:
        """How many samples there were."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """How many were classified rightly."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """The fraction classified rightly."""
        return self.correct / self.total

    def per_class(self) -> list[ClassScore]:
        """How each class fared."""
        rows, columns = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return [
            ClassScore(label, int(rows[label]), int(hits), int(columns[label]))
            for label, hits in enumerate(np.diagonal(self.confusion))
        ]

    def most_confused(self, count: int = 3) -> list[Confusion]:
        """The pairs most often confused, most frequent first."""
        pairs = [
            Confusion(int(true), int(predicted), int(self.confusion[true, predicted]))
            for true, predicted in np.argwhere(self.confusion)
            if true != predicted
        ]
        return sorted(pairs, key=lambda pair: (-pair.count, pair.true, pair.predicted))[:count]


class Evaluator:
    """A network bound to a split, to be evaluated again and again."""

    def __init__(self, network: Network, data: Resident) -> None:
        self.network = network
        self.samples = len(data)
        self.labels = data.labels
        self.chunk = min(CHUNK, self.samples)
        with network.device.active():
            self.rows = network.device.xp.arange(self.samples)
            self.loader = Loader(data, self.chunk, network.sizes[-1], network.dtype)
            self.bound = network.bind(self.loader.x)
            self.operations = self.bound.forward()

    def evaluate(self) -> Evaluation:
        """Evaluate the network as it is now."""
        network, xp = self.network, self.network.device.xp
        classes = network.sizes[-1]
        with network.device.computing(network.multiply_adds * THREADS_AS_FOR):
            counts = xp.zeros(classes * classes, dtype=np.int64)
            cost = xp.zeros((), dtype=np.float64)
            for start in range(0, self.samples, self.chunk):
                rows = self.rows[start : start + self.chunk]
                self.loader.load(rows)
                run(self.operations)
                a, y = self.bound.output[: len(rows)], self.loader.y[: len(rows)]
                cost += network.cost.total(xp, a, y)
                cells = self.labels[rows].astype(np.int64) * classes + xp.argmax(a, axis=1)
                counts += xp.bincount(cells, minlength=classes * classes)
            confusion = network.device.host(counts).reshape(classes, classes)
            return Evaluation(float(network.device.host(cost)) / self.samples, confusion)


def evaluate(network: Network, split: Split | tuple[Any, Any]) -> Evaluation:
    """Evaluate a network on a split, or on a pair of inputs (n, features) and labels (n,).

    Inputs are taken as `Network.feedforward` takes them: whole numbers are pixels, and scaled.

    Raises:
        InputError: the samples do not fit the network.
    """
    if isinstance(split, Split):
        check_fit(network, split)
        data = Resident(network.device, split.images, split.labels, network.input_scale)
    else:
        x, labels = split
        inputs, _ = network.to_inputs(x)
        known = check_labels(np.asarray(labels), "evaluate")
        if len(known) != len(inputs) or int(known.max()) >= network.sizes[-1]:
            raise InputError(
                f"evaluate: {len(inputs)} samples with {len(known)} labels up to "
                f"{known.max()}; needed one for each, below {network.sizes[-1]}"
            )
        data = Resident(network.device, inputs, known, 1.0)
    return Evaluator(network, data).evaluate()


def check_fit(network: Network, split: Split, name: str = "the data") -> None:
    """Raise InputError unless images and labels are of the network's sizes."""
    n_in, n_out = network.sizes[0], network.sizes[-1]
    features = split.images.shape[1]
    if features != n_in:
        raise InputError(f"{name} has {features} pixels an image, the network {n_in} inputs")
    highest = int(split.labels.max(initial=0))
    if highest >= n_out:
        raise InputError(f"{name} has labels up to {highest}, the network {n_out} outputs")
