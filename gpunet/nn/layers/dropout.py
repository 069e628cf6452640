"""Dropout (Hinton et al., 2012): in each training step some neurons, at random, are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from gpunet.backend.counter import draw_bits
from gpunet.backend.plain import Array, Operation
from gpunet.core.errors import InputError, find_named
from gpunet.core.words import shown
from gpunet.nn.activations import Linear
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.parameters import Shape

# A neuron is left out where a number drawn from 0 to LOTS − 1 is below rate · LOTS.
LOTS = 2**16
# Step t draws from places t · 2³² on: more than a batch can need, so no number is drawn twice.
PLACES_A_STEP = 32


def check_dropout(rate: float, what: str = "dropout") -> float:
    """The rate, or InputError unless it is a number from 0 to below 1."""
    if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 <= rate < 1:
        raise InputError(f"{what} {shown(rate)}: give a number from 0 to below 1")
    return float(rate)


def check_dropouts(given: Any) -> float | tuple[float, ...]:
    """One rate for all layers, or one for each of them; InputError if it is neither."""
    if not isinstance(given, list | tuple):
        return check_dropout(given)
    if not given:
        raise InputError(f"dropout {shown(given)}: give a number from 0 to below 1, or several")
    return tuple(map(check_dropout, given))


def simplest(rates: float | tuple[float, ...]) -> float | tuple[float, ...]:
    """One rate where all layers have the same."""
    return rates[0] if isinstance(rates, tuple) and len(set(rates)) == 1 else rates


@dataclass(frozen=True)
class Dropout(Layer):
    """The neurons that feed a layer, or the network's inputs, less those left out at a step.

    Those kept are divided by the share that is kept, so that outside training, where this layer
    does not exist, nothing needs to be scaled.

    Attributes:
        neurons: how many there are.
        rate: the share left out, to a precision of 1 / 65,536.
        key: which random numbers decide.
        scaling: when neurons are scaled to make up for those left out, as the command line says it.
    """

    neurons: int
    rate: float
    key: int
    scaling = "training"
    activation = Linear()
    only_in_training = True
    needs_clock = True
    fused = False

    @property
    def factor(self) -> float:
        """What the neurons kept are multiplied by: one over the share kept, as it is drawn."""
        return LOTS / (LOTS - self.threshold)

    @property
    def threshold(self) -> int:
        """How many of LOTS leave a neuron out."""
        return min(round(self.rate * LOTS), LOTS - 1)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ()

    @property
    def macs(self) -> int:
        return 0

    @property
    def workspace(self) -> int:
        return 5 * self.neurons  # output, gradient, what is kept, and the bits that decide

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        return []

    def bind(self, to: Binding) -> BoundLayer:
        return BoundDropout(self, to)

    def __str__(self) -> str:
        return f"dropout {self.rate:g}"


@dataclass(frozen=True)
class UnscaledDropout(Dropout):
    """The same, but those kept stay as they are, and outside training all are scaled instead.

    Multiplied by the share that is kept, that is: as Hinton et al. (2012) have it, and the book's
    network3. Dropout of the other kind computes the same functions, at every step and outside of
    training, with q = 1 − rate times the weights above, W = q w. But as ∂C/∂W = ∂C/∂w / q, its
    steps of gradient descent are those of this kind only where W has the learning rate q² η, the
    biases above and all other layers keeping η; with η for all it learns these weights at 1/q²
    times the rate, four times at q = ½.
    """

    scaling = "evaluation"
    only_in_training = False
    factor = 1.0

    def bind(self, to: Binding) -> BoundLayer:
        return BoundScaling(1.0 - self.rate, to) if to.clock is None else super().bind(to)


DROPOUTS: dict[str, type[Dropout]] = {kind.scaling: kind for kind in (Dropout, UnscaledDropout)}


def find_dropout(scaling: str) -> type[Dropout]:
    """The kind of dropout that scales in training or in evaluation; InputError if there is none."""
    return find_named("dropout scaling", DROPOUTS, scaling)


class BoundDropout(BoundLayer):
    """Neurons left out as the step on the clock decides, and nothing else: no engine, no device."""

    def __init__(self, layer: Dropout, to: Binding) -> None:
        assert to.clock is not None
        self.primitives = to.device.primitives
        self.key = layer.key
        self.threshold, self.factor = layer.threshold, layer.factor
        self.source = to.source
        self.clock = to.clock
        self.output, self.gradient, self.kept = (to.empty(layer.neurons) for _ in range(3))

    def forward(self) -> Sequence[Operation]:
        p, xp, (m, n) = self.primitives, self.primitives.xp, self.source.shape
        first, bits = xp.empty_like(self.clock), xp.empty(-(-m * n // 4), dtype=np.uint64)
        lots = bits.view(np.uint16)[: m * n].reshape(n, m).T
        drawn = xp.empty((n, m), dtype=bool).T
        scale = p.constant(self.factor, self.kept.dtype)
        return (
            partial(xp.left_shift, self.clock, p.constant(PLACES_A_STEP, np.uint64), first),
            *draw_bits(p, self.key, first, bits),
            partial(xp.greater_equal, lots, p.constant(self.threshold, np.uint16), drawn),
            partial(xp.multiply, drawn, scale, self.kept),
            partial(xp.multiply, self.source, self.kept, self.output),
        )

    def chain(self) -> Sequence[Operation]:
        return ()

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        if below is None:
            return ()
        return (partial(self.primitives.xp.multiply, self.gradient, self.kept, below),)


class BoundScaling(BoundLayer):
    """All neurons times one factor."""

    def __init__(self, factor: float, to: Binding) -> None:
        self.multiply = to.device.xp.multiply
        self.factor = to.device.primitives.constant(factor, to.source.dtype)
        self.source = to.source
        self.output, self.gradient = (to.empty(to.source.shape[1]) for _ in range(2))

    def forward(self) -> Sequence[Operation]:
        return (partial(self.multiply, self.source, self.factor, self.output),)

    def chain(self) -> Sequence[Operation]:
        return ()

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        return () if below is None else (partial(self.multiply, self.gradient, self.factor, below),)
