"""The sums of rows that a step is made of: forwards, backwards, and the gradients' rows.

An array `w` holds a layer's rows from `base` on: row i, of `row` numbers, has the weights of input
i into every neuron, and the row after the last input's the biases. A sample's inputs come as a list
of those that are not zero, or all of them.
"""

from typing import Any

from numba import njit

from gpunet.backend.compiled.names import LEAST, WIDTHS
from gpunet.backend.compiled.rules import apply_16, apply_32, apply_64
from gpunet.backend.compiled.vectors import fill, fma, get, load, store, total


def make_sums(width: int) -> Any:
    """For that many neurons at a time."""

    @njit
    def forward_few(w, base, biases, row, which, values, first, last, z, to):
        """z ← b + Σ x w, for the inputs that are not zero: numbers `first` to `last` of lists."""
        sums = load(w, biases, width)
        for k in range(first, last):
            sums = fma(fill(get(values, k), width), load(w, base + get(which, k) * row, width), sums)
        store(z, to, sums)

    @njit
    def forward_all(w, base, biases, row, x, first, last, z, to):
        """The same for all inputs: numbers `first` to `last` of x."""
        sums = load(w, biases, width)
        for k in range(first, last):
            sums = fma(fill(get(x, k), width), load(w, base, width), sums)
            base += row
        store(z, to, sums)

    @njit
    def gradient_few(delta, at, where, values, first, last):
        """Σ x δ for one input, over the samples in which it is not zero, δ lying at `where`."""
        sums = fill(0.0, width)
        for k in range(first, last):
            sums = fma(fill(get(values, k), width), load(delta, at + get(where, k), width), sums)
        return sums

    @njit
    def gradient_all(delta, at, row, x, first, step, samples):
        """Σ x δ for one input over all samples, which are `row` and `step` apart."""
        sums = fill(0.0, width)
        for _ in range(samples):
            sums = fma(fill(get(x, first), width), load(delta, at, width), sums)
            at += row
            first += step
        return sums

    @njit
    def gradient_biases(delta, at, row, samples):
        """Σ δ over all samples."""
        sums = fill(0.0, width)
        for _ in range(samples):
            sums = sums + load(delta, at, width)
            at += row
        return sums

    @njit
    def scaled(sums, part):
        return sums * fill(part, width)

    return forward_few, forward_all, gradient_few, gradient_all, gradient_biases, scaled


few_64, all_64, slope_few_64, slope_all_64, slope_biases_64, scaled_64 = make_sums(WIDTHS[0])
few_32, all_32, slope_few_32, slope_all_32, slope_biases_32, scaled_32 = make_sums(WIDTHS[1])
few_16, all_16, slope_few_16, slope_all_16, slope_biases_16, scaled_16 = make_sums(WIDTHS[2])


@njit
def forward_few(w, base, n_in, row, which, values, begins, order, first, samples, z, to):
    """z of all neurons, for some samples of an order, from their inputs that are not zero."""
    biases = base + n_in * row
    for k in range(first, first + samples):
        sample, c = get(order, k), 0
        start, end = get(begins, sample), get(begins, sample + 1)
        while c + 64 <= row:
            few_64(w, base + c, biases + c, row, which, values, start, end, z, to + c)
            c += 64
        if c + 32 <= row:
            few_32(w, base + c, biases + c, row, which, values, start, end, z, to + c)
            c += 32
        if c < row:
            few_16(w, base + c, biases + c, row, which, values, start, end, z, to + c)
        to += row


@njit
def forward_all(w, base, n_in, row, x, at, step, samples, z, to):
    """z of all neurons, for samples of which all inputs are given, `step` apart."""
    biases = base + n_in * row
    for _ in range(samples):
        c, end = 0, at + n_in
        while c + 64 <= row:
            all_64(w, base + c, biases + c, row, x, at, end, z, to + c)
            c += 64
        if c + 32 <= row:
            all_32(w, base + c, biases + c, row, x, at, end, z, to + c)
            c += 32
        if c < row:
            all_16(w, base + c, biases + c, row, x, at, end, z, to + c)
        at += step
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
            gradient[i] = total(sums)
            here += row
        at += row
        to += step


@njit
def learn_few(
    rule, numbers, w, v, s, base, n_in, row, delta, at, counts, where, values, samples, part, idle
):  # fmt: skip
    """Change a layer's weights by what the samples say, given for each input those that have it.

    Args:
        counts, where, values: as `train.sort_inputs` leaves them.
        part: 1/m.
        idle: whether nothing happens to the weights of an input that no sample has.
    """
    for i in range(n_in):
        c, first = 0, i * samples
        last = first + get(counts, i)
        if idle and first == last:
            base += row
            continue
        while c + 64 <= row:
            g = scaled_64(slope_few_64(delta, at + c, where, values, first, last), part)
            apply_64(rule, w, v, s, base + c, g, numbers, True)
            c += 64
        if c + 32 <= row:
            h = scaled_32(slope_few_32(delta, at + c, where, values, first, last), part)
            apply_32(rule, w, v, s, base + c, h, numbers, True)
            c += 32
        if c < row:
            k = scaled_16(slope_few_16(delta, at + c, where, values, first, last), part)
            apply_16(rule, w, v, s, base + c, k, numbers, True)
        base += row


@njit
def learn_all(rule, numbers, w, v, s, base, n_in, row, delta, at, x, first, step, samples, part):
    """The same, given all inputs of all samples, those of one `step` from the next one's."""
    for i in range(first, first + n_in):
        c = 0
        while c + 64 <= row:
            g = scaled_64(slope_all_64(delta, at + c, row, x, i, step, samples), part)
            apply_64(rule, w, v, s, base + c, g, numbers, True)
            c += 64
        if c + 32 <= row:
            h = scaled_32(slope_all_32(delta, at + c, row, x, i, step, samples), part)
            apply_32(rule, w, v, s, base + c, h, numbers, True)
            c += 32
        if c < row:
            k = scaled_16(slope_all_16(delta, at + c, row, x, i, step, samples), part)
            apply_16(rule, w, v, s, base + c, k, numbers, True)
        base += row


@njit
def learn_biases(rule, numbers, w, v, s, base, row, delta, at, samples, part):
    """Change the biases by what all samples say."""
    for c in range(0, row, LEAST):
        g = scaled_16(slope_biases_16(delta, at + c, row, samples), part)
        apply_16(rule, w, v, s, base + c, g, numbers, False)
