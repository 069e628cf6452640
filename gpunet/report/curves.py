"""Curves of a training: cost and accuracy by epoch, a band where there are several seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from gpunet.core.arrays import HostArray
from gpunet.report.markup import Markup
from gpunet.report.subject import Series
from gpunet.report.svg import DASHES, PAPER, SERIES, drawing, to_markup
from gpunet.show.words import percent
from gpunet.sweeps.curves import mean_and_deviation

# A picture stays small: so many networks are drawn behind the bands, and so many epochs of each.
MOST_FAINT = 40
MOST_EPOCHS = 300
# From this ratio on costs are drawn on a logarithmic scale.
LOGARITHMIC = 50


def draw_curves(drawn: Sequence[Series], figure: str) -> Markup | None:
    """The curves of one figure of `EpochRecord`, accuracy or cost; None if there is none yet.

    Args:
        drawn: each in its colour, the order deciding which.
        figure: "accuracy" or "cost".
    """
    tables = [values_of([each.history for each in series.networks], figure) for series in drawn]
    finite = np.concatenate([table[np.isfinite(table)] for table in tables])
    if not finite.size:
        return None
    scale = 100.0 if figure == "accuracy" else 1.0
    with drawing() as (made, axes):
        for number, (series, table) in enumerate(zip(drawn, tables, strict=True)):
            draw_series(axes, scale * table, number, MOST_FAINT // len(drawn))
            draw_training(axes, series, figure, scale, number)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
        longest = max(table.shape[1] for table in tables)
        axes.set_xlim(1 - 0.02 * longest, max(longest, 2) + 0.02 * longest)
        if figure == "accuracy":
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g} %"))
        elif finite.min() > 0 and finite.max() / finite.min() > LOGARITHMIC:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        return to_markup(made, figure, in_words(drawn, tables, figure))


def values_of(histories: Sequence[Sequence[Any]], figure: str) -> HostArray:
    """A row for each history, (networks, epochs); NaN where there is no value."""
    longest = max(map(len, histories), default=0)
    values = np.full((len(histories), longest), np.nan)
    for row, history in zip(values, histories, strict=True):
        row[: len(history)] = [
            np.nan if (value := getattr(record, figure, None)) is None else value
            for record in history
        ]
    return values


def draw_series(axes: Axes, values: HostArray, number: int, most_faint: int) -> None:
    """Draw one series: its mean, and for several networks a band of one standard deviation."""
    networks, epochs = values.shape
    kept = np.unique(np.linspace(0, epochs - 1, min(epochs, MOST_EPOCHS)).round().astype(int))
    kept = kept[np.isfinite(values[:, kept]).any(axis=0)]
    if not kept.size:
        return
    x, shown = kept + 1, values[:, kept]
    colour, dash = SERIES[number % len(SERIES)], DASHES[number % len(DASHES)]
    mean, reach = mean_and_deviation(shown)
    if networks > 1:
        axes.plot(x, shown[:most_faint].T, color=colour, linewidth=0.6, alpha=0.3)
        axes.fill_between(x, mean - reach, mean + reach, color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, mean, color=colour, linewidth=1.7, linestyle=dash, solid_capstyle="round")
    axes.plot(x[-1:], mean[-1:], "o", color=colour, markersize=5, markeredgecolor=PAPER)


def draw_training(axes: Axes, series: Series, figure: str, scale: float, number: int) -> None:
    """Draw the mean of a figure on training images, dash-dotted, where it was recorded."""
    seen = values_of([each.history.diagnosed for each in series.networks], figure)
    if not np.isfinite(seen).any():
        return
    mean = scale * np.nanmean(seen[:, np.isfinite(seen).any(axis=0)], axis=0)
    epochs = np.flatnonzero(np.isfinite(seen).any(axis=0)) + 1
    kept = np.unique(np.linspace(0, len(epochs) - 1, min(len(epochs), MOST_EPOCHS)).astype(int))
    axes.plot(epochs[kept], mean[kept], "-.", color=SERIES[number % len(SERIES)], linewidth=1)


def in_words(drawn: Sequence[Series], tables: Sequence[HostArray], figure: str) -> str:
    """What the curves show, for those who cannot see them: where each ends."""
    ends = []
    for series, table in zip(drawn, tables, strict=True):
        measured = [float(row[np.isfinite(row)][-1]) for row in table if np.isfinite(row).any()]
        if measured:
            mean = sum(measured) / len(measured)
            shown = percent(mean) if figure == "accuracy" else f"{mean:.4g}"
            ends.append(f"{series.label} ends at {shown}")
    return f"Curves of the {figure} on the validation split by epoch: {'; '.join(ends)}."
