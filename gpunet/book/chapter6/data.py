"""Chapter 6's data: pairs of shared variables, images and labels."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.book.chapter6.core import Core
from gpunet.book.theano.expressions import Applied, Expression, Shared, place_of
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Split, check_labels
from gpunet.datasets.load import load_dataset

Pair = tuple[Any, Any]


class Pixels(Shared):
    """Images as the book has them, float32 from 0 to below 1, but stored as bytes.

    Args:
        images: uint8 (n, features).
        scale: what they are multiplied by, a power of two.
    """

    def __init__(self, images: HostArray, scale: float) -> None:
        super().__init__(images, "x", borrow=True)
        self.scale = scale

    def to_floats(self, pixels: HostArray) -> HostArray:
        """Some of the bytes as fractions."""
        return pixels * np.float32(self.scale)

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> HostArray:
        """All images, float32 (n, features)."""
        return self.to_floats(self.array)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the images by others, fractions, which are stored as such."""
        self.array, self.scale = self.get_value(), 1.0
        super().set_value(new_value, borrow)

    def __getitem__(self, index: Any) -> Expression:
        return Applied(lambda place: self.to_floats(self.array[place]), (place_of(index),))


def load_data_shared(filename: str | os.PathLike[str] = "../data/mnist.pkl.gz") -> list[Pair]:
    """Training, validation and test data, each a pair of shared variables: images and labels.

    Args:
        filename: the book's mnist.pkl.gz or mnist_expanded.pkl.gz. Where there is no mnist.pkl.gz,
            MNIST is found, or fetched, as `gpunet.load_dataset("mnist")` does.

    Raises:
        InputError: the file is damaged, or one of another name does not exist.
    """
    path = Path(filename)
    if not path.exists() and "expanded" in path.name:
        raise InputError(
            f"{path}: no such file; python -m gpunet.book.expand_mnist writes one, to "
            "data/mnist_expanded.pkl.gz below the folder it is run in"
        )
    if not path.exists() and path.name == "mnist.pkl.gz":
        data = load_dataset("mnist", say=lambda line: print(line, file=sys.stderr))
    else:
        data = load_dataset(str(path))
    return [share(split, data.scale) for split in (data.train, data.validation, data.test)]


def share(split: Split, scale: float) -> Pair:
    """A split as a pair of shared variables."""
    return Pixels(split.images, scale), Shared(split.labels.astype(np.int32), "y")


def size(data: Pair) -> int:
    """How many samples a pair holds."""
    images = data[0]
    return len(images.array if isinstance(images, Shared) else images)


def put_samples(data: Any, core: Core, m: int) -> DeviceDataset:
    """A pair's samples on a network's device, without those too few for a last mini-batch of m.

    Args:
        data: a pair of images (n, n_in) and labels (n,), shared variables or arrays.
        core: the network.
        m: samples a mini-batch.

    Raises:
        InputError: they are not such a pair, do not fit the network, or fill no mini-batch.
    """
    try:
        images, labels = data
    except (TypeError, ValueError):
        raise InputError(
            f"{type(data).__name__}: needed a pair of images and labels, as load_data_shared gives"
        ) from None
    known = check_labels(np.asarray(labels), "the data")
    if isinstance(images, Pixels) and images.array.dtype == np.uint8:
        rows, scale = images.array, images.scale
    else:
        rows, scale = np.asarray(images, dtype=core.dtype), 1.0
    n_in, n_out = core.sizes
    if rows.shape != (len(known), n_in):
        raise InputError(
            f"images of shape {rows.shape} with {len(known)} labels: the network takes "
            f"({len(known)}, {n_in})"
        )
    whole = len(known) // m * m
    if not whole:
        raise InputError(f"{len(known)} samples do not fill one mini-batch of {m}")
    if known.max() >= n_out:
        raise InputError(f"label {known.max()}: the network has {n_out} outputs")
    return DeviceDataset(core.device, np.ascontiguousarray(rows[:whole]), known[:whole], scale)
