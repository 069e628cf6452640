"""How a CSV file is written: what stands between its fields, its headings, its lines."""

import csv
import io
import re
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from gpunet.core.errors import InputError
from gpunet.core.regular import reading

# What stands between the fields of a line: the one of which the first line has most.
DELIMITERS = ",;\t"
# A line of a million pixels is about so long.
LONGEST_LINE = 16 << 20
LABEL_HEADINGS = ("label", "class")


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
    def headed_label(self) -> int | None:
        """The column headed `label` or `class`."""
        found = (self.headings.index(name) for name in LABEL_HEADINGS if name in self.headings)
        return next(found, None)

    @property
    def is_headed_alike(self) -> bool:
        """Whether all columns are headed as pixels are: pixel0, pixel1, … or 1x1, 1x2, …"""
        stems = {re.sub("[0-9]+", "#", heading) for heading in self.headings}
        return len(self.headings) > 1 and len(stems) == 1


def look_at(path: Path) -> Layout:
    """How a CSV file is written, by its first line that is not blank."""
    try:
        with closing(read_lines(path)) as lines:
            numbered = ((n, line) for n, line in enumerate(lines, 1) if line.strip())
            number, first = next(numbered, (1, ""))
        delimiter = max(DELIMITERS, key=first.count)
        fields = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV text file ({error})") from None
    headings = [field.strip().lower() for field in fields]
    has_header = bool({*LABEL_HEADINGS} & {*headings}) or not any(map(is_number, fields))
    return Layout(
        delimiter, number if has_header else number - 1, headings if has_header else [], len(fields)
    )


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
