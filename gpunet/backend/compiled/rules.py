"""What an optimizer does with a gradient, for a few numbers of a row at a time.

As in `nn/optimizers`, whose names and states these are.
"""

from typing import Any

import numpy as np
from numba import njit

from gpunet.backend.compiled.names import (
    ADAM,
    ADAMW,
    BEFORE,
    BETA1,
    BETA2,
    DECAY,
    DESCENT,
    EPSILON,
    KEPT,
    L2,
    MOMENTUM,
    NESTEROV,
    PULL,
    RATE,
    RATE_NOW,
    REST1,
    REST2,
    ROOT_NOW,
)
from gpunet.backend.compiled.vectors import absolute, below, fill, fma, get, load, put, root, store

# What has decayed that far is made zero, before it becomes denormal and slow.
LITTLE = np.float32(1e-27)


def make_rule(width: int) -> Any:
    """For vectors of that many numbers."""

    @njit(forceinline=True)
    def flushed(v):
        return below(absolute(v), fill(LITTLE, width), fill(np.float32(0.0), width), v)

    @njit(forceinline=True)
    def apply(rule, w, first, second, at, g, numbers, decays):
        """Change the parameters w from `at` on, and their states, by the gradient g.

        Args:
            rule: DESCENT or another.
            w, first, second: parameters, and the optimizer's states, laid out alike; states that
                the rule has not may be anything.
            at: where.
            g: the mean gradient there, a vector.
            numbers: what rules make use of, float32 (NUMBERS,).
            decays: whether these are weights, which penalties pull at, or biases.
        """
        here = load(w, at, width)
        rate = fill(get(numbers, RATE), width)
        if rule == DESCENT:
            kept = here * fill(get(numbers, DECAY), width) if decays else here
            store(w, at, kept - rate * g)
            return
        if rule == MOMENTUM:
            v = load(first, at, width) * fill(get(numbers, BEFORE), width) - rate * g
            if decays:
                v = fma(here, fill(get(numbers, PULL), width), v)
            store(w, at, here + v)
            store(first, at, flushed(v * fill(get(numbers, KEPT), width)))
            return
        if decays and rule == ADAMW:
            here = here * fill(get(numbers, DECAY), width)
        elif decays:
            g = fma(here, fill(get(numbers, L2), width), g)
        if rule == NESTEROV:
            kept, down = fill(get(numbers, KEPT), width), rate * g
            v = load(first, at, width) * kept - down
            store(w, at, here + (v * kept - down))
            store(first, at, flushed(v))
            return
        mean = load(first, at, width) * fill(get(numbers, BETA1), width)
        mean = fma(g, fill(get(numbers, REST1), width), mean)
        square = load(second, at, width) * fill(get(numbers, BETA2), width)
        square = fma(g * g, fill(get(numbers, REST2), width), square)
        length = fma(
            root(square), fill(get(numbers, ROOT_NOW), width), fill(get(numbers, EPSILON), width)
        )
        store(w, at, here - fill(get(numbers, RATE_NOW), width) * mean / length)
        store(first, at, flushed(mean))
        store(second, at, flushed(square))

    return apply


@njit
def begin_step(rule, numbers, powers):
    """Reckon what of a rule's numbers changes with every step; powers are β₁ᵗ and β₂ᵗ (2,)."""
    if rule >= ADAM:
        one = np.float32(1.0)
        put(powers, 0, get(powers, 0) * get(numbers, BETA1))
        put(powers, 1, get(powers, 1) * get(numbers, BETA2))
        put(numbers, RATE_NOW, get(numbers, RATE) / (one - get(powers, 0)))
        put(numbers, ROOT_NOW, one / np.sqrt(one - get(powers, 1)))
