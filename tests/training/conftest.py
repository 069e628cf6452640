"""Data small enough to train on in every test."""

import pytest

import gpunet
from gpunet.datasets.dataset import Dataset


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return gpunet.load_dataset("digits")


@pytest.fixture(scope="session")
def few(digits: Dataset) -> Dataset:
    """The first 253 training digits: in tens, twenty-five whole batches and one of three."""
    rest = (digits.validation, digits.test, digits.shape, digits.max_pixel, digits.classes)
    return Dataset("few", digits.train[:253], *rest)
