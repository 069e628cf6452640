"""Two ways of running SGD: its epochs, and the costs and accuracies measured after them.

Either with whole mini-batches as matrices on a device, or as in the book, by calling the network's
own methods, which a subclass may have overridden.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gpunet.book.base import BookNetwork, open_core
from gpunet.book.costs import MatrixCost
from gpunet.book.descent import Descent, check_count, shuffled_orders
from gpunet.book.monitor import Monitor, monitor
from gpunet.book.samples import Pair


class BookTrainer(Protocol):
    """One call of SGD. Costs are regularised, accuracies are counts, of the current network."""

    def train_epoch(self) -> None:
        """Shuffle the training data, in place, and step through them once."""

    def training_cost(self) -> float:
        """The cost of the training data."""

    def training_accuracy(self) -> int:
        """How many of the training data are recognised."""

    def evaluation_cost(self) -> float:
        """The cost of the evaluation data."""

    def evaluation_accuracy(self) -> int:
        """How many of the evaluation data are recognised."""

    def finish(self) -> None:
        """Store the trained parameters in the network."""


class MatrixTrainer:
    """Trains with whole mini-batches as matrices, by the steps of `gpunet.nn`.

    Args:
        network: receives the trained parameters at the end.
        data: pairs of columns.
        evaluation: pairs of a column and a label; may be empty if they are not monitored.
        name: of these, for error messages.
        mini_batch_size, eta, lmbda: as for SGD.
        cost: the network's.

    Raises:
        InputError: the samples do not fit the network.
    """

    def __init__(
        self,
        network: BookNetwork,
        data: list[Pair],
        evaluation: list[Pair],
        name: str,
        mini_batch_size: int,
        eta: float,
        lmbda: float,
        cost: MatrixCost,
    ) -> None:
        self.network, self.cost, self.lmbda = network, cost, lmbda
        self.core = open_core(network, cost.core)
        self.descent = Descent(self.core, data, mini_batch_size, eta, lmbda / (len(data) or 1))
        self.orders = shuffled_orders(data)
        self.training = Monitor(self.core, self.descent.x, self.descent.ys, labelled=False)
        self.evaluation = monitor(self.core, evaluation, True, name) if evaluation else None

    def train_epoch(self) -> None:
        self.descent.train_epoch(next(self.orders))
        self.training.cached.stale = True
        if self.evaluation:
            self.evaluation.cached.stale = True

    def training_cost(self) -> float:
        return self.training.cost(self.cost, self.lmbda)

    def training_accuracy(self) -> int:
        return self.training.accuracy()

    def evaluation_cost(self) -> float:
        assert self.evaluation
        return self.evaluation.cost(self.cost, self.lmbda)

    def evaluation_accuracy(self) -> int:
        assert self.evaluation
        return self.evaluation.accuracy()

    def finish(self) -> None:
        self.network.weights, self.network.biases = self.core.lists()


def not_monitored() -> Any:
    """Placeholder for a measurement that this program does not have."""
    raise NotImplementedError


@dataclass
class MethodTrainer:
    """Calls a `step` for each mini-batch of `data`, and the network's own methods to measure."""

    data: list[Pair]
    mini_batch_size: int
    step: Callable[[list[Pair]], None]
    evaluation_accuracy: Callable[[], int]
    evaluation_cost: Callable[[], float] = not_monitored
    training_accuracy: Callable[[], int] = not_monitored
    training_cost: Callable[[], float] = not_monitored

    def __post_init__(self) -> None:
        self.mini_batch_size = check_count("mini_batch_size", self.mini_batch_size, 1)

    def train_epoch(self) -> None:
        random.shuffle(self.data)
        for start in range(0, len(self.data), self.mini_batch_size):
            self.step(self.data[start : start + self.mini_batch_size])

    def finish(self) -> None:
        """Nothing to do: the steps have changed the network itself."""
