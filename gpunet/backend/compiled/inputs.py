"""What goes into a layer: of a sample the inputs that are not zero, and of an input the samples."""

from typing import Any

import numpy as np
from numba import njit

from gpunet.backend.compiled.vectors import get, prefetch, put

# Bytes that the processor fetches at a time.
LINE = 64


@njit
def fetch(which, values, begins, labels, labelled, order, first, last):
    """Have samples `first` to `last` of an order fetched, which lie anywhere in the memory."""
    for k in range(first, last):
        sample = get(order, k)
        start, end = get(begins, sample), get(begins, sample + 1)
        for at in range(start, end, LINE // 4):
            prefetch(values, at)
        for at in range(start, end, LINE // 2):
            prefetch(which, at)
        if labelled:
            prefetch(labels, sample)


@njit
def find_inputs(begins, order, first, samples, firsts, lasts):
    """Where the lists of some samples of an order begin and end."""
    for k in range(samples):
        sample = get(order, first + k)
        put(firsts, k, get(begins, sample))
        put(lasts, k, get(begins, sample + 1))


@njit
def list_outputs(a, at, row, n, samples, which, values, firsts, lasts):
    """List the n outputs of a layer, from `at` on, that are not zero: the next layer's inputs."""
    for k in range(samples):
        to = at
        put(firsts, k, at)
        for j in range(n):
            output = get(a, at + j)
            put(which, to, j)
            put(values, to, output)
            to += output != 0
        put(lasts, k, to)
        at += row


@njit
def sort_inputs(
    which: Any,
    values: Any,
    firsts: Any,
    lasts: Any,
    samples: Any,
    row: Any,
    n_in: Any,
    counts: Any,
    where: Any,
    found: Any,
) -> None:
    """For each input the samples in which it is not zero; the last, for the biases, is always 1.

    Args:
        counts: how many they are (n_in + 1,).
        where: for each input `samples` places, for where those samples' gradients lie.
        found: as many places, for their values of the input.
    """
    for i in range(n_in):
        put(counts, i, 0)
    for k in range(samples):
        for at in range(get(firsts, k), get(lasts, k)):
            own = np.int64(get(which, at))
            before = get(counts, own)
            put(counts, own, before + 1)
            put(where, own * samples + before, k * row)
            put(found, own * samples + before, get(values, at))
        put(where, n_in * samples + k, k * row)
        put(found, n_in * samples + k, 1)
    put(counts, n_in, samples)


@njit
def count_inputs(images, samples, inputs, begins):
    """begins[i + 1] ← how many inputs of sample i are not zero."""
    for i in range(samples):
        found = 0
        for at in range(i * inputs, (i + 1) * inputs):
            found += get(images, at) != 0
        put(begins, i + 1, found)


@njit
def write_inputs(images, samples, inputs, scale, begins, which, values):
    """Fill the lists that begin there; inputs are multiplied by the one number of `scale`."""
    for i in range(samples):
        to = get(begins, i)
        for j in range(inputs):
            number = get(images, i * inputs + j)
            if number != 0:
                put(which, to, j)
                put(values, to, np.float32(number) * get(scale, 0))
                to += 1
