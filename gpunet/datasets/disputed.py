"""Test images of MNIST whose labels are disputed: what they are, a network cannot be blamed for.

C. G. Northcutt, A. Athalye, J. Mueller, Pervasive label errors in test sets destabilize machine
learning benchmarks, 2021: people who were shown the images did not confirm these fifteen labels.
"""

import hashlib
import struct
from weakref import WeakKeyDictionary

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.digests import MNIST

SOURCE = "Northcutt, Athalye and Mueller 2021"
# Places in MNIST's test split, counted from 0.
PLACES = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)
# The magic numbers of IDX files, of images and of labels.
IMAGES, LABELS = 2051, 2049
# Whether a data set is MNIST: to find out takes a tenth of a second.
KNOWN: WeakKeyDictionary[Dataset, bool] = WeakKeyDictionary()


def disputed_labels(dataset: Dataset) -> HostArray:
    """The places in the test split whose labels are disputed; none of any data but MNIST itself."""
    return np.array(PLACES if is_mnist(dataset) else (), np.int64)


def is_mnist(dataset: Dataset) -> bool:
    """Whether the test split is MNIST's, pixel for pixel, wherever it was loaded from."""
    if dataset not in KNOWN:
        KNOWN[dataset] = has_digests(dataset)
    return KNOWN[dataset]


def has_digests(dataset: Dataset) -> bool:
    """Whether the test split is that of MNIST's files."""
    test = dataset.test
    if len(test) != 10_000 or tuple(dataset.shape) != (28, 28):
        return False
    images = struct.pack(">4I", IMAGES, len(test), *dataset.shape) + test.images.tobytes()
    labels = struct.pack(">2I", LABELS, len(test)) + test.labels.astype(np.uint8).tobytes()
    files = {"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": labels}
    return all(hashlib.sha256(held).hexdigest() == MNIST[name] for name, held in files.items())
