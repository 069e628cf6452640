"""The functions that the book's programs define next to their networks."""

from typing import Any

import numpy as np

from gpunet.backend.plain import Array


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ), chapter 1 equation (3), of a number or an array of any shape."""
    with np.errstate(over="ignore"):
        return logistic(np, np.asarray(z, dtype=float))


def sigmoid_prime(z: Any) -> Any:
    """σ′(z) = σ(z) (1 − σ(z)), of a number or an array of any shape."""
    a = sigmoid(z)
    return a * (1.0 - a)


def vectorized_result(j: int) -> Any:
    """The desired output for digit j: a column (10, 1), 1.0 at place j and 0.0 elsewhere."""
    column = np.zeros((10, 1))
    column[j] = 1.0
    return column


def logistic(xp: Any, z: Array) -> Array:
    """σ(z) on a device; e⁻ᶻ may be infinite, and σ is 0 then, as it should be.

    Unlike the core's ½ + ½ tanh(z/2), this keeps all digits of an output near 0, and so
    distinguishes outputs that are nearly 0: accuracy and cost depend on it where neurons are
    saturated.
    """
    a = xp.exp(-z)
    a += 1.0
    return 1.0 / a
