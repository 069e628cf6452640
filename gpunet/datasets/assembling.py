"""Data sets out of what readers return: pixels, labels, and the splits that are missing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.colour import without_channels
from gpunet.datasets.dataset import MOST_CLASSES, Dataset, Split, check_split
from gpunet.datasets.pixels import to_pixels
from gpunet.datasets.readers.csv_files import Table, read_csv
from gpunet.datasets.readers.csv_layout import is_number
from gpunet.datasets.readers.folders import natural
from gpunet.datasets.readers.parquet import read_parquet
from gpunet.datasets.splits import divide

BOOK_TRAINING = 50_000
# What one pair is, and the second of two.
NAMES = ("train", "test")


def from_csv(name: str, paths: Sequence[Path], note: str) -> Dataset:
    """A data set from a CSV file, or from one to train and one to test."""
    return from_tables(name, dict(zip(NAMES, map(read_csv, paths), strict=False)), note)


def from_parquet(name: str, paths: Mapping[str, Sequence[Path]], note: str) -> Dataset:
    """A data set from the Parquet files of each split."""
    tables, classes, done = read_parquet(list(paths.values()))
    note += f", {done}" if done else ""
    return from_tables(name, dict(zip(paths, tables, strict=True)), note, classes)


def from_tables(
    name: str, tables: Mapping[str, Table], note: str, classes: tuple[str, ...] = ()
) -> Dataset:
    """A data set from a table for each split.

    Where all labels are numbers they are counted from 0. Words are names of classes, in natural
    order, unless the classes are given.
    """
    written = {label for table in tables.values() for label in table.names}
    words = not all(map(is_number, written))
    if words and not written <= set(classes):
        classes = tuple(sorted(written, key=natural))
        if len(classes) > MOST_CLASSES:
            raise InputError(
                f"{name}: {len(classes):,} different labels, such as {classes[0]!r}; "
                f"at most {MOST_CLASSES:,} are taken"
            )
    pairs = {}
    for split, table in tables.items():
        values = [classes.index(n) if words else float(n) for n in table.names]
        pairs[split] = table.pixels, np.array(values)[table.labels]
    return from_arrays(name, pairs, note, classes)


def from_pairs(name: str, pairs: Sequence[tuple[HostArray, HostArray]], note: str) -> Dataset:
    """A data set from one pair of images and labels, or from training and test pairs."""
    return from_arrays(name, dict(zip(NAMES, pairs, strict=False)), note)


def from_arrays(
    name: str,
    pairs: Mapping[str, tuple[HostArray, HostArray]],
    note: str,
    classes: tuple[str, ...] = (),
) -> Dataset:
    """A data set from images and labels of each split.

    Images are (n, features), (n, height, width), or have channels behind that, or one before it.

    Raises:
        InputError: they are no such arrays, or labels have no class.
    """
    splits: dict[str, Split] = {}
    shapes, most = [], 1
    for split, (values, labels) in pairs.items():
        pixels, max_pixel = to_pixels(values, name)
        images, done = without_channels(pixels, name)
        if done and not splits:
            note += f", {done}"
        splits[split] = check_split(images, labels, name)
        shapes.append(images.shape[1:])
        most = max(most, max_pixel)
        if classes and (high := int(splits[split].labels.max())) >= len(classes):
            raise InputError(f"{name}: label {high}, but only {len(classes)} classes are named")
    size = shapes[0] if len(shapes[0]) == 2 else square(next(iter(splits.values())))
    return assemble(name, splits, size, most, note, classes)


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
