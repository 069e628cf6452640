"""Why a training goes as it does, in words: rules over its epochs, each with its threshold.

What each rule says is meant for somebody who does not know yet what to look for; chapters are those
of Nielsen's *Neural Networks and Deep Learning*.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from gpunet.core.words import listed
from gpunet.evaluation.diagnosis import Diagnosis, LayerState
from gpunet.training.history import History

# The share of a layer's neurons that must be dead, or of its answers that must be saturated.
MANY_DEAD, MANY_SATURATED = 0.25, 0.6
# How much more slowly a layer must learn than the one that learns fastest.
VANISHING = 0.01
# In the second half: how far the accuracy must change from epoch to epoch, on average.
SWING = 0.01
# How far the cost must have risen above its least value, and for what share of the epochs.
RISEN, FOR = 1.1, 0.25
# And how much less it must be on training images, where that is known.
BELOW = 0.7
# How much better the last fifth must be than the one before.
RISING = 0.005
# Shorter trainings say nothing about how a curve goes on.
LEAST_EPOCHS = 5


class About(NamedTuple):
    """What a training is of.

    Attributes:
        classes: the names of the classes.
        activations: of each layer with weights, the output last.
        cost: the name of its cost.
    """

    classes: Sequence[str]
    activations: Sequence[str]
    cost: str


# Says what it finds in a training, or nothing.
Rule = Callable[[History, About], str]


def reasons(history: History, about: About, rules: Sequence[Rule] | None = None) -> list[str]:
    """Whole sentences on what is wrong, the gravest first; none if nothing is seen to be.

    Args:
        history: the epochs so far.
        about: what was trained.
        rules: those that are asked; by default all.
    """
    found = [say(history, about) for say in rules or RULES] if history else []
    return [words for words in found if words]


def silent_outputs(history: History, about: About) -> str:
    """Output neurons that do not answer to their own class."""
    last = history[-1].diagnosis
    silent = [n for n in last.silent if n < len(about.classes)] if last else []
    if not last or not silent:
        return ""
    kind = "saturated" if about.activations[-1] == "sigmoid" else "silent"
    named = listed(spell(history, each, about) for each in silent)
    words = (
        f"Output neurons that are {kind}: {named}. "
        "They answer next to nothing even to images of their own class, which are all misread."
    )
    if about.cost == "quadratic" and kind == "saturated":
        words += (
            " With the quadratic cost a neuron learns in proportion to σ′(z), which is next to "
            "nothing at the end of its range (chapter 3). Try --cost cross-entropy, where that "
            "factor cancels, with a smaller --learning-rate."
        )
    else:
        words += " Try a smaller --learning-rate, or another --seed."
    return words + freed(history, about, last)


def spell(history: History, number: int, about: About) -> str:
    """A class, and since when its output is silent."""
    since = len(history)
    while since > 1 and is_silent(history, since - 2, number):
        since -= 1
    return f"{about.classes[number]} (since epoch {history[since - 1].epoch})"


def is_silent(history: History, place: int, number: int) -> bool:
    """Whether an output was silent after an epoch, by its place in the history."""
    diagnosis = history[place].diagnosis
    return diagnosis is not None and number in diagnosis.silent


def freed(history: History, about: About, last: Diagnosis) -> str:
    """Those that were silent once, and came free."""
    ends = {}
    for before, after in pairwise(history):
        if before.diagnosis and after.diagnosis:
            for number in set(before.diagnosis.silent) - set(after.diagnosis.silent):
                ends[number] = after.epoch
    said = [
        f"{about.classes[number]} (in epoch {epoch})"
        for number, epoch in sorted(ends.items(), key=lambda each: each[1])
        if number not in last.silent and number < len(about.classes)
    ]
    return f" Others were, and came free: {listed(said)}." if said else ""


def dead_neurons(history: History, about: About) -> str:
    """Hidden ReLUs that are 0 whatever is shown."""
    found = in_layers(history[-1].diagnosis, about, {"relu"}, lambda at: at.stuck, MANY_DEAD)
    return found and (
        f"Dead neurons: {found} of them. They are 0 for nearly every image, and nothing is learned "
        "through them. Try a smaller --learning-rate."
    )


def saturated_neurons(history: History, about: About) -> str:
    """Hidden neurons with ends, most of whose answers were there from the beginning."""
    ended = {"sigmoid", "tanh"}
    found = in_layers(history[0].diagnosis, about, ended, lambda at: at.saturated, MANY_SATURATED)
    return found and (
        f"Saturated from the first epoch on: {found} of the answers. They are at an end of the "
        "activation, where the slope is next to nothing, and so is what is learned. Begin with "
        "smaller weights (--initializer scaled, chapter 3), or a smaller --learning-rate."
    )


def in_layers(
    diagnosis: Diagnosis | None,
    about: About,
    activations: set[str],
    share: Callable[[LayerState], float],
    threshold: float,
) -> str:
    """The hidden layers whose share is above a threshold: "in layer 1 81 %"."""
    if diagnosis is None:
        return ""
    layers = zip(diagnosis.layers[:-1], about.activations, strict=False)
    shares = [share(state) * (activation in activations) for state, activation in layers]
    above = [(number, each) for number, each in enumerate(shares, 1) if each >= threshold]
    return (
        listed(f"in layer {number} {100 * each:.0f} %" for number, each in above) if above else ""
    )


def vanishing_gradients(history: History, about: About) -> str:
    """A layer that learns far more slowly than the others."""
    last = history[-1].diagnosis
    if last is None or len(last.layers) < 3:
        return ""
    sizes = [state.gradient for state in last.layers]
    fastest = max(sizes)
    if fastest == 0 or sizes[0] > VANISHING * fastest:
        return ""
    ratio = fastest / sizes[0] if sizes[0] else float("inf")
    return (
        f"The gradient vanishes on its way down: relative to its weights layer 1 learns "
        f"{ratio:,.0f} times more slowly than layer {1 + sizes.index(fastest)} (chapter 5). Try "
        "--activation relu, or fewer layers."
    )


def swinging_accuracy(history: History, about: About) -> str:
    """An accuracy that goes up and down from epoch to epoch."""
    values = accuracies(history)
    late = values[len(values) // 2 :]
    if len(values) < LEAST_EPOCHS or len(late) < 3:
        return ""
    moves = [after - before for before, after in pairwise(late)]
    mean = sum(map(abs, moves)) / len(moves)
    if mean < SWING or abs(sum(moves)) > sum(map(abs, moves)) / 2:
        return ""
    return (
        f"In the second half the accuracy changes by {100 * mean:.1f} points from one epoch to the "
        "next, up and down: the steps are too large to settle. Try a smaller --learning-rate, or "
        "--schedule."
    )


def overfitting(history: History, about: About) -> str:
    """A validation cost that rises while training goes on."""
    costs = [record.cost for record in history if record.cost is not None]
    if len(costs) < LEAST_EPOCHS or len(costs) < len(history):
        return ""
    least = min(range(len(costs)), key=costs.__getitem__)
    if costs[-1] < RISEN * costs[least] or len(costs) - 1 - least < FOR * len(costs):
        return ""
    words = (
        f"The network overfits since epoch {history[least].epoch}: the validation cost has risen "
        f"from {costs[least]:.3g} to {costs[-1]:.3g}"
    )
    if last := history[-1].diagnosis:
        if last.cost > BELOW * costs[-1]:
            return ""
        words += f", while on images that it is trained on it is {last.cost:.3g}"
    return (
        words + ". Try --l2, --dropout, --patience, deformed images, or more of them (chapter 3)."
    )


def still_rising(history: History, about: About) -> str:
    """An accuracy that is still getting better at the end."""
    values = accuracies(history)
    fifth = len(values) // 5
    if fifth < 1 or len(values) < LEAST_EPOCHS:
        return ""
    last, before = values[-fifth:], values[-2 * fifth : -fifth]
    gain = sum(last) / fifth - sum(before) / fifth
    if gain < RISING or max(values[:-fifth]) >= max(last):
        return ""
    return (
        f"It was still learning: over the last {2 * fifth} epochs the accuracy rose by "
        f"{100 * gain:.1f} points. Train it longer, with --resume and more --epochs."
    )


def accuracies(history: History) -> list[float]:
    """The accuracies that were measured, in order."""
    return [record.accuracy for record in history if record.accuracy is not None]


# Rules that look into the layers, and all of them.
IN_LAYERS: tuple[Rule, ...] = (
    silent_outputs,
    dead_neurons,
    vanishing_gradients,
    saturated_neurons,
)
RULES: tuple[Rule, ...] = (*IN_LAYERS, swinging_accuracy, overfitting, still_rising)
