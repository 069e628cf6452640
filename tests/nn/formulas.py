"""Activations and costs by the formulas of their sources, in plain NumPy: what the tests trust."""

from collections.abc import Callable
from typing import Any

import numpy as np

# f(z) of one sample's z (…, n).
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "linear": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
}
# The terms of the cost of outputs a against targets y.
COST_TERMS: dict[str, Callable[[Any, Any], Any]] = {
    "quadratic": lambda a, y: 0.5 * (y - a) ** 2,
    "cross-entropy": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)),
    "log-likelihood": lambda a, y: -y * np.log(a),
}
