"""Samples as lists of the inputs that are not zero: four fifths of MNIST's pixels are."""

from typing import Any, NamedTuple

import numpy as np

from gpunet.backend.compiled.machine_code import function


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
    bytes_ = images.dtype == np.uint8
    images = np.ascontiguousarray(images, np.uint8 if bytes_ else np.float32)
    function("count_bytes" if bytes_ else "count_floats")(images, *images.shape, begins)
    np.cumsum(begins, out=begins)
    which, values = np.empty(begins[-1], np.uint16), np.empty(begins[-1], np.float32)
    write = function("write_bytes" if bytes_ else "write_floats")
    write(images, *images.shape, np.full(1, scale, np.float32), begins, which, values)
    return Lists(which, values, begins)
