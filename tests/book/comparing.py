"""Ways to hold the book's networks to the plain ones."""

import random
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.book.network import Network
from tests.book.conftest import SIZES
from tests.book.plain import Plain


def seed(number: int) -> None:
    """Seed the generators that the book's programs draw from."""
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002


def twins(device: Device | str | None = None, number: int = 1) -> tuple[Network, Plain]:
    """The same network twice, as the same seed makes it."""
    seed(number)
    plain = Plain(SIZES)
    seed(number)
    return Network(SIZES, device=device), plain


def assert_lists_close(actual: list[Any], desired: list[Any], rtol: float = 1e-9) -> None:
    """Lists of arrays agree, within rtol of the largest number of each array."""
    assert len(actual) == len(desired)
    for ours, plain in zip(actual, desired, strict=True):
        assert ours.shape == plain.shape
        assert ours.dtype == np.float64
        np.testing.assert_allclose(ours, plain, rtol=rtol, atol=rtol * np.abs(plain).max())


def assert_same_network(network: Any, plain: Plain) -> None:
    """Weights and biases agree to 1e-9."""
    assert_lists_close(network.weights, plain.weights)
    assert_lists_close(network.biases, plain.biases)


def assert_equal_network(network: Any, plain: Plain) -> None:
    """Weights and biases agree to the last bit."""
    ours, theirs = network.weights + network.biases, plain.weights + plain.biases
    for found, wanted in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(found, wanted)
