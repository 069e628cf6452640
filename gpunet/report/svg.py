"""Matplotlib's pictures as markup within a page, in the page's own colours and type."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from gpunet.report.markup import Markup, text

# Each is drawn in a colour of its own that the page's style then replaces, in light and in dark.
INK, FAINT, PAPER = "#000101", "#000202", "#000303"
SERIES = [f"#0004{number:02x}" for number in range(8)]
# Told apart on grey paper, too; Matplotlib and CSS call them alike.
DASHES = ("solid", "dashed", "dotted")
VARIABLES = {
    INK: "--ink",
    FAINT: "--line",
    PAPER: "--paper",
    **{colour: f"--series-{number}" for number, colour in enumerate(SERIES)},
}
SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gpunet",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
    "path.simplify": True,
}
WIDTH, HEIGHT = 4.4, 2.9


@contextmanager
def drawing() -> Iterator[tuple[Figure, Axes]]:
    """A figure with axes in the page's style; what is drawn inside is drawn with its settings."""
    settings: Any = {**mpl.rcParamsDefault, **SETTINGS}
    with mpl.rc_context(settings):
        made = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(made)
        yield made, made.add_subplot()


def to_markup(made: Figure, name: str, says: str) -> Markup:
    """A figure drawn inside `drawing`, as an element.

    Args:
        made: the figure.
        name: different for every picture of the page, whose ids begin with it.
        says: what it shows, for those who cannot see it.
    """
    kept = StringIO()
    made.patch.set_alpha(0)
    for axes in made.axes:
        axes.patch.set_alpha(0)
    made.savefig(kept, format="svg", metadata={"Date": None, "Creator": None})
    drawn = kept.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    opened, _, drawn = drawn[drawn.index("<svg") :].partition(">")
    drawn = drawn.removesuffix("\n").removesuffix("</svg>").replace("xlink:href=", "href=")
    drawn = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", drawn)
    drawn = re.sub(r"font: ([0-9.]+)px [^;\"]*", r"font-size: \1px", drawn)
    for colour, variable in VARIABLES.items():
        drawn = drawn.replace(colour, f"var({variable})")
    (box,) = re.findall(r'viewBox="([^"]*)"', opened)
    return Markup(f'<svg role="img" aria-label="{text(says)}" viewBox="{box}">{drawn}</svg>')
