"""What the networks of chapters 1 and 3 have in common."""

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from gpunet.backend.device import Device
from gpunet.book import columns
from gpunet.book.core import Core, find_device
from gpunet.nn.architecture import check_sizes

Method = TypeVar("Method", bound=Callable[..., Any])
# The methods that SGD may replace by computing with whole mini-batches as matrices.
WITH_MATRIX_FORM: set[Any] = set()


def has_matrix_form(method: Method) -> Method:
    """Mark a method that SGD may replace by computing with whole mini-batches as matrices."""
    WITH_MATRIX_FORM.add(method)
    return method


class BookNetwork:
    """Sizes, weights and biases in the book's form, and what needs only these.

    Attributes:
        sizes, num_layers: the layer sizes as given, and their number.
        weights, biases: for each layer above the input (n_out, n_in) and (n_out, 1), float64, on
            the host whatever the device. Assign to the lists, or to their elements, between
            calls; training replaces them.
        device: where SGD runs, and where many samples are evaluated: a name, or a device. The
            book's methods for one sample or one mini-batch run on the host.

    Raises:
        InputError: sizes or device are invalid, or, later, the arrays assigned to the lists.
    """

    weights: list[Any]
    biases: list[Any]
    device: str | Device = "cpu"

    def __init__(self, sizes: Sequence[int], device: str | Device | None) -> None:
        check_sizes(sizes)
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.device = device or os.environ.get("GPUNET_DEVICE") or "cpu"
        find_device(self.device)

    @has_matrix_form
    def feedforward(self, a: Any) -> Any:
        """The output (n_out, 1) for an input a (n_in, 1), or (n_out, k) for k columns (n_in, k)."""
        return columns.feedforward(self.weights, self.biases, a)

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles open their device by name."""
        device = self.device.name if isinstance(self.device, Device) else self.device
        return vars(self) | {"device": device}


def unchanged(network: BookNetwork, *names: str) -> bool:
    """Whether these methods are the original ones.

    They are not if a subclass overrides them, or others were assigned to the network or its class.
    """
    methods = (getattr(network, name) for name in names)
    return all(getattr(method, "__func__", None) in WITH_MATRIX_FORM for method in methods)


def open_core(network: BookNetwork, cost: str = "quadratic") -> Core:
    """The network's parameters, as they are now, on its device."""
    return Core(network.device, network.weights, network.biases, cost)


def draw_biases(sizes: Sequence[int]) -> list[Any]:
    """Standard normal biases (n_out, 1) from `numpy.random`, which the reader may have seeded."""
    return [np.random.randn(n_out, 1) for n_out in sizes[1:]]  # noqa: NPY002


def draw_weights(sizes: Sequence[int]) -> list[Any]:
    """Standard normal weights (n_out, n_in), likewise."""
    return [np.random.randn(n_out, n_in) for n_in, n_out in pairwise(sizes)]  # noqa: NPY002
