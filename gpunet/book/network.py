"""Chapter 1's program: sigmoid neurons, the quadratic cost, stochastic gradient descent."""

from collections.abc import Sequence
from typing import Any

from gpunet.backend.device import Device
from gpunet.book.base import BookNetwork, draw_biases, draw_weights
from gpunet.book.descent import Descent, check_list, shuffled_epochs
from gpunet.book.functions import sigmoid, sigmoid_prime
from gpunet.book.monitor import monitor
from gpunet.book.samples import Pair

__all__ = ["Network", "sigmoid", "sigmoid_prime"]


class Network(BookNetwork):
    """The network of chapter 1.

    `SGD` runs its steps with whole mini-batches as matrices, without calling `update_mini_batch`
    or `backprop`: a subclass that changes one of these must train with it by itself.

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
        training_data: list[Pair],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Sequence[Pair] | None = None,
    ) -> None:
        """Train by mini-batch stochastic gradient descent, chapter 1 equations (20) and (21).

        Prints a line an epoch, with how many of the test data were recognised if there are any.

        Args:
            training_data: a list of pairs of columns, shuffled in place by `random` every epoch.
            epochs: how often to go through it.
            mini_batch_size: samples a step; the last step of an epoch may have fewer.
            eta: the learning rate η.
            test_data: pairs of a column and a label.

        Raises:
            InputError: the samples do not fit the network.
        """
        core = self.core()
        descent = Descent(core, check_list(training_data), mini_batch_size, eta)
        tests = monitor(core, test_data, labelled=True, name="test_data") if test_data else None
        try:
            for epoch, order in shuffled_epochs(training_data, epochs):
                descent.train_epoch(order)
                if tests:
                    print(f"Epoch {epoch}: {tests.accuracy()} / {len(tests)}")
                else:
                    print(f"Epoch {epoch} complete")
        finally:  # what was learnt is kept, even if it was interrupted
            self.take(core)

    def update_mini_batch(self, mini_batch: Sequence[Pair], eta: float) -> None:
        """One step over a list of pairs of columns, with the learning rate eta."""
        self.step(mini_batch, eta, l2=0.0)

    def evaluate(self, test_data: Sequence[Pair]) -> int:
        """For how many of the pairs (column, label) the most active output is the label's."""
        return monitor(self.core(), test_data, labelled=True, name="test_data").accuracy()

    def cost_derivative(self, output_activations: Any, y: Any) -> Any:
        """∂C/∂a = a − y of the quadratic cost, for columns (n_out, 1)."""
        return output_activations - y
