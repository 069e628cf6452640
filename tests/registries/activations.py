"""What must be said of an activation, and be true."""

from collections.abc import Iterator
from math import frexp
from typing import Any

import numpy as np

from gpunet.backend.plain import Primitives
from gpunet.nn.activations import Activation
from gpunet.nn.step import run
from tests.nn.formulas import FUNCTIONS
from tests.registries.shown import complain_of_command_line, complain_of_documentation

Z = np.linspace(-3.0, 3.1, 40).reshape(8, 5)
STEP = 1e-5


def complaints(activation: Activation) -> list[str]:
    """All that is missing or untrue."""
    return [
        *complain_of_attributes(activation),
        *complain_of_formula(activation),
        *complain_of_chain(activation),
        *complain_of_documentation(type(activation), activation.name),
        *complain_of_command_line("--activation", activation.name),
    ]


def apply(activation: Activation, z: Any) -> Any:
    """f(z) as `apply` computes it, in float64."""
    a = activation.input_scale * z
    run(activation.apply(Primitives(np), a))
    return a


def complain_of_attributes(activation: Activation) -> Iterator[str]:
    """Attributes that are not what the function is."""
    place = f"gpunet/nn/activations.py, {type(activation).__name__}"
    if frexp(activation.input_scale)[0] != 0.5:
        yield f"{place}.input_scale: {activation.input_scale} is no power of two"
    other = Z.copy()
    other[:, 0] += 1.0
    same = np.array_equal(apply(activation, Z)[:, 1:], apply(activation, other)[:, 1:])
    if same != activation.elementwise:
        yield f"{place}.elementwise: is {activation.elementwise}, and should be {same}"
    falls = bool((np.diff(apply(activation, Z.reshape(-1, 1)), axis=0) < 0).any())
    increasing = same and not falls
    if increasing != activation.increasing:
        yield f"{place}.increasing: is {activation.increasing}, and should be {increasing}"


def complain_of_formula(activation: Activation) -> Iterator[str]:
    """A formula that is missing, or differs."""
    place = f"tests/nn/formulas.py, FUNCTIONS[{activation.name!r}]"
    if activation.name not in FUNCTIONS:
        yield f"{place}: is missing"
    elif not np.allclose(FUNCTIONS[activation.name](Z), apply(activation, Z), rtol=1e-12):
        yield f"{place}: is not what {type(activation).__name__}.apply computes"


def complain_of_chain(activation: Activation) -> Iterator[str]:
    """A derivative that is not that of the function."""
    given = np.cos(np.arange(Z.size)).reshape(Z.shape)  # any ∂C/∂a
    gradient = given.copy()
    run(activation.chain(Primitives(np), apply(activation, Z), gradient))
    for column in range(Z.shape[1]):
        shift = STEP * (np.arange(Z.shape[1]) == column)
        slope = (apply(activation, Z + shift) - apply(activation, Z - shift)) / (2 * STEP)
        if not np.allclose((given * slope).sum(axis=1), gradient[:, column], atol=1e-8):
            yield f"gpunet/nn/activations.py, {type(activation).__name__}.chain: is not ∂C/∂z"
            return
