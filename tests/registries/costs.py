"""What must be said of a cost, and be true."""

from collections.abc import Iterator

import numpy as np

from gpunet.backend.plain import Primitives
from gpunet.core.errors import InputError
from gpunet.nn.activations import ACTIVATIONS, Activation
from gpunet.nn.costs import Cost
from gpunet.nn.step import run
from tests.nn.formulas import COST_TERMS
from tests.registries.activations import apply
from tests.registries.shown import complain_of_command_line, complain_of_documentation

Z = np.random.default_rng(2).standard_normal((6, 4))
Y = np.eye(4)[[0, 1, 2, 3, 1, 1]]
STEP = 1e-6


def complaints(cost: Cost) -> list[str]:
    """All that is missing or untrue."""
    return [
        *complain_of_partners(cost),
        *complain_of_formula(cost),
        *complain_of_gradients(cost),
        *complain_of_documentation(type(cost), cost.name),
        *complain_of_command_line("--cost", cost.name),
    ]


def suits(cost: Cost, activation: Activation) -> bool:
    """Whether a cost lets in that output layer."""
    try:
        cost.check(activation)
    except InputError:
        return False
    return True


def complain_of_partners(cost: Cost) -> Iterator[str]:
    """Output layers named that are none, or do not suit."""
    for attribute in ("partner", "output"):
        name = getattr(cost, attribute)
        if name is not None and not (name in ACTIVATIONS and suits(cost, ACTIVATIONS[name])):
            yield f"gpunet/nn/costs.py, {type(cost).__name__}.{attribute}: {name} does not suit"


def complain_of_formula(cost: Cost) -> Iterator[str]:
    """A formula that is missing, or differs."""
    place, a = f"tests/nn/formulas.py, COST_TERMS[{cost.name!r}]", 0.9 / (1 + np.exp(-Z))
    if cost.name not in COST_TERMS:
        yield f"{place}: is missing"
    elif not np.isclose(COST_TERMS[cost.name](a, Y).sum(), cost.total(np, a, Y), rtol=1e-12):
        yield f"{place}: is not what {type(cost).__name__}.total computes"
    elif not np.allclose(COST_TERMS[cost.name](a, Y).sum(axis=1), cost.each(np, a, Y), rtol=1e-12):
        yield f"{place}: is not what {type(cost).__name__}.each computes"


def complain_of_gradients(cost: Cost) -> Iterator[str]:
    """∂C/∂z that is missing, or is not the derivative, for any output layer that is let in."""
    place = f"gpunet/nn/costs.py, {type(cost).__name__}"
    for activation in ACTIVATIONS.values():
        if not suits(cost, activation):
            continue
        a, found = apply(activation, Z), np.empty_like(Z)
        try:
            run(cost.gradient(Primitives(np), activation, a, Y, found))
        except NotImplementedError as error:
            yield f"gpunet/nn/costs.py, {error} is missing, and {activation.name} needs it"
            return
        expected = np.empty_like(Z)
        for where in np.ndindex(Z.shape):
            shift = np.zeros_like(Z)
            shift[where] = STEP
            up, down = (cost.total(np, apply(activation, Z + s), Y) for s in (shift, -shift))
            expected[where] = (up - down) / (2 * STEP)
        if not np.allclose(found, expected, rtol=1e-6, atol=1e-7):
            yield f"{place}.gradient: is not ∂C/∂z with {activation.name}"
