"""CSV files: a sample a line, its label among the numbers or not."""

import csv
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.datasets.readers.csv_faults import find_fault, find_wrong_number
from gpunet.datasets.readers.csv_layout import Layout, is_number, look_at, read_lines
from gpunet.datasets.readers.headings import LABELS_IN_WORDS, some

# How many numbers are read at a time: each takes four bytes then, and mostly one afterwards.
BLOCK = 4 << 20
LONGEST_LABEL = 100


class Table(NamedTuple):
    """What a CSV file holds.

    Attributes:
        pixels: uint8 or float32 (n, features).
        labels: (n,), places in `names`; None where the table has none.
        names: the different labels, as they are written.
        ids: of each sample, as they are written; none where the table has none, or to train on.
    """

    pixels: HostArray
    labels: HostArray | None
    names: tuple[str, ...]
    ids: tuple[str, ...] = ()


def read_csv(path: Path) -> Table:
    """A table to train on.

    The label stands in the column headed `label` or as `headings.LABELS` has it, or, with no
    headings, first. Labels are numbers or words. A column of ids is left out.

    Raises:
        InputError: lines are missing or ragged, hold something other than numbers, or no label.
    """
    layout = look_at(path)
    if layout.columns < 2:
        read_rows(path, layout, None)  # what is no table at all is told as that
        raise InputError(
            f"{path}: lines have one column; needed a label and pixels, with commas between them"
        )
    column = label_column(path, layout)
    if column is not None or not layout.headings:
        table = read_rows(path, layout, column or 0, words=column is not None)
        if fault := find_wrong_number(path, layout, column or 0, table.names):
            raise InputError(f"{path}: {fault}")
        return table
    if layout.is_headed_alike:
        raise InputError(
            f"{path}: has no column of labels (its columns are {some(layout.headings)}), so "
            "nothing can be learnt from it; a table with one is needed, and this one can be "
            "predicted: gpunet predict RUN TABLE.csv --submission FILE"
        )
    raise no_label_headed(path, layout)


def label_column(path: Path, layout: Layout) -> int | None:
    """The column that is headed as labels are, or None.

    Raises:
        InputError: several are.
    """
    if len(layout.labels) > 1:
        names = " and ".join(layout.headings[place] for place in sorted(layout.labels)[:2])
        raise InputError(
            f"{path}: has several columns of labels ({names}); leave only one, or call others "
            "otherwise if they are pixels"
        )
    return next(iter(layout.labels), None)


def no_label_headed(path: Path, layout: Layout) -> InputError:
    """The complaint that of a table's headings none is that of labels."""
    return InputError(
        f"{path}: has no column of labels that is headed so: its columns are "
        f"{some(layout.headings)}; head the labels {LABELS_IN_WORDS}"
    )


def has_labels(path: Path) -> bool:
    """Whether a CSV file may have a column of labels: one is headed so, or none is headed."""
    layout = look_at(path)
    return bool(layout.labels) or not layout.headings


def read_samples(path: Path, features: int) -> Table:
    """A table to predict: with a column of labels or without, with one of ids or without.

    Args:
        path: the file.
        features: how many pixels a sample has.

    Raises:
        InputError: it has another number of columns, or is no such table.
    """
    layout = look_at(path)
    column = label_column(path, layout)
    beside = layout.ids is not None
    if column is None and layout.columns == features + 1 + beside and not layout.is_headed_alike:
        if layout.headings:
            raise no_label_headed(path, layout)
        column = 0
    needed = features + (column is not None) + beside
    if layout.columns != needed:
        read_rows(path, layout, column)  # what is no table at all is told as that
        raise InputError(
            f"{path}: lines have {layout.columns} columns; the network takes {features} pixels, "
            f"so {features + beside} are needed{', ids among them' if beside else ''}, or "
            f"{features + beside + 1} with a label"
        )
    return read_rows(path, layout, column, words=True, keep_ids=True)


def read_rows(
    path: Path, layout: Layout, column: int | None, words: bool = False, keep_ids: bool = False
) -> Table:
    """The samples of a CSV, a block at a time.

    Args:
        path: the file.
        layout: how it is written.
        column: where the labels stand, if anywhere.
        words: whether labels may be words though the first is a number.
        keep_ids: whether the ids are kept.
    """
    places: dict[str, int] = {}
    ids: list[str] = []

    def place_of(label: str) -> int:
        return places.setdefault(label.strip(), len(places))

    def take_id(text: str) -> int:
        if keep_ids:
            ids.append(text.strip())
        return 0

    converters: dict[int | str, Callable[[str], int]] = {}
    if layout.ids is not None:
        converters[layout.ids] = take_id
    if column is not None:
        converters[column] = place_of
    beside = [place for place in (layout.ids, column) if place is not None]
    blocks: list[HostArray] = []
    labels: list[HostArray] = []
    try:
        with closing(read_lines(path)) as lines, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy warns where there are no more rows
            skip = layout.skip
            while True:
                block = np.loadtxt(
                    lines,
                    np.float32,
                    delimiter=layout.delimiter,
                    comments=None,
                    quotechar='"',
                    skiprows=skip,
                    ndmin=2,
                    max_rows=max(1, BLOCK // max(layout.columns, 1)),
                    converters=converters or None,
                )
                skip = 0
                if block.size == 0:
                    break
                if not blocks and block.shape[1] != layout.columns:
                    raise ValueError(
                        f"lines have {block.shape[1]} columns, the first {layout.columns}"
                    )
                if column is not None:
                    labels.append(block[:, column].astype(np.int64))
                if beside:
                    block = np.delete(block, beside, axis=1)
                if block.shape[1] == 0:
                    raise InputError(f"{path}: has no column of pixels")
                if blocks and blocks[0].shape[1] != block.shape[1]:
                    raise ValueError("lines of different lengths")
                if not (block.min() >= 0 and block.max() <= 255):  # or NaN
                    raise ValueError("pixel values need to be from 0 to 255")
                blocks.append(smallest(block))
    except InputError:
        raise
    except (ValueError, OverflowError, csv.Error) as error:
        fault = find_fault(path, layout, column) or first_line(error)
        raise InputError(f"{path}: {fault}") from None
    if not blocks:
        raise InputError(f"{path}: no rows")
    first = next(iter(places), "")
    numbers_only = is_number(first) and not words
    if "" in places or (numbers_only and not all(map(is_number, places))):
        fault = find_fault(path, layout, column, words=not numbers_only)
        raise InputError(f"{path}: {fault}")
    if any(len(name) > LONGEST_LABEL for name in places):
        raise InputError(f"{path}: a label is longer than {LONGEST_LABEL} characters")
    found = np.concatenate(labels) if labels else None
    return Table(np.concatenate(blocks), found, tuple(places), tuple(ids))


def smallest(block: HostArray) -> HostArray:
    """As uint8 where that holds every number exactly."""
    if block.min() >= 0 and block.max() <= 255 and np.array_equal(block, np.rint(block)):
        return block.astype(np.uint8)
    return block
