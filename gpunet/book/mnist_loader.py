"""The book's loader of MNIST, from the data set that gpunet knows by that name."""

import sys
from typing import Any

import numpy as np

from gpunet.book.functions import vectorized_result
from gpunet.book.samples import Pair, unit_rows
from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Split
from gpunet.datasets.load import load_dataset

__all__ = ["load_data", "load_data_wrapper", "vectorized_result"]

Images = tuple[HostArray, HostArray]


def load_data() -> tuple[Images, Images, Images]:
    """MNIST as the book's pickle holds it: 50,000 training, 10,000 validation, 10,000 test samples.

    It is found as `gpunet.load_dataset("mnist")` finds it, or downloaded, with a message on stderr.

    Returns:
        (training_data, validation_data, test_data), each a pair (images, labels): float32 (n, 784),
        pixels divided by 256, and int64 (n,).

    Raises:
        InputError: the file found is damaged.
        GpunetError: it could not be downloaded.
    """
    mnist = load_dataset("mnist", say=lambda line: print(line, file=sys.stderr))
    return to_floats(mnist.train), to_floats(mnist.validation), to_floats(mnist.test)


def load_data_wrapper() -> tuple[list[Pair], list[Pair], list[Pair]]:
    """MNIST as the book's networks take it.

    Returns:
        (training_data, validation_data, test_data): lists of pairs (x, y), x a column (784, 1), a
        view into one array for all; y a column (10, 1) in the training data, else a label, which
        is an int as in Python 2, and can be written to JSON.

    Raises:
        InputError, GpunetError: as `load_data`.
    """
    training, validation, test = load_data()
    outputs = unit_rows(training[1], 10, "training data")[:, :, np.newaxis]
    return (
        pair(training[0], outputs),
        pair(validation[0], validation[1].tolist()),
        pair(test[0], test[1].tolist()),
    )


def to_floats(split: Split) -> Images:
    """A split as the pickle's images and labels."""
    images = split.images.astype(np.float32)
    images /= 256
    return images, split.labels.astype(np.int64)


def pair(images: HostArray, ys: Any) -> list[Pair]:
    """Pairs of a column, which is a view into images (n, features), and its y."""
    return list(zip(images[:, :, np.newaxis], ys, strict=True))
