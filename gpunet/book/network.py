"""Chapter 1's program: sigmoid neurons, the quadratic cost, stochastic gradient descent."""

from collections.abc import Iterable, Sequence
from typing import Any

from gpunet.backend.device import Device
from gpunet.book import columns
from gpunet.book.base import BookNetwork, draw_biases, draw_weights, has_matrix_form, unchanged
from gpunet.book.core import Lists
from gpunet.book.costs import QUADRATIC
from gpunet.book.descent import check_count
from gpunet.book.functions import sigmoid, sigmoid_prime
from gpunet.book.samples import Pair, as_list, unzip
from gpunet.book.scoring import count_hits
from gpunet.book.trainers import BookTrainer, MatrixTrainer, MethodTrainer

__all__ = ["Network", "sigmoid", "sigmoid_prime"]


class Network(BookNetwork):
    """The network of chapter 1.

    `SGD` runs its steps with whole mini-batches as matrices. Where a subclass changes one of the
    methods that the book's SGD relies on (`update_mini_batch`, `backprop`, `cost_derivative`,
    `evaluate`, `feedforward`) it runs as in the book instead, and calls them.

    Args:
        sizes: as in [784, 30, 10]; first weights and biases are standard normal, drawn from
            `numpy.random` in the book's order, all biases first.
        device: a name as `gpunet.open_device` takes it, or a device; None reads GPUNET_DEVICE,
            else "cpu".

    Attributes:
        weights, biases, sizes, num_layers, device: see `BookNetwork`.
    """

    def __init__(self, sizes: Sequence[int], device: str | Device | None = None) -> None:
        super().__init__(sizes, device)
        self.biases = draw_biases(sizes)
        self.weights = draw_weights(sizes)

    def SGD(  # noqa: N802 - the book's name
        self,
        training_data: Iterable[Pair],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Iterable[Pair] | None = None,
    ) -> None:
        """Train by mini-batch stochastic gradient descent, chapter 1 equations (20) and (21).

        Prints a line an epoch, with how many of the test data were recognised if there are any.

        Args:
            training_data: pairs of columns; a list is shuffled in place by `random` every epoch,
                anything else is copied into a list.
            epochs: how often to go through it.
            mini_batch_size: samples a step; the last step of an epoch may have fewer.
            eta: the learning rate η.
            test_data: pairs of a column and a label.

        Raises:
            InputError: the samples do not fit the network.
        """
        tests = [] if test_data is None else as_list(test_data, "test_data")
        data = as_list(training_data, "training data")
        trainer = choose_trainer(self, data, mini_batch_size, eta, tests)
        try:
            for epoch in range(check_count("epochs", epochs, 0)):
                trainer.train_epoch()
                if tests:
                    print(f"Epoch {epoch}: {trainer.evaluation_accuracy()} / {len(tests)}")
                else:
                    print(f"Epoch {epoch} complete")
        finally:  # parameters are kept even if training is interrupted
            trainer.finish()

    @has_matrix_form
    def update_mini_batch(self, mini_batch: Iterable[Pair], eta: float) -> None:
        """One step over pairs of columns, with the learning rate eta."""
        xs, ys = unzip(mini_batch, "mini_batch")
        gradients = map(self.backprop, xs, ys)
        self.weights, self.biases = columns.descend(
            self.weights, self.biases, gradients, eta / len(xs)
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

        def output_delta(z: Any, a: Any, y: Any) -> Any:
            return self.cost_derivative(a, y) * (a * (1.0 - a))

        return columns.backprop(self.weights, self.biases, x, y, output_delta)

    @has_matrix_form
    def evaluate(self, test_data: Iterable[Pair]) -> int:
        """For how many of the pairs (column, label) the most active output is the label's."""
        return count_hits(self, test_data, labelled=True, name="test_data")

    @has_matrix_form
    def cost_derivative(self, output_activations: Any, y: Any) -> Any:
        """∂C/∂a = a − y of the quadratic cost, for columns (n_out, 1)."""
        return output_activations - y


# The methods that the book's SGD calls, directly or through one of the others.
METHODS = ("update_mini_batch", "backprop", "cost_derivative", "evaluate", "feedforward")


def choose_trainer(
    network: Network, data: list[Pair], mini_batch_size: int, eta: float, tests: list[Pair]
) -> BookTrainer:
    """How SGD is run: on its arguments, with the data as lists."""
    if unchanged(network, *METHODS):
        return MatrixTrainer(
            network, data, tests, "test_data", mini_batch_size, eta, 0.0, QUADRATIC
        )
    return MethodTrainer(
        data,
        mini_batch_size,
        step=lambda mini_batch: network.update_mini_batch(mini_batch, eta),
        evaluation_accuracy=lambda: network.evaluate(tests),
    )
