"""`load_dataset`: the one function for every kind of data set."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.words import did_you_mean, shown
from gpunet.datasets.assembling import assemble, from_csv, from_pairs, from_parquet, square
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.fetching import fetch
from gpunet.datasets.named import DATASETS, NamedDataset, canonical
from gpunet.datasets.pixels import to_pixels
from gpunet.datasets.places import as_utf8
from gpunet.datasets.readers.csv_files import has_labels
from gpunet.datasets.readers.folders import (
    LEFT_BEHIND,
    SPLIT_NAMES,
    read_class_folders,
    read_idx_folder,
)
from gpunet.datasets.readers.npz import read_npz
from gpunet.datasets.readers.pickles import read_book_pickle

KINDS = (
    "digits, mnist, a folder of IDX files, an .npz, a .csv, a .parquet, the book's mnist.pkl.gz, "
    "a folder of images with one sub-folder per class, or another name of `gpunet data list`"
)
# Data sets that are given by name rather than by path.
NAMED = tuple(DATASETS)


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
            IDX files, an .npz, a .csv, a .parquet, the book's mnist.pkl.gz, or a folder of images
            with one sub-folder per class.
        say, progress: report a download; see `gpunet.datasets.fetching.fetch`.

    A source without validation samples gives up some of its training samples for them: the last
    10,000 of 60,000, as the book does, else a stratified tenth. One without test samples is
    divided, stratified and always alike, into 70 % training, 10 % validation and 20 % test.

    Raises:
        InputError: there is no such data set, or it is damaged; says what was needed.
    """
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    if not isinstance(name, str):
        raise InputError(f"no data set {shown(source)}: give {KINDS}")
    if name in DATASETS or (canonical(name) in DATASETS and not os.path.exists(name)):
        named = DATASETS[canonical(name)]
        return read_named(named, named.find() or fetch(named, say, progress))
    if not name.strip():
        raise InputError(f"no data set named: give {KINDS}")
    path = Path(os.path.expanduser(name))
    if os.path.isdir(path):
        return read_folder(path, name)
    if not os.path.exists(path):
        raise InputError(f"no data set {shown(name)}: give {KINDS}{did_you_mean(name, NAMED)}")
    if path.name.endswith((".pkl.gz", ".pkl")):
        (train, validation, test), max_pixel = read_book_pickle(path)
        splits = {"train": train, "validation": validation, "test": test}
        return assemble(name, splits, square(train), max_pixel, "the book's pickle")
    if path.suffix == ".npz":
        return from_pairs(name, read_npz(path), "an .npz archive")
    if path.suffix == ".csv":
        return from_csv(name, [path], "a CSV file")
    if path.suffix == ".parquet":
        return from_parquet(name, {"train": [path]}, "a Parquet file")
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
            note = f"CSV files in {folder}"
            if len(tables) > 1 and not has_labels(tables[1]):  # as competitions give them
                note += f", {as_utf8(tables.pop().name)} left out, since it has no labels"
            return from_csv(name, tables, note)
        if parquet := find_parquet(folder):
            return from_parquet(
                name, parquet, f"Parquet files in {next(iter(parquet.values()))[0].parent}"
            )
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


def find_parquet(folder: Path) -> dict[str, list[Path]]:
    """The Parquet files of each split in a folder: one alone, or train-….parquet and so on.

    In a hub's checkout they lie in its one sub-folder that holds any, mostly `data`.
    """
    files = sorted(folder.glob("*.parquet")) or [
        path
        for path in sorted(folder.glob("*/*.parquet"))
        if path.parent.name not in LEFT_BEHIND and not path.parent.name.startswith(".")
    ]
    places = sorted({path.parent.name for path in files})
    if len(places) > 1:
        raise InputError(
            f"{folder}: Parquet files in several sub-folders ({', '.join(map(as_utf8, places))}); "
            "name one"
        )
    if len(files) < 2:
        return {"train": files} if files else {}
    found: dict[str, list[Path]] = {}
    for path in files:
        split = path.stem.lower().partition("-")[0]
        split = SPLIT_NAMES.get(split, split)
        if split not in {"train", "validation", "test"}:
            raise InputError(
                f"{folder}: several Parquet files; name one, or call those of each split "
                f"train-….parquet and test-….parquet ({as_utf8(path.name)} is neither)"
            )
        found.setdefault(split, []).append(path)
    return found
