"""QMNIST's further test digits: 50,000 of NIST's that MNIST's authors had left out.

The first 10,000 of its test images are MNIST's, made anew. C. Yadav, L. Bottou, Cold case: the lost
MNIST digits, 2019.
"""

from pathlib import Path

from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Split, check_split
from gpunet.datasets.named import DATASETS, find_file
from gpunet.datasets.places import roots
from gpunet.datasets.readers.folders import read_labels
from gpunet.datasets.readers.idx import read_idx

FILES = ("qmnist-test-images-idx3-ubyte", "qmnist-test-labels-idx2-int")
# Those before are in MNIST's own test split.
FIRST = 10_000


def read_further() -> Split:
    """These digits, where QMNIST's test files are on disk; nothing is downloaded.

    Raises:
        InputError: they are not there, or are no such files.
    """
    images_path, labels_path = find_files()
    images, labels = read_idx(images_path, 3), read_labels(labels_path)
    split = check_split(images, labels, str(images_path.parent))
    classes = len(DATASETS["qmnist"].classes)
    if images.shape[1:] != (28, 28) or len(split) <= FIRST or split.labels.max() >= classes:
        height, width = images.shape[1:]
        raise InputError(
            f"{images_path}: {len(split):,} images of {height} × {width} pixels with labels up to "
            f"{split.labels.max()}; QMNIST has 60,000 test images of 28 × 28 with labels up to 9"
        )
    return split[FIRST:]


def find_files() -> tuple[Path, Path]:
    """The files of images and of labels, in one folder, or InputError."""
    places = [root / "qmnist" for root in roots()]
    for place in places:
        images, labels = (find_file(place, name) for name in FILES)
        if images and labels:
            return images, labels
    raise InputError(
        f"QMNIST's test files are not in {places[0]}: `gpunet data fetch qmnist` puts them there"
    )
