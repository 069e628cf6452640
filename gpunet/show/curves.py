"""Curves of accuracy and cost over the epochs, as lines of characters."""

from collections.abc import Sequence
from dataclasses import replace

from rich.text import Text

from gpunet.core.errors import InputError
from gpunet.core.words import count
from gpunet.show.console import Console
from gpunet.show.plot import ASCII, LARGE, MARKS, SMALL, UNICODE, Size, colour, plot
from gpunet.sweeps.curves import Band, Curves

# Two plots are put side by side where each has at least that many cells.
LEAST_WIDTH = 29
GAP = 2
# Wider ones are no easier to read.
MOST_WIDTH = 120


def print_curves(console: Console, drawn: Sequence[Curves], first: int = 1) -> None:
    """Print large plots of accuracy and cost, and which mark is whose.

    Args:
        console: where to.
        drawn: what is drawn.
        first: the epoch to begin with.

    Raises:
        InputError: there are too many to be told apart, or no epoch is left to draw.
    """
    if len(drawn) > len(MARKS):
        raise InputError(f"{len(drawn)} curves: at most {len(MARKS)} can be told apart; name fewer")
    drawn = [each for curves in drawn if (each := begin_at(curves, first))]
    if not drawn and first == 1:
        raise InputError(
            "there is nothing to draw: nothing was measured after the epochs, as where all samples "
            "are trained on (--train-on all)"
        )
    if not drawn:
        raise InputError(f"--from {first}: no run has measured so many epochs; give a smaller one")
    width = min(console.width, MOST_WIDTH)
    for lines in draw(console, drawn, width, LARGE):
        print_lines(console, [*lines, Text()])
    for number, each in enumerate(drawn):
        entry = Text.assemble((MARKS[number], colour(number)), "  ", console.render_str(each.name))
        if each.networks > 1:
            entry.append(f": mean of {count(each.networks, 'network')}")
        console.print(entry, soft_wrap=True)
    if any(each.networks > 1 for each in drawn):
        console.print("the band around a mean is one standard deviation either way")
    if len({each.cost_name for each in drawn}) > 1:
        console.print("costs of different functions cannot be compared with each other")


def print_small(console: Console, drawn: Curves) -> None:
    """Print small plots of a run, or of networks of one setting, between empty lines."""
    width = min(console.width, 80)
    if width < 2 * LEAST_WIDTH + GAP or not len(drawn.accuracy.epochs):
        return
    console.print()
    plots = draw(console, [drawn], (width - GAP) // 2, SMALL)
    print_lines(console, [Text(" " * GAP).join(pair) for pair in zip(*plots, strict=True)])
    console.print()


def begin_at(drawn: Curves, first: int) -> Curves | None:
    """Curves without the epochs before one; None if nothing is left."""
    accuracy, cost = (
        Band(*(values[band.epochs >= first] for values in (band.epochs, band.mean, band.deviation)))
        for band in (drawn.accuracy, drawn.cost)
    )
    return (
        replace(drawn, accuracy=accuracy, cost=cost)
        if len(accuracy.epochs) and len(cost.epochs)
        else None
    )


def draw(
    console: Console, drawn: Sequence[Curves], width: int, size: Size
) -> tuple[list[Text], list[Text]]:
    """The lines of the plots of accuracy and of cost."""
    signs = UNICODE if can_show(console, "│┤└─·") else ASCII
    costs = ", ".join(dict.fromkeys(each.cost_name for each in drawn))
    accuracies = [in_percent(each.accuracy) for each in drawn]
    titles = f"validation cost ({costs})", f"cost ({costs})", "validation cost"
    title = next((title for title in titles if len(title) <= width), titles[-1])
    return (
        plot("validation accuracy, %", accuracies, width, size, signs, most=100.0),
        plot(title, [each.cost for each in drawn], width, size, signs),
    )


def in_percent(band: Band) -> Band:
    """Fractions as per cent."""
    return Band(band.epochs, 100 * band.mean, 100 * band.deviation)


def can_show(console: Console, characters: str) -> bool:
    """Whether what is printed there can hold these characters."""
    try:
        characters.encode(console.encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def print_lines(console: Console, lines: Sequence[Text]) -> None:
    """Print lines that fit, without blanks at their ends."""
    for line in lines:
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
