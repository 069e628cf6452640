"""The sums of rows that a step is made of: forwards, backwards, and what every weight learns.

An array `w` holds a layer's rows from `base` on: row i, of `row` numbers, has the weights of input
i into every neuron, and the row after the last input's the biases. A sample's inputs are given as a
list of those that are not zero: see `inputs`.
"""

from typing import Any

import numpy as np
from numba import njit

from gpunet.backend.compiled.names import LEAST, WIDTHS
from gpunet.backend.compiled.rules import make_rule
from gpunet.backend.compiled.vectors import fill, fma, get, load, put, store, total


def make_products(width: int) -> Any:
    """For that many neurons at a time."""
    apply = make_rule(width)

    @njit(forceinline=True)
    def weigh(w, base, biases, row, which, values, first, last, z, to):
        """z ← b + Σ x w, for one sample: numbers `first` to `last` of the lists."""
        sums = load(w, biases, width)
        for k in range(first, last):
            sums = fma(
                fill(get(values, k), width), load(w, base + get(which, k) * row, width), sums
            )
        store(z, to, sums)

    @njit(forceinline=True)
    def learn(rule, numbers, w, v, s, base, delta, at, where, values, first, last, part, decays):
        """Change the weights of one input by Σ x δ/m over the samples in which it is not zero.

        Their δ lie at `where`, numbers `first` to `last`; else as in `rules`.
        """
        sums = fill(np.float32(0.0), width)
        for k in range(first, last):
            sums = fma(fill(get(values, k), width), load(delta, at + get(where, k), width), sums)
        apply(rule, w, v, s, base, sums * fill(part, width), numbers, decays)

    return weigh, learn


(weigh_64, learn_64), (weigh_32, learn_32), (weigh_16, learn_16) = map(make_products, WIDTHS)


@njit
def forward(w, base, n_in, row, which, values, firsts, lasts, samples, z, to):
    """z of all neurons, for some samples, whose inputs are numbers `firsts` to `lasts`."""
    biases = base + n_in * row
    for k in range(samples):
        first, last, c = get(firsts, k), get(lasts, k), 0
        while c + 64 <= row:
            weigh_64(w, base + c, biases + c, row, which, values, first, last, z, to + c)
            c += 64
        if c + 32 <= row:
            weigh_32(w, base + c, biases + c, row, which, values, first, last, z, to + c)
            c += 32
        if c < row:
            weigh_16(w, base + c, biases + c, row, which, values, first, last, z, to + c)
        to += row


@njit
def backward(w, base, n_in, row, delta, at, samples, gradient, to, step):
    """∂C/∂x of all inputs, for some samples: δ Wᵀ, the samples' being `step` apart."""
    for _ in range(samples):
        here = base
        for i in range(to, to + n_in):
            sums = load(delta, at, LEAST) * load(w, here, LEAST)
            for c in range(LEAST, row, LEAST):
                sums = fma(load(delta, at + c, LEAST), load(w, here + c, LEAST), sums)
            put(gradient, i, total(sums))
            here += row
        at += row
        to += step


@njit
def learn(
    rule: Any,
    numbers: Any,
    w: Any,
    v: Any,
    s: Any,
    base: Any,
    n_in: Any,
    row: Any,
    delta: Any,
    at: Any,
    counts: Any,
    where: Any,
    values: Any,
    samples: Any,
    idle: Any,
) -> None:
    """Change a layer's weights and biases by what the samples say.

    Args:
        counts, where, values: as `inputs.sort_inputs` leaves them; biases are the last input's.
        idle: whether nothing happens to the weights of an input that no sample has.
    """
    part = np.float32(1.0) / np.float32(samples)
    for i in range(n_in + 1):
        c, first, decays = 0, i * samples, i < n_in
        last = first + get(counts, i)
        if idle and first == last:
            base += row
            continue
        while c + 64 <= row:
            learn_64(rule, numbers, w, v, s, base + c, delta, at + c, where, values, first, last,
                     part, decays)  # fmt: skip
            c += 64
        if c + 32 <= row:
            learn_32(rule, numbers, w, v, s, base + c, delta, at + c, where, values, first, last,
                     part, decays)  # fmt: skip
            c += 32
        if c < row:
            learn_16(rule, numbers, w, v, s, base + c, delta, at + c, where, values, first, last,
                     part, decays)  # fmt: skip
        base += row
