"""Tables and lines on narrow terminals: they are wrapped or split; nothing is truncated."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table

from gpunet.show.console import Console

# Wider than anything, to measure the natural width of a table.
UNBOUNDED = 1_000_000
INDENT = 2
SEPARATOR = "  "


def table(*headings: str) -> Table:
    """An empty table in the style of all others; the first column left, the others right."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        made.add_column(heading, justify="right" if number else "left", no_wrap=True)
    return made


def print_records(console: Console, made: Table) -> None:
    """Print a table of words; where it does not fit, each of its rows in several lines."""
    if width_of(console, made) <= console.width:
        console.print(made)
        return
    for name, *cells in rows_of(made.columns):
        console.print(f"{made.columns[0].header} {name}", soft_wrap=True)
        row = Table.grid(Column(overflow="fold"), Column(overflow="fold"), padding=(0, 2, 0, 0))
        for column, cell in zip(made.columns[1:], cells, strict=True):
            if cell:
                row.add_row(column.header, cell)
        console.print(Padding(row, (0, 0, 0, INDENT), expand=False))


def print_table(console: Console, made: Table) -> None:
    """Print a table of numbers; where it does not fit, some of its columns at a time."""
    names, *columns = made.columns
    room = console.width - width_of(console, part_of([names]))
    needed = [width_of(console, part_of([names, c])) - console.width + room for c in columns]
    start = 0
    while start < len(columns):
        end = start + 1
        while end < len(columns) and sum(needed[start : end + 1]) <= room:
            end += 1
        part = part_of([names, *columns[start:end]])
        if needed[start] > room:
            fold_names(part)
        console.print(part)
        start = end


def part_of(columns: Sequence[Column]) -> Table:
    """A table of some columns of another."""
    made = table(*(str(column.header) for column in columns))
    for row in rows_of(columns):
        made.add_row(*row)
    return made


def fold_names(made: Table) -> None:
    """Let headings and the cells of the first column wrap; numbers never do."""
    for column in made.columns:
        column.no_wrap, column.overflow = False, "fold"
    for column in made.columns[1:]:
        column.min_width = max(cell_len(str(cell)) for cell in column.cells)


def rows_of(columns: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    """The cells of columns, row by row."""
    return zip(*(map(str, column.cells) for column in columns), strict=True)


def width_of(console: Console, made: Table) -> int:
    """How many columns of a terminal a table needs."""
    return Measurement.get(console, console.options.update(width=UNBOUNDED), made).maximum


def fold(parts: Sequence[str], width: int, separator: str = SEPARATOR) -> list[str]:
    """Parts put side by side in lines of that width; a wider one gets its own line."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(f"{lines[-1]}{separator}{part}") <= width:
            lines[-1] += f"{separator}{part}"
        else:
            lines.append(part)
    return lines
