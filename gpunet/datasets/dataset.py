"""A data set: images and labels on the host, in three splits."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gpunet.core.arguments import check_texts, is_integer
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import called, listed, shown
from gpunet.datasets.pixels import scale_of
from gpunet.datasets.samples import Samples


@dataclass(frozen=True, eq=False, repr=False)
class Split(Samples):
    """Some of the samples of a data set, on the host.

    Attributes:
        images: uint8 (n, features), one image a row, row by row.
        labels: uint8 or int64 (n,), from 0.
        weights: None: all count alike.

    Raises:
        InputError: they are no such arrays.
    """

    images: HostArray
    labels: HostArray

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if not (isinstance(images, np.ndarray) and images.ndim == 2 and images.dtype == np.uint8):
            raise InputError(
                "a split's images are an array of type uint8 and shape (samples, features), not "
                f"{describe_array(images)}; load_dataset makes them of other kinds"
            )
        if not (isinstance(labels, np.ndarray) and labels.ndim == 1 and labels.dtype.kind in "ui"):
            raise InputError(
                "a split's labels are an array of whole numbers and shape (samples,), not "
                f"{describe_array(labels)}"
            )
        if self.weights is not None:
            raise InputError(
                "a split's samples have no weights: give fit arrays, and sample_weight"
            )
        if labels.max(initial=0) >= MOST_CLASSES:
            raise InputError(
                f"a split's labels go up to {labels.max()}: needed whole numbers from 0 to at most "
                f"{MOST_CLASSES - 1}"
            )
        if len(images) != len(labels) or labels.min(initial=0) < 0:
            raise InputError(
                f"{len(images)} images with {len(labels)} labels from "
                f"{labels.min(initial=0)}: needed one for each, from 0"
            )


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training, validation and test samples of one kind.

    Attributes:
        name: as it was given.
        shape: (height, width) of an image; (1, features) where a table has no such thing.
        max_pixel: the pixel value of full ink, 255 for ordinary images, 16 for `digits`.
        classes: the name of each label.
        note: one line on where it comes from and how it was read.

    Raises:
        InputError: a split is none, or of another number of features than `shape` says.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    shape: tuple[int, int]
    max_pixel: int = 255
    classes: tuple[str, ...] = ()
    note: str = ""
    scale_floats = False
    learnt = "pixels"

    def __post_init__(self) -> None:
        self.check()
        labels = 1 + max(int(split.labels.max(initial=0)) for split in self.splits.values())
        classes = check_texts(self.classes, "classes") or tuple(map(str, range(labels)))
        object.__setattr__(self, "classes", classes)

    def check(self) -> None:
        """Raise InputError unless all parts fit each other."""
        for value in (self.name, self.note):  # both may hold a path, in whatever characters
            if not isinstance(value, str):
                raise InputError(f"a data set's name or note {shown(value)}: give text")
        for name, split in self.splits.items():
            if not isinstance(split, Split):
                raise InputError(
                    f"a data set's {name} split is a Split, not {describe_array(split)}"
                )
        sizes = sorted({split.images.shape[1] for split in self.splits.values()})
        if not is_shape(self.shape) or sizes != [self.shape[0] * self.shape[1]]:
            raise InputError(
                f"a data set of shape {shown(self.shape)} with {listed(map(str, sizes))} features "
                "a sample: needed (height, width), and as many features in every split"
            )
        if not is_integer(self.max_pixel) or not 1 <= self.max_pixel <= 255:
            raise InputError(
                f"max_pixel {shown(self.max_pixel)}: give a whole number from 1 to 255"
            )

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def features(self) -> int:
        """How many pixels an image has."""
        return int(self.train.images.shape[1])

    @property
    def scale(self) -> float:
        """What pixels are multiplied by before a network sees them: the book's 1/256 for 8 bits.

        The power of two that just covers `max_pixel`, so that scaling is exact on every device.
        """
        return scale_of(self.max_pixel)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes, where they are not just numbers from 0."""
        return () if self.classes == tuple(map(str, range(len(self.classes)))) else self.classes

    @property
    def input_scale(self) -> float:
        """That, for the network that is trained."""
        return self.scale

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(split):,} {name}" for name, split in self.splits.items())
        height, width = self.shape
        return f"<Dataset {self.name}: {counts}; {height} × {width}, {len(self.classes)} classes>"

    def _repr_html_(self) -> str:
        """In a notebook: counts and images of each class."""
        from gpunet.datasets.dataset_html import dataset_html

        height, width = self.shape
        said = f"{self.name}: {height} × {width} pixels from 0 to {self.max_pixel}"
        labels = {name: split.labels for name, split in self.splits.items()}
        return dataset_html(
            said, labels, self.train.images, self.shape, self.max_pixel, self.classes
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the shapes and bytes of all splits."""
        sha = hashlib.sha256()
        for name, split in self.splits.items():
            sha.update(f"{name} {split.images.shape} {self.max_pixel}\n".encode())
            sha.update(np.ascontiguousarray(split.images).data)
            sha.update(split.labels.astype("<i8").tobytes())
        return sha.hexdigest()


def is_shape(value: Any) -> bool:
    """Whether something is (height, width)."""
    return isinstance(value, tuple | list) and len(value) == 2 and all(map(is_integer, value))


def describe_array(value: Any) -> str:
    """What something is, in a few words."""
    if not isinstance(value, np.ndarray):
        return shown(value) if value is None else called(value)
    return f"{value.dtype} {value.shape}"


def check_split(images: HostArray, labels: HostArray, source: str) -> Split:
    """A split of these arrays, or InputError if images and labels do not match."""
    if images.ndim == 0 or labels.ndim == 0 or labels.size != len(labels):
        raise InputError(
            f"{source}: images of shape {images.shape} and labels of shape {labels.shape}; "
            "needed one label, a whole number, for each image"
        )
    if len(images) != len(labels):
        raise InputError(f"{source}: {len(images)} images but {len(labels)} labels")
    if len(images) == 0:
        raise InputError(f"{source}: no samples")
    return Split(images.reshape(len(images), -1), check_labels(labels, source))


MOST_CLASSES = 1000


def check_labels(labels: HostArray, source: str) -> HostArray:
    """Labels as small whole numbers, or InputError."""
    labels = np.asarray(labels).reshape(-1)
    if labels.dtype.kind not in "uifb":
        raise InputError(f"{source}: labels are of type {labels.dtype}, not whole numbers")
    if not np.all(np.isfinite(labels)) or np.any(labels != np.rint(labels)):
        raise InputError(f"{source}: labels must be whole numbers from 0")
    low, high = int(labels.min(initial=0)), int(labels.max(initial=0))
    if low < 0 or high >= MOST_CLASSES:
        wrong = low if low < 0 else high
        raise InputError(
            f"{source}: label {wrong} is out of range; labels are whole numbers from 0 "
            f"to at most {MOST_CLASSES - 1}"
        )
    return labels.astype(np.uint8 if high < 256 else np.int64)
