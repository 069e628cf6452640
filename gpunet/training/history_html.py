"""A history in a notebook: its curves."""

from collections.abc import Sequence

from gpunet.core.html import RIGHT, WRONG, line
from gpunet.core.svg import curve


def history_html(
    accuracies: Sequence[tuple[int, float]], costs: Sequence[tuple[int, float]], epochs: int
) -> str:
    """Curves of accuracy and cost, and in words where they end.

    Args:
        accuracies, costs: epochs, and fractions or costs, of the epochs that were measured.
        epochs: how many there were.
    """
    if not accuracies:
        return line(f"{epochs} epochs, none of them measured")
    best, accuracy = max(accuracies, key=lambda each: each[1])
    said = f"after {accuracies[-1][0]} epochs {100 * accuracies[-1][1]:.2f} %"
    percents = [(epoch, 100 * value) for epoch, value in accuracies]
    drawn = curve("accuracy, %", percents, f"rgb{RIGHT}", most=100.0)
    drawn += curve("cost", costs, f"rgb{WRONG}") if costs else ""
    return f"<div>{drawn}</div>{line(f'{said}; best: {100 * accuracy:.2f} % after epoch {best}')}"
