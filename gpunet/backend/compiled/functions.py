"""Activations, their slopes, and costs, on rows of vectors.

Numbers beyond a row's last neuron are padding: whatever activations make of it is never used, and
gradients there are zero.
"""

from math import log

import numpy as np
from numba import njit

from gpunet.backend.compiled.names import (
    CROSS_ENTROPY,
    LEAST,
    LINEAR,
    QUADRATIC,
    SIGMOID,
    SOFTMAX,
    TANH,
)
from gpunet.backend.compiled.vectors import below, fill, fma, get, load, put, store, two_to_the

TINY = float(np.finfo(np.float32).tiny)
# e^z overflows above the one, and is no longer a normal number below the other.
MOST, FEWEST = 88.0, -87.0
# Added to a number, it leaves the nearest whole number in the last bits.
SHIFT = 1.5 * 2.0**23
LOG2_E = 1.4426950408889634
# ln 2 in two parts, the first of which has few enough bits for exact multiples.
LN2_HIGH, LN2_LOW = 0.693359375, -2.1219444005469057e-4


@njit
def number(value):
    """One of type float32."""
    return np.float32(value)


@njit
def vector(value):
    """Of one number."""
    return fill(np.float32(value), LEAST)


@njit
def exponential(z):
    """eᶻ: 2ⁿ times the Taylor polynomial of e^r, |r| ≤ ½ ln 2; right to about one last bit."""
    z = below(z, vector(FEWEST), vector(FEWEST), z)
    z = below(vector(MOST), z, vector(MOST), z)
    shifted = fma(z, vector(LOG2_E), vector(SHIFT))
    n = shifted - vector(SHIFT)
    r = fma(n, vector(-LN2_LOW), fma(n, vector(-LN2_HIGH), z))
    e = fma(r, vector(1 / 5040), vector(1 / 720))
    e = fma(r, e, vector(1 / 120))
    e = fma(r, e, vector(1 / 24))
    e = fma(r, e, vector(1 / 6))
    e = fma(r, e, vector(0.5))
    e = fma(r, e, vector(1.0))
    e = fma(r, e, vector(1.0))
    return e * two_to_the(shifted)


@njit
def logistic(z):
    """1 / (1 + e⁻ᶻ)."""
    one = vector(1.0)
    return one / (one + exponential(vector(0.0) - z))


@njit
def hyperbolic(z):
    """tanh z: 1 − 2 / (e²ᶻ + 1), and near 0, where that cancels, its Taylor polynomial."""
    one = vector(1.0)
    far = one - vector(2.0) / (exponential(z + z) + one)
    square = z * z
    near = fma(square, vector(62 / 2835), vector(-17 / 315))
    near = fma(square, near, vector(2 / 15))
    near = fma(square, near, vector(-1 / 3))
    near = fma(square * z, near, z)
    return below(square, vector(0.0625), near, far)


@njit
def activate(kind, a, at, row, rows, n):
    """a holds rows of z, that long, from `at` on; afterwards f(z), of n neurons."""
    if kind == LINEAR:
        return
    if kind == SOFTMAX:
        for start in range(at, at + rows * row, row):
            softmax(a, start, row, n)
        return
    for i in range(at, at + rows * row, LEAST):
        z = load(a, i, LEAST)
        if kind == SIGMOID:
            store(a, i, logistic(z))
        elif kind == TANH:
            store(a, i, hyperbolic(z))
        else:
            zero = vector(0.0)
            store(a, i, below(z, zero, zero, z))  # a NaN stays one


@njit
def softmax(a, at, row, n):
    """One row of z, of n numbers, becomes eᶻʲ / Σₖ eᶻᵏ."""
    most = get(a, at)
    for i in range(at + 1, at + n):
        if get(a, i) > most:
            most = get(a, i)
    for i in range(at, at + row, LEAST):
        store(a, i, exponential(load(a, i, LEAST) - fill(most, LEAST)))
    total = number(0.0)
    for i in range(at, at + n):
        total += get(a, i)
    part = number(1.0) / total
    for i in range(at, at + row, LEAST):
        store(a, i, load(a, i, LEAST) * fill(part, LEAST))


@njit
def chain(kind, a, gradient, at, row, rows, n):
    """gradient holds ∂C/∂a, laid out as a = f(z) is; afterwards ∂C/∂z."""
    if kind == LINEAR:
        return
    if kind == SOFTMAX:
        for start in range(at, at + rows * row, row):
            total = number(0.0)
            for i in range(start, start + n):
                total += get(gradient, i) * get(a, i)
            for i in range(start, start + n):
                put(gradient, i, get(a, i) * (get(gradient, i) - total))
        return
    for i in range(at, at + rows * row, LEAST):
        g, f = load(gradient, i, LEAST), load(a, i, LEAST)
        if kind == SIGMOID:
            store(gradient, i, g * (f - f * f))
        elif kind == TANH:
            store(gradient, i, g * (vector(1.0) - f * f))
        else:
            zero = vector(0.0)
            store(gradient, i, below(zero, f, g, zero))


@njit
def cost_of(kind, a, y, at, n):
    """What one sample costs, of n outputs a against targets y, from `at` on."""
    found = 0.0
    for i in range(at, at + n):
        output, target = get(a, i), get(y, i)
        if kind == QUADRATIC:
            found += 0.5 * (output - target) * (output - target)
            continue
        if target != 0:
            found -= target * log(max(output, number(TINY)))
        if kind == CROSS_ENTROPY and target != 1:
            found -= (1 - target) * log(max(number(1.0) - output, number(TINY)))
    return found
