"""An evaluation in a notebook: its figures, and the confusion matrix in colours."""

from collections.abc import Sequence

from gpunet.core.arrays import HostArray
from gpunet.core.html import NUMBER, RIGHT, WRONG, cell, line, table, tinted


def evaluation_html(said: str, confusion: HostArray, members: Sequence[float]) -> str:
    """The accuracy in words, and a table: true classes down, predicted ones across.

    Args:
        said: accuracy and cost.
        confusion: int64 (classes, classes).
        members: the accuracies of a committee's networks.
    """
    rows = []
    for label, counts in enumerate(confusion.tolist()):
        total = max(1, sum(counts))
        cells = [cell(str(label), NUMBER, "th")]
        for other, count in enumerate(counts):
            colour = RIGHT if other == label else WRONG
            style = (
                f"{NUMBER};{tinted(colour, count / total)}" if count else f"{NUMBER};opacity:0.5"
            )
            cells.append(cell(f"{count:,}" if count else "·", style))
        rows.append(cells)
    headings = ["true \\ predicted", *map(str, range(len(confusion)))]
    alone = ", ".join(f"{100 * each:.2f} %" for each in members)
    return line(said) + (line(f"members alone: {alone}") if alone else "") + table(headings, rows)
