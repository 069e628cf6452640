"""The confusion matrix: a table where it fits, else for each class what it was taken for."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from gpunet.evaluation.result import Evaluation
from gpunet.show.console import Console
from gpunet.show.folding import INDENT, fold
from gpunet.show.visible import visible

CORNER = "true \\ predicted"
RIGHT, WRONG = "green", "red"
# Cells between two columns: as many as there is room for.
GAPS = (3, 2, 1)


def print_confusion(console: Console, evaluation: Evaluation, classes: Sequence[str]) -> None:
    """Print what was taken for what; no name and no number is ever cut.

    Args:
        console: where to.
        evaluation: of a network or a committee.
        classes: the name of each label.
    """
    names = [visible(name) for name in classes]
    cells = [[str(count) if count else "·" for count in row] for row in evaluation.confusion]
    # Columns are as wide as each other, so that rows and columns are seen to be the same classes.
    column = max(cell_len(text) for row in (names, *cells) for text in row)
    first = max(map(cell_len, names))
    needed = (first + (gap + column) * len(names) for gap in GAPS)
    gap = next((gap for gap, width in zip(GAPS, needed, strict=True) if width < console.width), 0)
    if gap:
        print_matrix(console, names, cells, first, gap + column)
    else:
        print_list(console, names, evaluation)


def print_matrix(
    console: Console, names: Sequence[str], cells: Sequence[Sequence[str]], first: int, column: int
) -> None:
    """True classes down, predicted ones across.

    Args:
        console: where to.
        names, cells: what is printed.
        first, column: how wide the names are, and each column with the gap before it.
    """
    console.print(f" {CORNER}", style="bold")
    head = Text(" " * (first + 1), "bold")
    for name in names:
        head.append(" " * (column - cell_len(name)) + name)
    lines = [head, Text(" " + "─" * (first + column * len(names)))]
    for number, (name, row) in enumerate(zip(names, cells, strict=True)):
        line = Text(f" {name}" + " " * (first - cell_len(name)))
        for other, cell in enumerate(row):
            style = "dim" if cell == "·" else RIGHT if other == number else WRONG
            line.append(" " * (column - cell_len(cell)) + cell, style)
        lines.append(line)
    for line in lines:
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
    console.print()


def print_list(console: Console, names: Sequence[str], evaluation: Evaluation) -> None:
    """For each class that has samples, what they were taken for, the most frequent first."""
    console.print(f" {CORNER}: how many", style="bold", soft_wrap=True)
    for name, score, row in zip(names, evaluation.per_class(), evaluation.confusion, strict=True):
        if not score.total:
            continue
        others = sorted((-int(row[k]), k) for k in row.nonzero()[0] if k != score.label)
        parts = [f"{names[k]}: {-count}" for count, k in others]
        said = [f"{score.correct} of {score.total} right{',' if parts else ''}"]
        said += [f"{part}," for part in parts[:-1]] + parts[-1:]
        lines = fold([f" {name}", *said], console.width - INDENT - 1)
        for number, text in enumerate(lines):
            indent = " " * (INDENT + 1) if number else ""
            console.print(indent + text, soft_wrap=True)
    console.print()
