"""The activation functions of the book's network3, and custom ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gpunet.book import functions
from gpunet.book.chapter6.elementwise import make_elementwise
from gpunet.book.theano.expressions import Expression
from gpunet.core.errors import InputError
from gpunet.nn.activations import Activation, find_activation
from gpunet.nn.layers.base import Layer

Function = Callable[[Any], Any]


def linear(z: Any) -> Any:
    """z."""
    return z


def ReLU(z: Any) -> Any:  # noqa: N802 - the book's name
    """max(0, z); its derivative at 0 is taken to be 0."""
    return np.maximum(0.0, z)


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ)."""
    return 0.5 + 0.5 * np.tanh(0.5 * z) if isinstance(z, Expression) else functions.sigmoid(z)


def tanh(z: Any) -> Any:
    """tanh z."""
    return np.tanh(z)


# What `gpunet.nn` calls them.
ACTIVATIONS: dict[Function, str] = {
    linear: "linear",
    ReLU: "relu",
    sigmoid: "sigmoid",
    functions.sigmoid: "sigmoid",
    tanh: "tanh",
    np.tanh: "tanh",
}


def find_function(function: Function, neurons: int) -> tuple[Activation, list[Layer]]:
    """The activation of the layer itself, and the layers to add on top of it, for a function.

    Raises:
        InputError: it is neither known nor made of known functions; says which are.
    """
    if not callable(function):
        raise InputError(f"activation_fn {function!r}: give a function, such as ReLU")
    if function in ACTIVATIONS:
        return find_activation(ACTIVATIONS[function]), []
    return find_activation("linear"), [make_elementwise(function, neurons)]
