"""What the networks of chapters 1 and 3 have in common."""

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.book.core import Answers, Core, Lists, find_device
from gpunet.book.descent import Descent
from gpunet.book.samples import Pair, stack, turn
from gpunet.nn.architecture import check_sizes


class BookNetwork:
    """Sizes, weights and biases as the book keeps them, and what needs no more than these.

    Attributes:
        sizes, num_layers: as given, and how many there are.
        weights, biases: for each layer above the input (n_out, n_in) and (n_out, 1), float64, on
            the host whatever the device. Assign to the lists, or to what is in them, between
            calls; training replaces them.
        device: where computing is done: a name, or a device.

    Raises:
        InputError: sizes or device make no sense, or later what was assigned to the lists.
    """

    weights: list[Any]
    biases: list[Any]

    def __init__(self, sizes: Sequence[int], device: str | Device | None) -> None:
        check_sizes(sizes)
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.device = device or os.environ.get("GPUNET_DEVICE") or "cpu"
        find_device(self.device)

    def core(self) -> Core:
        """The parameters, as they are now, on the device."""
        return Core(self.device, self.weights, self.biases, self.cost_name())

    def cost_name(self) -> str:
        """What `gpunet.nn` calls the cost."""
        return "quadratic"

    def take(self, core: Core) -> None:
        """Make what was trained this network's weights and biases."""
        self.weights, self.biases = core.lists()

    def feedforward(self, a: Any) -> Any:
        """The output (n_out, 1) for an input a (n_in, 1), or (n_out, k) for k columns (n_in, k)."""
        core = self.core()
        x = core.device.put(turn(a, core.n_in, "input"))
        return np.ascontiguousarray(Answers(core, x).host().T)

    def backprop(self, x: Any, y: Any) -> Lists:
        """The gradient of the cost of one sample: BP1 to BP4, chapter 2.

        Args:
            x: (n_in, 1).
            y: (n_out, 1).

        Returns:
            (nabla_b, nabla_w): lists shaped like `biases` and `weights`.
        """
        core = self.core()
        rows = stack([x], core.n_in, "input"), stack([y], core.n_out, "output")
        nabla_w, nabla_b = core.backprop(*rows)
        return nabla_b, nabla_w

    def step(self, mini_batch: Sequence[Pair], eta: float, l2: float) -> None:
        """One step of gradient descent over all the pairs of columns given; l2 is λ/n."""
        core = self.core()
        descent = Descent(core, mini_batch, max(1, len(mini_batch)), eta, l2)
        descent.train_epoch(np.arange(len(mini_batch)))
        self.take(core)


def draw_biases(sizes: Sequence[int]) -> list[Any]:
    """Standard normal biases (n_out, 1) from `numpy.random`, whose seed the book's readers set."""
    return [np.random.randn(n_out, 1) for n_out in sizes[1:]]  # noqa: NPY002


def draw_weights(sizes: Sequence[int]) -> list[Any]:
    """Standard normal weights (n_out, n_in), likewise."""
    return [np.random.randn(n_out, n_in) for n_in, n_out in pairwise(sizes)]  # noqa: NPY002
