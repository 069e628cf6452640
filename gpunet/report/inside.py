"""Why a training went as it did: in words, and what happened in the layers, epoch by epoch."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from gpunet.core.words import count, listed
from gpunet.evaluation.diagnosis import LayerState
from gpunet.report.compare import key
from gpunet.report.curves import LOGARITHMIC, MOST_EPOCHS
from gpunet.report.markup import Markup, Part, element, figure, join
from gpunet.report.subject import Subject, Trained
from gpunet.report.svg import DASHES, SERIES, drawing, to_markup
from gpunet.runs.description import about_of
from gpunet.training.history import History
from gpunet.training.reasons import reasons

# More networks than these with silent outputs are counted, not named.
MOST_NAMED = 20
RECORDED = (
    "What happened in the layers was not recorded: `gpunet train --diagnose` does, and more can "
    "then be said here."
)


class Chart(NamedTuple):
    """A picture of one figure of every layer.

    Attributes:
        name: of the figure, among those of `LayerState`.
        title, caption: what it shows.
        value: the number that is drawn.
        share: whether it is a share, drawn in per cent.
    """

    name: str
    title: str
    caption: str
    value: Callable[[LayerState], float]
    share: bool


CHARTS = (
    Chart(
        "saturated",
        "Saturated.",
        "The share of a layer’s answers that are at an end of its activation, where the slope is "
        "next to nothing. Trained output neurons mostly are: they say yes or no.",
        lambda state: state.saturated,
        share=True,
    ),
    Chart(
        "stuck",
        "Stuck, or dead.",
        "The share of a layer’s neurons that nearly every image drives to one and the same end: "
        "they tell nothing apart, and learn next to nothing.",
        lambda state: state.stuck,
        share=True,
    ),
    Chart(
        "activation",
        "Activations.",
        "The root mean square of what a layer’s neurons make of the images.",
        lambda state: state.activation,
        share=False,
    ),
    Chart(
        "gradient",
        "Gradients.",
        "The length of the gradient relative to that of the weights. A layer far below the others "
        "hardly learns.",
        lambda state: state.gradient,
        share=False,
    ),
    Chart(
        "update",
        "Updates.",
        "How far the weights moved in the epoch, relative to their length.",
        lambda state: state.update,
        share=False,
    ),
)


def inside(subject: Subject) -> Markup | None:
    """The sections on why a subject's training went as it did; None before there is an epoch."""
    networks = [each for each in subject.shown.networks if each.history]
    if not networks:
        return None
    first = networks[0]
    which = f", network with seed {first.seed}" if subject.folder.is_population else ""
    parts: list[Part] = [element("h3", f"Why it went so{which}"), in_words(first)]
    if len(networks) > 1:
        parts.append(silent_in(networks))
    if first.history[-1].diagnosis is None:
        parts.append(element("p", RECORDED, class_="minor"))
        return join(parts)
    parts.append(element("h3", f"What happened in the layers{which}"))
    parts.append(keys(len(first.history[-1].diagnosis.layers)))
    pictures = [draw_chart(first.history, chart) for chart in CHARTS]
    parts.append(element("div", *pictures, class_="pair"))
    return join(parts)


def in_words(trained: Trained) -> Markup:
    """What the rules say of a network's training."""
    said = reasons(trained.history, about_of(trained.folder.description))
    if said:
        return element("ul", *(element("li", with_code(words)) for words in said), class_="reasons")
    return element("p", "Nothing is seen to be wrong with it.")


def with_code(words: str) -> Markup:
    """A sentence in which what is to be typed looks like it."""
    parts = re.split(r"(--[a-z][a-z0-9-]*)", words)
    return join(element("code", each) if each.startswith("--") else each for each in parts)


def silent_in(networks: list[Trained]) -> Markup | None:
    """Which of many networks ended with silent outputs; None where that was not recorded."""
    known = [each for each in networks if each.history[-1].diagnosis]
    if not known:
        return None
    named = []
    for each in known:
        about = about_of(each.folder.description)
        last = each.history[-1].diagnosis
        silent = [about.classes[n] for n in last.silent if n < len(about.classes)] if last else []
        if silent:
            named.append(f"seed {each.seed}: {listed(silent)}")
    if not named:
        return element("p", f"No output is silent in any of {count(len(known), 'network')}.")
    words = f"Of {count(len(known), 'network')} {len(named):,} ended with outputs that are silent"
    shown = "; ".join(named[:MOST_NAMED])
    return element("p", f"{words}: {shown}{'; …' if len(named) > MOST_NAMED else '.'}")


def keys(layers: int) -> Markup:
    """The colour of each layer."""
    names = [f"layer {number}" for number in range(1, layers)] + ["output"]
    items = []
    for number, name in enumerate(names):
        items.append(element("li", key(number), f" {name}"))
    return element("ul", *items, class_="keys")


def draw_chart(history: History, chart: Chart) -> Markup:
    """One figure of every layer by epoch."""
    last = history[-1].diagnosis
    layers = len(last.layers) if last else 0
    seen = [
        (record.epoch, record.diagnosis)
        for record in history
        if record.diagnosis and len(record.diagnosis.layers) == layers
    ]
    kept = np.unique(np.linspace(0, len(seen) - 1, min(len(seen), MOST_EPOCHS)).round().astype(int))
    epochs = [seen[place][0] for place in kept]
    rows = [[chart.value(layer) for layer in seen[place][1].layers] for place in kept]
    table = np.array(rows) * (100.0 if chart.share else 1.0)
    with drawing() as (made, axes):
        for number, values in enumerate(table.T):
            style = DASHES[number % len(DASHES)]
            colour = SERIES[number % len(SERIES)]
            axes.plot(epochs, values, color=colour, linewidth=1.7, linestyle=style)
            axes.plot(epochs[-1:], values[-1:], "o", color=colour, markersize=4)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
        if chart.share:
            axes.set_ylim(-2, 102)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g} %"))
        elif table.min() > 0 and table.max() / table.min() > LOGARITHMIC:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        said = ", ".join(f"{value:.3g}" for value in table[-1])
        unit = " %" if chart.share else ""
        words = f"{chart.title} By layer, at the end: {said}{unit}."
        return figure(to_markup(made, f"inside-{chart.name}", words), chart.title, chart.caption)
