"""A plot in characters: curves with their bands over the epochs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.text import Text

from gpunet.core.arrays import HostArray
from gpunet.core.axes import axis_for, epochs_shown
from gpunet.sweeps.curves import Band

# What tells curves apart, with colour and without.
MARKS = "ox+*#@%&abcdefghijklmnopqrstuvwyz"
COLOURS = ("cyan", "magenta", "yellow", "green", "red", "blue")
# Cells of a line of numbers under the plot, for each number.
ROOM_FOR_EPOCH = 10


@dataclass(frozen=True)
class Signs:
    """The characters that axes and bands are drawn with."""

    upright: str
    tick: str
    corner: str
    level: str
    band: str


UNICODE = Signs("│", "┤", "└", "─", "·")
ASCII = Signs("|", "+", "+", "-", ".")


@dataclass(frozen=True)
class Size:
    """How high a plot is: so many numbers at its axis, so many lines from one to the next."""

    intervals: Sequence[int]
    lines: int


LARGE, SMALL = Size((4, 5, 6, 7), 2), Size((5,), 1)


def colour(number: int) -> str:
    """The colour of a curve."""
    return COLOURS[number % len(COLOURS)]


def plot(
    title: str,
    bands: Sequence[Band],
    width: int,
    size: Size,
    signs: Signs,
    most: float | None = None,
) -> list[Text]:
    """The lines of a plot, all of that width.

    Args:
        title: what is drawn, with its unit.
        bands: one for each curve, in the order of their marks.
        width: in cells.
        size: how high.
        signs: for axes and bands.
        most: the largest value there can be.
    """
    lows = np.concatenate([band.mean - band.deviation for band in bands])
    highs = np.concatenate([band.mean + band.deviation for band in bands])
    low, high = max(0.0, float(lows.min())), float(highs.max())
    axis = axis_for(low, high if most is None else min(high, most), size.intervals, most)
    labels = axis.labels()
    left = max(map(len, labels))
    columns, rows = width - left - 1, size.lines * (len(labels) - 1) + 1
    first = min(int(band.epochs[0]) for band in bands)
    last = max(int(band.epochs[-1]) for band in bands)
    cells = draw_cells(bands, (rows, columns), (axis.low, axis.high), (first, last), signs.band)
    lines = [Text(title[:width].ljust(width), "bold")]
    for number, row in enumerate(cells):
        at, between = divmod(number, size.lines)
        line = Text(f"{'' if between else labels[at]:>{left}}")
        line.append(signs.upright if between else signs.tick)
        for mark, style in row:
            line.append(mark, style)
        lines.append(line)
    lines.append(Text(" " * left + signs.corner + signs.level * columns))
    lines.append(Text((" " * left + " " + epoch_line(first, last, columns)).ljust(width)))
    return lines


def draw_cells(
    bands: Sequence[Band],
    size: tuple[int, int],
    values: tuple[float, float],
    epochs: tuple[int, int],
    shade: str,
) -> list[list[tuple[str, str]]]:
    """The cells of a plot, from the top: in each a character and its style."""
    rows, columns = size
    cells = [[(" ", "")] * columns for _ in range(rows)]

    def row_of(value: HostArray) -> HostArray:
        share = (values[1] - value) / (values[1] - values[0])
        return np.clip(np.rint(share * (rows - 1)), 0, rows - 1).astype(int)

    across = np.linspace(*epochs, columns)
    lines = []
    for number, band in enumerate(bands):
        (there,) = np.nonzero((across >= band.epochs[0]) & (across <= band.epochs[-1]))
        if not len(there):  # one epoch, between two columns
            there = np.array([np.abs(across - band.epochs[0]).argmin()])
        mean = np.interp(across[there], band.epochs, band.mean)
        spread = np.interp(across[there], band.epochs, band.deviation)
        for column, top, bottom in zip(
            there, row_of(mean + spread), row_of(mean - spread), strict=True
        ):
            for row in range(top, bottom + 1) if spread.any() else ():
                cells[row][column] = (shade, colour(number))
        lines.append((there, row_of(mean)))
    for number, (there, at) in enumerate(lines):
        for k, (column, row) in enumerate(zip(there, at, strict=True)):
            # A steep curve is drawn through the lines that it crosses.
            above = at[k - 1] if k else row
            way = range(row, above, 1 if row < above else -1) if row != above else (row,)
            for crossed in way:
                # Curves that lie on each other show in turn.
                taken = cells[crossed][column][0] in MARKS
                if not taken or column % len(bands) == number:
                    cells[crossed][column] = (MARKS[number], colour(number))
    return cells


def epoch_line(first: int, last: int, columns: int) -> str:
    """The numbers of epochs, under where they are, and what they are."""
    line = [" "] * columns
    unit = "epoch"
    shown = epochs_shown(first, last, columns // ROOM_FOR_EPOCH)
    for epoch in shown:
        text = f"{epoch:,}"
        place = round((epoch - first) / max(1, last - first) * (columns - 1))
        text = f"{unit} {text}" if epoch == first else text
        start = min(max(0, place - len(text) // 2), columns - len(text))
        end = start + len(text)
        if "".join(line[max(0, start - 1) : end + 1]).strip() == "":
            line[start:end] = text
    return "".join(line)
