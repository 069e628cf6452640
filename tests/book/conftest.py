"""Samples in the book's form, few and small."""

import numpy as np
import pytest

import gpunet
from tests.book.plain import Pair

SIZES = [64, 12, 10]


@pytest.fixture(scope="session")
def columns() -> list[Pair]:
    """253 pairs of columns (64, 1), float32, and (10, 1): in tens, the last batch is one of three.

    Tests that train take a copy, since training shuffles the list.
    """
    train = gpunet.load_dataset("digits").train[:253]
    images = (train.images / np.float32(16)).astype(np.float32)
    units = np.eye(10)
    return [
        (image.reshape(-1, 1), units[[label]].T)
        for image, label in zip(images, train.labels, strict=True)
    ]


@pytest.fixture(scope="session")
def labelled() -> list[Pair]:
    """431 pairs of a column (64, 1), float64, and a label: more than are evaluated at a time."""
    train = gpunet.load_dataset("digits").train[300:731]
    pairs = zip(train.images / 16, train.labels, strict=True)
    return [(image.reshape(-1, 1), int(label)) for image, label in pairs]
