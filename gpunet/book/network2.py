"""Chapter 3's program: costs, regularisation, better first weights, monitoring, saving."""

import os
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

from gpunet.backend.device import Device
from gpunet.book import columns, costs
from gpunet.book.base import BookNetwork, draw_biases, draw_weights, has_matrix_form, unchanged
from gpunet.book.core import Lists
from gpunet.book.costs import CrossEntropyCost, QuadraticCost
from gpunet.book.descent import check_count
from gpunet.book.functions import sigmoid, sigmoid_prime, vectorized_result
from gpunet.book.samples import Pair, as_list, unzip
from gpunet.book.saving import read_network, write_network
from gpunet.book.scoring import count_hits, total_cost
from gpunet.book.trainers import BookTrainer, MatrixTrainer, MethodTrainer
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

    `SGD` runs its steps with whole mini-batches as matrices. Where a subclass changes one of the
    methods that the book's SGD relies on (`update_mini_batch`, `backprop`, `accuracy`,
    `total_cost`, `feedforward`), or the cost is a custom one, it runs as in the book instead,
    and calls them.

    Args:
        sizes: as in [784, 30, 10].
        cost: `CrossEntropyCost`, `QuadraticCost`, or a custom class or object with the cost
            `fn(a, y)` and the error `delta(z, a, y)` of the output layer.
        device: a name as `gpunet.open_device` takes it, or a device; None reads GPUNET_DEVICE,
            else "cpu".

    Attributes:
        cost: as given.
        weights, biases, sizes, num_layers, device: see `BookNetwork`.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        cost: costs.BookCost = CrossEntropyCost,
        device: str | Device | None = None,
    ) -> None:
        super().__init__(sizes, device)
        self.default_weight_initializer()
        self.cost = costs.check_cost(cost)

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
        training_data: Iterable[Pair],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        lmbda: float = 0.0,
        evaluation_data: Iterable[Pair] | None = None,
        monitor_evaluation_cost: bool = False,
        monitor_evaluation_accuracy: bool = False,
        monitor_training_cost: bool = False,
        monitor_training_accuracy: bool = False,
        early_stopping_n: int = 0,
    ) -> Histories:
        """Train by mini-batch stochastic gradient descent with L2 regularisation.

        Prints, after every epoch, that it is complete, and what is monitored.

        Args:
            training_data: pairs of columns; a list is shuffled in place by `random` every epoch,
                anything else is copied into a list.
            epochs: how often to go through it.
            mini_batch_size: samples a step; the last step of an epoch may have fewer.
            eta: the learning rate η.
            lmbda: the regularisation parameter λ, chapter 3 equation (87).
            evaluation_data: pairs of a column and a label: the validation or the test data.
            monitor_evaluation_cost, monitor_evaluation_accuracy, monitor_training_cost,
                monitor_training_accuracy: what to measure and print.
            early_stopping_n: if not 0, stop when the accuracy on the evaluation data has not
                improved for this many epochs.

        Returns:
            (evaluation_cost, evaluation_accuracy, training_cost, training_accuracy): a number for
            every epoch where it is monitored, else empty. Accuracies are counts.

        Raises:
            InputError: the samples do not fit the network, or evaluation data are needed.
        """
        data = as_list(training_data, "training data")
        seen = [] if evaluation_data is None else as_list(evaluation_data, "evaluation_data")
        if not seen and (
            monitor_evaluation_cost or monitor_evaluation_accuracy or early_stopping_n
        ):
            raise InputError("monitoring evaluation data, or early stopping: give evaluation_data")
        trainer = choose_trainer(self, data, mini_batch_size, eta, lmbda, seen)
        histories: Histories = ([], [], [], [])
        evaluation_cost, evaluation_accuracy, training_cost, training_accuracy = histories
        best, since = 0, 0
        try:
            for epoch in range(check_count("epochs", epochs, 0)):
                trainer.train_epoch()
                print(f"Epoch {epoch} training complete")
                if monitor_training_cost:
                    training_cost.append(trainer.training_cost())
                    print(f"Cost on training data: {training_cost[-1]}")
                if monitor_training_accuracy:
                    training_accuracy.append(trainer.training_accuracy())
                    print(f"Accuracy on training data: {training_accuracy[-1]} / {len(data)}")
                if monitor_evaluation_cost:
                    evaluation_cost.append(trainer.evaluation_cost())
                    print(f"Cost on evaluation data: {evaluation_cost[-1]}")
                if monitor_evaluation_accuracy:
                    evaluation_accuracy.append(trainer.evaluation_accuracy())
                    print(f"Accuracy on evaluation data: {evaluation_accuracy[-1]} / {len(seen)}")
                print()
                if early_stopping_n:
                    now = (evaluation_accuracy or [trainer.evaluation_accuracy()])[-1]
                    best, since = (now, 0) if now > best else (best, since + 1)
                    if since >= early_stopping_n:
                        break
        finally:  # parameters are kept even if training is interrupted
            trainer.finish()
        return histories

    @has_matrix_form
    def update_mini_batch(
        self, mini_batch: Iterable[Pair], eta: float, lmbda: float, n: int
    ) -> None:
        """One step over pairs of columns, chapter 3 equations (93) and (94).

        Args:
            mini_batch: pairs of columns.
            eta, lmbda: η and λ.
            n: the number of training samples in all.
        """
        xs, ys = unzip(mini_batch, "mini_batch")
        gradients = map(self.backprop, xs, ys)
        self.weights, self.biases = columns.descend(
            self.weights, self.biases, gradients, eta / len(xs), keep=1.0 - eta * (lmbda / n)
        )

    @has_matrix_form
    def backprop(self, x: Any, y: Any) -> Lists:
        """The gradient of the cost of one sample: BP1 to BP4, chapter 2.

        Args:
            x: (n_in, 1).
            y: (n_out, 1).

        Returns:
            (nabla_b, nabla_w): lists shaped like `biases` and `weights`.
        """
        return columns.backprop(self.weights, self.biases, x, y, self.cost.delta)

    @has_matrix_form
    def accuracy(self, data: Iterable[Pair], convert: bool = False) -> int:
        """For how many samples the most active output is the right one.

        Args:
            data: pairs of columns (the training data) with `convert`, else of a column and a label.
            convert: which of the two.
        """
        return count_hits(self, data, labelled=not convert, name="data")

    @has_matrix_form
    def total_cost(self, data: Iterable[Pair], lmbda: float, convert: bool = False) -> float:
        """The mean cost of a sample, regularised with λ: chapter 3 equation (87).

        Args:
            data: pairs of a column and a label with `convert`, else of columns (the training
                data): the opposite of `accuracy`, as in the book.
            lmbda: λ.
            convert: which of the two.
        """
        return total_cost(self, costs.check_cost(self.cost), data, lmbda, convert, "data")

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write the network into a JSON file, as the book's program does and reads."""
        name = costs.name_cost(self.cost)
        write_network(filename, self.sizes, self.weights, self.biases, name)


# The methods that the book's SGD calls, directly or through one of the others.
METHODS = ("update_mini_batch", "backprop", "accuracy", "total_cost", "feedforward")


def choose_trainer(
    network: Network, data: list[Pair], size: int, eta: float, lmbda: float, seen: list[Pair]
) -> BookTrainer:
    """How SGD is run: on its arguments, with the data as lists."""
    cost = costs.find_matrix_cost(costs.check_cost(network.cost))
    if cost and unchanged(network, *METHODS):
        return MatrixTrainer(network, data, seen, "evaluation_data", size, eta, lmbda, cost)
    return MethodTrainer(
        data,
        size,
        step=lambda mini_batch: network.update_mini_batch(mini_batch, eta, lmbda, len(data)),
        evaluation_accuracy=lambda: network.accuracy(seen),
        evaluation_cost=lambda: network.total_cost(seen, lmbda, convert=True),
        training_accuracy=lambda: network.accuracy(data, convert=True),
        training_cost=lambda: network.total_cost(data, lmbda),
    )


def load(filename: str | os.PathLike[str], device: str | Device | None = None) -> Network:
    """A network from a file that `save`, the book's or this one, has written.

    Nothing in the file is executed. The costs it may name are the two of this module, and, as in
    the book, custom ones assigned to it: `network2.MyCost = MyCost`.

    Args:
        filename: the JSON file.
        device: as for `Network`.

    Raises:
        InputError: it is not such a file; says what is wrong with it.
        OSError: it cannot be read.
    """
    saved = read_network(filename, costs={k: v for k, v in globals().items() if costs.is_cost(v)})
    network = Network(saved.sizes, cost=saved.cost, device=device)
    network.weights, network.biases = saved.weights, saved.biases
    return network
