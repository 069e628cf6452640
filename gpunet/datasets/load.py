"""`load_dataset`: the one function for every kind of data set."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import did_you_mean
from gpunet.datasets.dataset import Dataset, Split, check_split, to_pixels
from gpunet.datasets.fetching import fetch
from gpunet.datasets.named import DATASETS, NamedDataset, canonical
from gpunet.datasets.readers.folders import read_class_folders, read_idx_folder
from gpunet.datasets.readers.pickles import read_book_pickle
from gpunet.datasets.readers.tables import read_csv, read_npz
from gpunet.datasets.splits import divide

KINDS = (
    "digits, mnist, a folder of IDX files, an .npz, a .csv, the book's mnist.pkl.gz, "
    "a folder of images with one sub-folder per class, or another name of `gpunet data list`"
)
# Data sets that are given by name rather than by path.
NAMED = tuple(DATASETS)
BOOK_TRAINING = 50_000


def load_dataset(
    source: str | os.PathLike[str],
    *,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[str], Any] = lambda name: False,
) -> Dataset:
    """Load a data set, whole, onto the host.

    Args:
        source: "digits" (embedded); "mnist", "fashion-mnist", "kmnist", "emnist-digits",
            "emnist-letters", "emnist-balanced" or "qmnist" (found in GPUNET_DATA or the user's
            cache, else downloaded), in any case and with `_` for `-`; or the path of a folder of
            IDX files, an .npz, a .csv, the book's mnist.pkl.gz, or a folder of images with one
            sub-folder per class.
        say, progress: report a download; see `gpunet.datasets.fetching.fetch`.

    A source without validation samples gives up some of its training samples for them: the last
    10,000 of 60,000, as the book does, else a stratified tenth. One without test samples is
    divided, stratified and always alike, into 70 % training, 10 % validation and 20 % test.

    Raises:
        InputError: there is no such data set, or it is damaged; says what was needed.
    """
    name = os.fspath(source)
    if name in DATASETS or (canonical(name) in DATASETS and not os.path.exists(name)):
        named = DATASETS[canonical(name)]
        return read_named(named, named.find() or fetch(named, say, progress))
    if not name.strip():
        raise InputError(f"no data set named: give {KINDS}")
    path = Path(os.path.expanduser(name))
    if os.path.isdir(path):
        return read_folder(path, name)
    if not os.path.exists(path):
        raise InputError(f"no data set {name!r}: give {KINDS}{did_you_mean(name, NAMED)}")
    if path.name.endswith((".pkl.gz", ".pkl")):
        (train, validation, test), max_pixel = read_book_pickle(path)
        splits = {"train": train, "validation": validation, "test": test}
        return assemble(name, splits, square(train), max_pixel, "the book's pickle")
    if path.suffix == ".npz":
        return from_pairs(name, read_npz(path), "an .npz archive")
    if path.suffix == ".csv":
        return from_pairs(name, [read_csv(path)], "a CSV file")
    raise InputError(f"{name}: not a kind of file that is read; give {KINDS}")


def read_named(named: NamedDataset, folder: Path) -> Dataset:
    """A data set known by its name, out of the folder in which it lies.

    Raises:
        InputError: what lies there is another.
    """
    dataset = read_folder(folder, named.name)
    labels = [split.labels for split in dataset.splits.values()]
    low, high = min(int(each.min()) for each in labels), max(int(each.max()) for each in labels)
    first = named.first_label
    if low < first or high >= first + len(named.classes):
        raise InputError(
            f"{folder}: holds labels from {low} to {high}, so it is not {named.name}, which has "
            f"{first} to {first + len(named.classes) - 1}"
        )
    train, validation, test = (
        Split(split.images, split.labels - split.labels.dtype.type(first))
        for split in dataset.splits.values()
    )
    return replace(dataset, train=train, validation=validation, test=test, classes=named.classes)


def read_folder(folder: Path, name: str) -> Dataset:
    """A data set in a folder, whichever kind of files it holds."""
    try:
        if (idx := read_idx_folder(folder)) is not None:
            splits, shape = idx
            max_pixel = (
                to_pixels(splits["train"].images, str(folder))[1] if "train" in splits else 255
            )
            return assemble(name, splits, shape, max_pixel, f"IDX files in {folder}")
        if tables := find_tables(folder):
            return from_pairs(name, [read_csv(path) for path in tables], f"CSV files in {folder}")
        by_class, shape, classes, note = read_class_folders(folder)
    except OSError as error:
        where, why = error.filename or folder, error.strerror or error
        raise InputError(f"{where}: cannot be read: {why}") from None
    return assemble(name, by_class, shape, 255, f"images in {folder}, {note}", classes)


def find_tables(folder: Path) -> list[Path]:
    """The CSV files of a folder: one, or a training and a test file by their names; else none."""
    tables = sorted(folder.glob("*.csv"))
    if len(tables) < 2:
        return tables
    named = [[path for path in tables if part in path.stem.lower()] for part in ("train", "test")]
    if [len(paths) for paths in named] != [1, 1]:
        raise InputError(
            f"{folder}: several CSV files; name one, or have one with `train` in its name "
            "and one with `test`"
        )
    return [paths[0] for paths in named]


def from_pairs(name: str, pairs: list[tuple[HostArray, HostArray]], note: str) -> Dataset:
    """A data set from one pair of images and labels, or from training and test pairs."""
    shape = pairs[0][0].shape[1:]
    pixels = [to_pixels(images, name) for images, _ in pairs]
    parts = [
        check_split(images, labels, name)
        for (images, _), (_, labels) in zip(pixels, pairs, strict=True)
    ]
    splits = dict(zip(("train", "test"), parts, strict=False))
    size = shape if len(shape) == 2 else square(parts[0])
    return assemble(name, splits, size, max(max_pixel for _, max_pixel in pixels), note)


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
