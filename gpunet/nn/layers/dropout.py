"""Dropout (Hinton et al., 2012): at each training step some neurons, drawn anew, are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from gpunet.backend.counter import draw_bits
from gpunet.backend.plain import Array, Operation
from gpunet.core.errors import InputError
from gpunet.nn.activations import Linear
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.parameters import Shape

# A neuron is left out where a number drawn from 0 to LOTS − 1 is below rate · LOTS.
LOTS = 2**16
# Step t draws from places t · 2³² on: more than a batch can need, so no number is drawn twice.
PLACES_A_STEP = 32


def check_dropout(rate: float) -> float:
    """The rate, or InputError unless it is a number from 0 to below 1."""
    if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 <= rate < 1:
        raise InputError(f"dropout {rate!r}: give a number from 0 to below 1")
    return float(rate)


@dataclass(frozen=True)
class Dropout(Layer):
    """The neurons that feed a fully connected layer, less those left out at a step.

    Those kept are divided by the share that is kept, so that outside training, where this layer
    does not exist, nothing needs to be scaled.

    Attributes:
        neurons: how many there are.
        rate: the share left out, to a precision of 1 / 65,536.
        key: which random numbers decide.
    """

    neurons: int
    rate: float
    key: int
    activation = Linear()
    only_in_training = True
    fused = False

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

    def bind(self, to: Binding) -> "BoundDropout":
        return BoundDropout(self, to)

    def __str__(self) -> str:
        return f"dropout {self.rate:g}"


class BoundDropout(BoundLayer):
    """Neurons left out as the step on the clock decides, and nothing else: no engine, no device."""

    def __init__(self, layer: Dropout, to: Binding) -> None:
        assert to.clock is not None
        self.primitives = to.device.primitives
        self.key = layer.key
        self.threshold = min(round(layer.rate * LOTS), LOTS - 1)
        self.source = to.source
        self.clock = to.clock
        self.output, self.gradient, self.kept = (to.empty(layer.neurons) for _ in range(3))

    def forward(self) -> Sequence[Operation]:
        p, xp, (m, n) = self.primitives, self.primitives.xp, self.source.shape
        first, bits = xp.empty_like(self.clock), xp.empty(-(-m * n // 4), dtype=np.uint64)
        lots = bits.view(np.uint16)[: m * n].reshape(n, m).T
        drawn = xp.empty((n, m), dtype=bool).T
        scale = p.constant(LOTS / (LOTS - self.threshold), self.kept.dtype)
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
        return (partial(self.primitives.xp.multiply, self.gradient, self.kept, below),)
