"""Chapter 3's program: costs, regularisation, better first weights, monitoring, saving."""

import os
from collections.abc import Sequence
from math import sqrt

from gpunet.backend.device import Device
from gpunet.book.base import BookNetwork, draw_biases, draw_weights
from gpunet.book.costs import BookCost, CrossEntropyCost, QuadraticCost, check_cost
from gpunet.book.descent import Descent, check_list, shuffled_epochs
from gpunet.book.functions import sigmoid, sigmoid_prime, vectorized_result
from gpunet.book.monitor import Monitor, monitor
from gpunet.book.samples import Pair
from gpunet.book.saving import read_network, write_network
from gpunet.core.errors import InputError

__all__ = [
    "CrossEntropyCost",
    "Network",
    "QuadraticCost",
    "load",
    "sigmoid",
    "sigmoid_prime",
    "vectorized_result",
]

# evaluation cost, evaluation accuracy, training cost, training accuracy: a number an epoch
Histories = tuple[list[float], list[int], list[float], list[int]]


class Network(BookNetwork):
    """The network of chapter 3.

    `SGD` runs its steps with whole mini-batches as matrices, without calling `update_mini_batch`
    or `backprop`: a subclass that changes one of these must train with it by itself.

    Args:
        sizes: as in [784, 30, 10].
        cost: `CrossEntropyCost` or `QuadraticCost`.
        device: a name as `gpunet.open_device` takes it, or a device; None reads GPUNET_DEVICE,
            else "cpu".

    Attributes:
        cost: as given.
        weights, biases, sizes, num_layers, device: see `BookNetwork`.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        cost: type[BookCost] = CrossEntropyCost,
        device: str | Device | None = None,
    ) -> None:
        super().__init__(sizes, device)
        self.default_weight_initializer()
        self.cost = check_cost(cost)

    def cost_name(self) -> str:
        """What `gpunet.nn` calls the cost."""
        return check_cost(self.cost).core

    def default_weight_initializer(self) -> None:
        """Biases standard normal, weights of standard deviation 1/√n_in, from `numpy.random`."""
        self.biases = draw_biases(self.sizes)
        self.weights = [weights / sqrt(weights.shape[1]) for weights in draw_weights(self.sizes)]

    def large_weight_initializer(self) -> None:
        """Biases and weights standard normal, as in chapter 1, from `numpy.random`."""
        self.biases = draw_biases(self.sizes)
        self.weights = draw_weights(self.sizes)

    def SGD(  # noqa: N802 - the book's name
        self,
        training_data: list[Pair],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        lmbda: float = 0.0,
        evaluation_data: Sequence[Pair] | None = None,
        monitor_evaluation_cost: bool = False,
        monitor_evaluation_accuracy: bool = False,
        monitor_training_cost: bool = False,
        monitor_training_accuracy: bool = False,
        early_stopping_n: int = 0,
    ) -> Histories:
        """Train by mini-batch stochastic gradient descent with L2 regularisation.

        Prints, after every epoch, that it is complete, and what is monitored.

        Args:
            training_data: a list of pairs of columns, shuffled in place by `random` every epoch.
            epochs: how often to go through it.
            mini_batch_size: samples a step; the last step of an epoch may have fewer.
            eta: the learning rate η.
            lmbda: the regularisation parameter λ, chapter 3 equation (87).
            evaluation_data: pairs of a column and a label: the validation or the test data.
            monitor_evaluation_cost, monitor_evaluation_accuracy, monitor_training_cost,
                monitor_training_accuracy: what to measure and print.
            early_stopping_n: if not 0, stop when the accuracy on the evaluation data has not
                bettered its best for so many epochs.

        Returns:
            (evaluation_cost, evaluation_accuracy, training_cost, training_accuracy): a number for
            every epoch where it is monitored, else empty. Accuracies are counts.

        Raises:
            InputError: the samples do not fit the network, or evaluation data are needed.
        """
        core = self.core()
        n = len(check_list(training_data))
        descent = Descent(core, training_data, mini_batch_size, eta, lmbda / (n or 1))
        seen = monitor(core, evaluation_data, True, "evaluation_data") if evaluation_data else None
        if seen is None and (
            monitor_evaluation_cost or monitor_evaluation_accuracy or early_stopping_n
        ):
            raise InputError("monitoring evaluation data, or early stopping: give evaluation_data")
        own = Monitor(core, descent.x, descent.ys, labelled=False, name="training data")
        histories: Histories = ([], [], [], [])
        evaluation_cost, evaluation_accuracy, training_cost, training_accuracy = histories
        best, since = 0, 0
        try:
            for epoch, order in shuffled_epochs(training_data, epochs):
                descent.train_epoch(order)
                print(f"Epoch {epoch} training complete")
                if monitor_training_cost:
                    training_cost.append(own.cost(self.cost, lmbda))
                    print(f"Cost on training data: {training_cost[-1]}")
                if monitor_training_accuracy:
                    training_accuracy.append(own.accuracy())
                    print(f"Accuracy on training data: {training_accuracy[-1]} / {n}")
                if seen and monitor_evaluation_cost:
                    evaluation_cost.append(seen.cost(self.cost, lmbda))
                    print(f"Cost on evaluation data: {evaluation_cost[-1]}")
                if seen and monitor_evaluation_accuracy:
                    evaluation_accuracy.append(seen.accuracy())
                    print(f"Accuracy on evaluation data: {evaluation_accuracy[-1]} / {len(seen)}")
                print()
                if seen and early_stopping_n:
                    now = evaluation_accuracy[-1] if evaluation_accuracy else seen.accuracy()
                    best, since = (now, 0) if now > best else (best, since + 1)
                    if since >= early_stopping_n:
                        break
        finally:  # what was learnt is kept, even if it was interrupted
            self.take(core)
        return histories

    def update_mini_batch(
        self, mini_batch: Sequence[Pair], eta: float, lmbda: float, n: int
    ) -> None:
        """One step over a list of pairs of columns, chapter 3 equations (93) and (94).

        Args:
            mini_batch: pairs of columns.
            eta, lmbda: η and λ.
            n: the number of training samples in all.
        """
        self.step(mini_batch, eta, l2=lmbda / n)

    def accuracy(self, data: Sequence[Pair], convert: bool = False) -> int:
        """For how many samples the most active output is the right one.

        Args:
            data: pairs of columns (the training data) with `convert`, else of a column and a label.
            convert: which of the two.
        """
        return monitor(self.core(), data, labelled=not convert, name="data").accuracy()

    def total_cost(self, data: Sequence[Pair], lmbda: float, convert: bool = False) -> float:
        """The mean cost of a sample, regularised with λ: chapter 3 equation (87).

        Args:
            data: pairs of a column and a label with `convert`, else of columns (the training
                data): the other way about than with `accuracy`, as in the book.
            lmbda: λ.
            convert: which of the two.
        """
        seen = monitor(self.core(), data, labelled=convert, name="data")
        return seen.cost(self.cost, lmbda)

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write the network into a JSON file, as the book's program does and reads."""
        write_network(filename, self.sizes, self.weights, self.biases, self.cost.__name__)


def load(filename: str | os.PathLike[str], device: str | Device | None = None) -> Network:
    """A network from a file that `save`, the book's or this one, has written.

    Nothing in the file is executed; the only costs it may name are the two of this module.

    Args:
        filename: the JSON file.
        device: as for `Network`.

    Raises:
        InputError: it is no such file; says what is wrong with it.
        OSError: it cannot be read.
    """
    saved = read_network(filename)
    network = Network(saved.sizes, cost=saved.cost, device=device)
    network.weights, network.biases = saved.weights, saved.biases
    return network
