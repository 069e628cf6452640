"""Samples as lists of the inputs that are not zero: four fifths of MNIST's pixels are."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit


class Lists(NamedTuple):
    """Of each sample the inputs that are not zero.

    Attributes:
        which: uint16, their numbers.
        values: float32, scaled.
        begins: int64 (n + 1,): those of sample i are from begins[i] to begins[i + 1].
    """

    which: Any
    values: Any
    begins: Any


def list_inputs(images: Any, scale: float) -> Lists:
    """The lists of samples (n, inputs), whose numbers are multiplied by `scale`."""
    begins = np.zeros(len(images) + 1, np.int64)
    count_inputs(images, begins)
    np.cumsum(begins, out=begins)
    which = np.empty(begins[-1], np.uint16)
    values = np.empty(begins[-1], np.float32)
    write_inputs(images, np.float32(scale), begins, which, values)
    return Lists(which, values, begins)


@njit(nogil=True, cache=True)
def count_inputs(images, begins):
    """begins[i + 1] ← how many inputs of sample i are not zero."""
    for i in range(len(images)):
        found = 0
        for j in range(images.shape[1]):
            found += images[i, j] != 0
        begins[i + 1] = found


@njit(nogil=True, cache=True)
def write_inputs(images, scale, begins, which, values):
    """Fill the lists that begin there."""
    for i in range(len(images)):
        at = begins[i]
        for j in range(images.shape[1]):
            if images[i, j] != 0:
                which[at] = j
                values[at] = np.float32(images[i, j]) * scale
                at += 1
