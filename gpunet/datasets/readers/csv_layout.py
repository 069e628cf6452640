"""How a CSV file is written: what stands between its fields, its headings, its lines."""

import csv
import io
import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from gpunet.core.errors import InputError
from gpunet.core.regular import reading
from gpunet.datasets.readers.headings import id_column, label_columns

DELIMITERS = ",;\t"
DECIMAL_COMMA = re.compile(r"\s*[-+]?\d*,\d+\s*")
# A line of a million pixels is about so long.
LONGEST_LINE = 16 << 20


class Layout(NamedTuple):
    """How a CSV file is written.

    Attributes:
        delimiter: between fields.
        skip: lines before the first sample.
        headings: in lower case; none where the first line is a sample.
        columns: how many.
    """

    delimiter: str
    skip: int
    headings: list[str]
    columns: int

    @property
    def labels(self) -> list[int]:
        """The columns that are headed as labels are."""
        return label_columns(self.headings)

    @property
    def ids(self) -> int | None:
        """The column that is headed as ids are."""
        return id_column(self.headings)

    @property
    def is_headed_alike(self) -> bool:
        """Whether all columns but ids are headed as pixels are: pixel0, … or 1x1, 1x2, …"""
        pixels = [heading for n, heading in enumerate(self.headings) if n != self.ids]
        return len(pixels) > 1 and len({re.sub("[0-9]+", "#", each) for each in pixels}) == 1


def look_at(path: Path) -> Layout:
    """How a CSV file is written, by its first line that is not blank."""
    try:
        with closing(read_lines(path)) as lines:
            numbered = ((n, line) for n, line in enumerate(lines, 1) if line.strip())
            number, first = next(numbered, (1, ""))
        delimiter = delimiter_of(first)
        fields = next(csv.reader([first], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV text file ({error})") from None
    headings = [field.strip().lower() for field in fields]
    if not is_heading(headings):
        return Layout(delimiter, number - 1, [], len(fields))
    return Layout(delimiter, number, headings, len(fields))


def delimiter_of(line: str) -> str:
    """What stands between the fields of a line: that of which it has most.

    Commas count for nothing where they are those of decimals between others.
    """
    for delimiter in ";\t":
        with_comma = [field for field in line.split(delimiter) if "," in field]
        if delimiter in line and all(map(DECIMAL_COMMA.fullmatch, with_comma)):
            return delimiter
    return max(DELIMITERS, key=line.count)


def is_heading(fields: Sequence[str]) -> bool:
    """Whether the fields of a first line are headings.

    A number may be one where others are words for labels or ids. One letter may be a label itself,
    so beside it numbers must count up, as pandas heads columns without a name.
    """
    numbers = [float(field) for field in fields if is_number(field)]
    if not numbers:
        return True
    found = label_columns(fields)
    if any(len(fields[place]) > 1 for place in found):
        return True
    counts_up = all(after == before + 1 for before, after in pairwise(numbers))
    return counts_up and len(numbers) > 1 and bool(found or id_column(fields) is not None)


def read_lines(path: Path) -> Generator[str, None, None]:
    """The lines of a text file."""
    with reading(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig")
        try:
            while line := text.readline(LONGEST_LINE):
                if len(line) == LONGEST_LINE:
                    raise InputError(f"{path}: not a CSV text file (a line does not end)")
                yield line
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not a CSV text file ({error})") from None


def number_rows(lines: Iterable[str], layout: Layout) -> Generator[tuple[int, list[str]]]:
    """The rows below the heading that are not blank, with the number of their line."""
    reader = csv.reader(lines, delimiter=layout.delimiter)
    for fields in reader:
        if reader.line_num > layout.skip and fields:
            yield reader.line_num, fields


def is_number(text: str) -> bool:
    """Whether NumPy reads this as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text
