"""What is wrong with a CSV file, and where."""

import csv
from contextlib import closing
from pathlib import Path

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
                    is_label = place == column
                    if place == layout.ids:
                        continue
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
