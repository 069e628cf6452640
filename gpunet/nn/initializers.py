"""The book's two ways to choose the first weights and biases, and a third.

All draw on the host, in float64, so that every device and every dtype starts from the same
numbers.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from gpunet.core.errors import find_named

# (n_out, n_in, rng) → [W (n_out, n_in), b (n_out,)]
Initializer = Callable[[int, int, np.random.Generator], list[Any]]


def large(n_out: int, n_in: int, rng: np.random.Generator) -> list[Any]:
    """Standard normal weights and biases: chapter 1's, network2's `large_weight_initializer`."""
    return [rng.standard_normal((n_out, n_in)), rng.standard_normal(n_out)]


def scaled(n_out: int, n_in: int, rng: np.random.Generator) -> list[Any]:
    """Weights of standard deviation 1/√n_in: chapter 3's, network2's `default_weight_initializer`.

    Biases are standard normal.
    """
    return [rng.standard_normal((n_out, n_in)) / sqrt(n_in), rng.standard_normal(n_out)]


def glorot(n_out: int, n_in: int, rng: np.random.Generator) -> list[Any]:
    """Weights and biases uniform within ±√(6 / (n_in + n_out)), as scikit-learn draws both.

    But for "logistic", its name for sigmoid hidden layers: there it has 2 in the place of 6, and
    so have the estimators of `gpunet.interop`.

    Source, of the weights: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", 2010, equation (16).
    """
    bound = sqrt(6 / (n_in + n_out))
    return [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]


INITIALIZERS: dict[str, Initializer] = {"large": large, "scaled": scaled, "glorot": glorot}


def find_initializer(name: str) -> Initializer:
    """The initializer of that name; InputError if there is none."""
    return find_named("initializer", INITIALIZERS, name)
