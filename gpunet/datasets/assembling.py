"""Data sets out of what readers return: pixels, labels, and the splits that are missing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import MOST_CLASSES, Dataset, Split, check_split, to_pixels
from gpunet.datasets.readers.csv_files import is_number, read_csv
from gpunet.datasets.readers.folders import natural
from gpunet.datasets.splits import divide

BOOK_TRAINING = 50_000


def from_csv(name: str, paths: Sequence[Path], note: str) -> Dataset:
    """A data set from a CSV file, or from one to train and one to test.

    Where all labels are numbers they are counted from 0. Words are names of classes, in natural
    order.
    """
    tables = [read_csv(path) for path in paths]
    written = {label for table in tables for label in table.names}
    classes: tuple[str, ...] = ()
    if not all(map(is_number, written)):
        classes = tuple(sorted(written, key=natural))
        if len(classes) > MOST_CLASSES:
            raise InputError(
                f"{name}: {len(classes):,} different labels, such as {classes[0]!r}; "
                f"at most {MOST_CLASSES:,} are taken"
            )
    pairs = []
    for table in tables:
        values = [classes.index(n) if classes else float(n) for n in table.names]
        pairs.append((table.pixels, np.array(values)[table.labels]))
    return from_pairs(name, pairs, note, classes)


def from_pairs(
    name: str,
    pairs: Sequence[tuple[HostArray, HostArray]],
    note: str,
    classes: tuple[str, ...] = (),
) -> Dataset:
    """A data set from one pair of images and labels, or from training and test pairs."""
    shape = pairs[0][0].shape[1:]
    pixels = [to_pixels(images, name) for images, _ in pairs]
    parts = [
        check_split(images, labels, name)
        for (images, _), (_, labels) in zip(pixels, pairs, strict=True)
    ]
    splits = dict(zip(("train", "test"), parts, strict=False))
    size = shape if len(shape) == 2 else square(parts[0])
    return assemble(name, splits, size, max(max_pixel for _, max_pixel in pixels), note, classes)


def assemble(
    name: str,
    splits: dict[str, Split],
    shape: tuple[int, int],
    max_pixel: int,
    note: str,
    classes: tuple[str, ...] = (),
) -> Dataset:
    """A data set with all three splits, made from the training samples where they are missing."""
    if "train" not in splits:
        raise InputError(f"{name}: no training samples (found {', '.join(splits)})")
    train = splits["train"]
    sizes = sorted({split.images.shape[1] for split in splits.values()})
    if len(sizes) > 1:
        raise InputError(f"{name}: images of different sizes: {', '.join(map(str, sizes))} pixels")
    validation, test = splits.get("validation"), splits.get("test")
    if test is None and validation is None:
        test, validation, train = divide(train, 0.2, 0.1, source=name)
    elif test is None:
        test, train = divide(train, 0.2, source=name)
    elif validation is None and len(train) == BOOK_TRAINING + 10_000:
        train, validation = train[:BOOK_TRAINING], train[BOOK_TRAINING:]
    elif validation is None:
        validation, train = divide(train, 0.1, source=name)
    assert validation is not None
    return Dataset(name, train, validation, test, shape, max_pixel, classes, note)


def square(split: Split) -> tuple[int, int]:
    """The shape of square images of as many pixels, or of one row where that is no square."""
    features = split.images.shape[1]
    side = round(features**0.5)
    return (side, side) if side * side == features else (1, features)
