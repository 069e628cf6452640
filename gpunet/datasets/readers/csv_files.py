"""CSV files: a sample a line, its label among the numbers or not."""

import csv
import warnings
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.datasets.readers.csv_layout import (
    Layout,
    is_number,
    look_at,
    number_rows,
    read_lines,
)

# How many numbers are read at a time: each takes four bytes then, and mostly one afterwards.
BLOCK = 4 << 20
LONGEST_LABEL = 100


class Table(NamedTuple):
    """What a CSV file holds.

    Attributes:
        pixels: uint8 or float32 (n, features).
        labels: (n,), places in `names`; None where the table has none.
        names: the different labels, as they are written.
    """

    pixels: HostArray
    labels: HostArray | None
    names: tuple[str, ...]


def read_csv(path: Path) -> Table:
    """A table to train on.

    The label stands in the column headed `label` or `class`, or, with no such heading, first.
    Labels are numbers or words.

    Raises:
        InputError: lines are missing or ragged, hold something other than numbers, or no label.
    """
    layout = look_at(path)
    if layout.columns < 2:
        read_rows(path, layout, None)  # what is no table at all is told as that
        raise InputError(
            f"{path}: lines have one column; needed a label and pixels, with commas between them"
        )
    column = layout.headed_label
    if column is None and layout.is_headed_alike:
        raise InputError(
            f"{path}: has no column of labels (its columns are {layout.headings[0][:40]} to "
            f"{layout.headings[-1][:40]}), so nothing can be learnt from it; a table with one is "
            "needed, and this one can be predicted: gpunet predict RUN TABLE.csv --submission FILE"
        )
    return read_rows(path, layout, column or 0, words=column is not None)


def has_labels(path: Path) -> bool:
    """Whether a CSV file may have a column of labels: it does not say that it has none."""
    layout = look_at(path)
    return layout.headed_label is not None or not layout.is_headed_alike


def read_samples(path: Path, features: int) -> Table:
    """A table to predict: with a column of labels or without.

    Args:
        path: the file.
        features: how many pixels a sample has.

    Raises:
        InputError: it has another number of columns, or is no such table.
    """
    layout = look_at(path)
    column = layout.headed_label
    if column is None and layout.columns == features + 1 and not layout.is_headed_alike:
        column = 0
    needed = features + (column is not None)
    if layout.columns != needed:
        read_rows(path, layout, column)  # what is no table at all is told as that
        raise InputError(
            f"{path}: lines have {layout.columns} columns; the network takes {features} pixels, "
            f"so {features} are needed, or {features + 1} with a label"
        )
    return read_rows(path, layout, column, words=True)


def read_rows(path: Path, layout: Layout, column: int | None, words: bool = False) -> Table:
    """The samples of a CSV, a block at a time.

    Args:
        path: the file.
        layout: how it is written.
        column: where the labels stand, if anywhere.
        words: whether labels may be words though the first is a number.
    """
    places: dict[str, int] = {}

    def place_of(label: str) -> int:
        return places.setdefault(label.strip(), len(places))

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
                    converters=None if column is None else {column: place_of},
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
                    block = np.delete(block, column, axis=1)
                if blocks and blocks[0].shape[1] != block.shape[1]:
                    raise ValueError("lines of different lengths")
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
    return Table(np.concatenate(blocks), found, tuple(places))


def smallest(block: HostArray) -> HostArray:
    """As uint8 where that holds every number exactly."""
    if block.min() >= 0 and block.max() <= 255 and np.array_equal(block, np.rint(block)):
        return block.astype(np.uint8)
    return block


def find_fault(path: Path, layout: Layout, column: int | None, words: bool = True) -> str:
    """What is wrong with the first wrong line, counted from 1 as an editor does; "" for none.

    Args:
        path: the file.
        layout: how it is written.
        column: where the labels stand, if anywhere.
        words: whether labels may be words.
    """
    columns = 0
    try:
        with closing(read_lines(path)) as lines:
            for number, fields in number_rows(lines, layout):
                for place, field in enumerate(fields):
                    is_label = place == column
                    if is_number(field) or (is_label and words and field.strip()):
                        continue
                    what = f"{field[:40]!r} is not a number" if field.strip() else "no number"
                    if is_label and not field.strip():
                        what = "no label"
                    decimal = "; write decimals with a point" if "," in field else ""
                    return f"line {number}, column {place + 1}: {what}{decimal}"
                columns = columns or len(fields)
                if len(fields) != columns:
                    return f"line {number} has {len(fields)} columns, those above it {columns}"
    except csv.Error as error:
        return f"not a CSV text file ({error})"
    return ""
