"""Custom activation functions, their derivatives, and those that are refused."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.book.chapter6.activations import ReLU, find_function, linear, sigmoid, tanh
from gpunet.book.chapter6.elementwise import Elementwise, make_elementwise
from gpunet.book.theano import tensor as T  # noqa: N812 - as the book imports it
from gpunet.nn.layers.base import Binding, GradientSink
from gpunet.nn.step import run
from tests.backends import assert_close

# Away from 0 and ±1, where some of them have a corner.
Z = np.array([[-3.2, -1.7, -0.6, -0.3], [0.2, 0.45, 1.3, 2.9]])
Function = Callable[[Any], Any]


def selu(z: Any) -> Any:
    return 1.05 * np.where(z > 0, z, 1.67 * (np.exp(z) - 1))


def gelu(z: Any) -> Any:
    return 0.5 * z * (1 + np.tanh(0.8 * (z + 0.045 * z**3)))


FUNCTIONS: dict[str, Function] = {
    "identity": lambda z: z,
    "linear": lambda z: 3 - 2 * z,
    "swish": lambda z: z * sigmoid(z),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softplus, safely": lambda z: np.logaddexp(0, z),
    "log1p": lambda z: np.log1p(np.exp(z)) - np.expm1(-z * z),
    "selu": selu,
    "gelu": gelu,
    "softsign": lambda z: z / (1 + abs(z)),
    "leaky": lambda z: np.maximum(z, 0.1 * z),
    "hard tanh": lambda z: T.minimum(1, T.maximum(-1, z)),
    "comparison": lambda z: (z > 0) * z**2 - (z < -1) + (z >= 1) * 2 + (z <= 2),
    "step within": lambda z: z * np.sign(z) * np.sqrt(np.square(z) + 1),
    "trigonometric": lambda z: np.sin(z) - np.cos(2 * z) + np.arctan(z),
    "hyperbolic": lambda z: np.sinh(z) / np.cosh(z),
    "reciprocal": lambda z: 1 / (2 + z * z) - (-z),
    "ReLU of tanh": lambda z: ReLU(tanh(z)) + linear(z),
    "power": lambda z: (z * z + 1) ** 1.5 + np.power(z, 3),
    "chosen by a number": lambda z: T.switch(T.maximum(z, 0), z * z, 0.5),
}


def bind(device: Device, function: Function, z: Any) -> tuple[Any, Any, Any]:
    """Bound to z: the layer, what runs forward, and ∂C/∂z for ∂C/∂f of 1, 2, 3 …"""
    layer = make_elementwise(function, z.shape[1])
    bound = layer.bind(Binding(device, (), device.put(np.asfortranarray(z)), "F", None))
    below = device.put(np.zeros_like(z, order="F"))
    bound.gradient[...] = device.put(np.arange(1.0, z.size + 1).reshape(z.shape).astype(z.dtype))
    return bound, [*bound.forward(), *bound.backward(GradientSink(1.0, 0.0, ()), below)], below


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_derivative(device: Device, name: str, dtype: str) -> None:
    """The value as NumPy computes it of an array, the derivative by five points."""
    function, z = FUNCTIONS[name], Z.astype(dtype)
    with device.active():
        bound, operations, below = bind(device, function, z)
        run(operations)
        run(operations)  # nothing of the first time is left
    values = [function(z + shift * 1e-3) for z in [Z] for shift in (-2, -1, 0, 1, 2)]
    slopes = (values[0] - 8 * values[1] + 8 * values[3] - values[4]) / 12e-3
    tolerance = 1e-5 if dtype == "float32" else 1e-9
    assert_close(device, bound.output, values[2], tolerance, tolerance)
    weights = np.arange(1.0, Z.size + 1).reshape(Z.shape)
    assert_close(device, below, weights * slopes, max(tolerance, 1e-8), max(tolerance, 1e-8))


def test_where_one_branch_is_infinite_the_other_still_counts(device: Device) -> None:
    with device.active(), np.errstate(over="ignore"):
        bound, operations, below = bind(device, selu, np.array([[800.0, -800.0]]))
        run(operations)
    assert_close(device, bound.output, np.array([[840.0, -1.05 * 1.67]]), 1e-12)
    assert_close(device, below, np.array([[1.05, 0.0]]), 1e-12)


@pytest.mark.parametrize("known", [linear, ReLU, sigmoid, tanh, T.tanh])
def test_those_of_the_book_are_part_of_their_layer(known: Function) -> None:
    activation, above = find_function(known, 5)
    assert above == []
    assert activation.name == known.__name__.lower()
    z = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(sigmoid(z), 1 / (1 + np.exp(-z)), rtol=1e-14)


def test_workspaces_are_counted() -> None:
    layer = make_elementwise(lambda z: z * z, 5)  # z², and the derivative z + z
    assert isinstance(layer, Elementwise)
    assert layer.workspace == 5 * (2 + 2)


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (math.exp, "activation_fn exp: .*; make it of operators and of NumPy's"),
        (lambda z: z if z > 0 else 0.1 * z, "T.switch chooses"),
        (lambda z: 1.0, "it gives 1.0 whatever its argument is"),
        (lambda z: np.exp(z) / np.sum(np.exp(z)), "activation_fn <lambda>: "),
        (lambda z: np.cbrt(z), "the derivative of cbrt is not known"),
        (lambda z: z - T.mean(z), "the derivative of a function within it is not known"),
        (lambda z: 2.0**z, "in the exponent of power; exp takes it"),
        (lambda z: z * np.array([1.0, 2.0]), "it contains an array"),
        (lambda z: z + T.matrix("x"), "it contains a variable other than its argument"),
        (lambda z: undefined(z), "name 'undefined' is not defined"),  # type: ignore[name-defined]  # noqa: F821
        (lambda: 1, "takes 0 positional arguments"),
    ],
)
def test_all_others_are_refused_with_what_to_do(function: Any, complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        find_function(function, 5)
