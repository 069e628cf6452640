"""What is wrong with a CSV file, and where."""

import csv
from collections.abc import Iterable
from contextlib import closing
from math import isfinite
from pathlib import Path

from gpunet.datasets.dataset import MOST_CLASSES
from gpunet.datasets.readers.csv_layout import Layout, is_number, number_rows, read_lines


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
                    if place == layout.ids:
                        continue
                    fault = label_fault(field, words) if place == column else pixel_fault(field)
                    if fault:
                        return f"line {number}, column {place + 1}: {fault}"
                columns = columns or len(fields)
                if len(fields) != columns:
                    return f"line {number} has {len(fields)} columns, those above it {columns}"
    except csv.Error as error:
        return f"not a CSV text file ({error})"
    return ""


def label_fault(field: str, words: bool) -> str:
    """What is wrong with a label; "" for nothing."""
    if not field.strip():
        return "no label"
    return "" if words or is_number(field) else not_a_number(field)


def pixel_fault(field: str) -> str:
    """What is wrong with a pixel; "" for nothing."""
    if not field.strip():
        return "no number"
    if not is_number(field):
        return not_a_number(field)
    if 0 <= float(field) <= 255:
        return ""
    wrong = "is out of range" if isfinite(float(field)) else "is none"
    return (
        f"pixel value {field.strip()[:40]} {wrong}; give whole numbers from 0 to 255 or fractions "
        "from 0 to 1"
    )


def not_a_number(field: str) -> str:
    decimal = "; write decimals with a point" if "," in field else ""
    return f"{field[:40]!r} is not a number{decimal}"


def find_wrong_number(path: Path, layout: Layout, column: int, labels: Iterable[str]) -> str:
    """Where a label stands that is no whole number of a class; "" if all are, or some are words.

    Args:
        path: the file.
        layout: how it is written.
        column: where the labels stand.
        labels: the different ones.
    """
    if not all(map(is_number, labels)):
        return ""
    wrong = {each for each in labels if not (float(each).is_integer() and is_class(float(each)))}
    if not wrong:
        return ""
    with closing(read_lines(path)) as lines:
        for number, fields in number_rows(lines, layout):
            if (label := fields[column].strip()) in wrong:
                fault = "is not a whole number"
                if float(label).is_integer():
                    fault = "is out of range"
                return (
                    f"line {number}, column {column + 1}: label {label[:40]} {fault}; labels are "
                    f"whole numbers from 0 to at most {MOST_CLASSES - 1}, or words"
                )
    return ""


def is_class(number: float) -> bool:
    return 0 <= number < MOST_CLASSES
