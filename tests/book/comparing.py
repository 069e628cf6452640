"""Ways to hold the book's networks to the plain ones."""

import random
from typing import Any

import numpy as np

from tests.book.plain import Plain


def seed(number: int) -> None:
    """Seed the generators that the book's programs draw from."""
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002


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
