"""The two costs of network2, chapter 3, and what a custom cost must have."""

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple, Protocol

import numpy as np

from gpunet.backend.plain import Array
from gpunet.book.functions import sigmoid_prime
from gpunet.core.errors import InputError


class BookCost(Protocol):
    """A cost as in the book: a class with two static methods, or an instance of one."""

    def fn(self, a: Any, y: Any, /) -> Any:
        """The cost of outputs a for the desired outputs y, both (n_out, 1)."""

    def delta(self, z: Any, a: Any, y: Any, /) -> Any:
        """The error ∂C/∂z of the output layer, all (n_out, 1)."""


class QuadraticCost:
    """½ ‖a − y‖², chapter 1 equation (6)."""

    @staticmethod
    def fn(a: Any, y: Any) -> float:
        """The cost of outputs a for the desired outputs y, both (n_out, 1)."""
        return float(0.5 * np.linalg.norm(np.subtract(a, y)) ** 2)

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """(a − y) σ′(z), chapter 2 equation (30), all (n_out, 1)."""
        return (a - y) * sigmoid_prime(z)


class CrossEntropyCost:
    """−Σ [y ln a + (1 − y) ln(1 − a)], chapter 3 equation (63)."""

    @staticmethod
    def fn(a: Any, y: Any) -> float:
        """The cost of outputs a for the desired outputs y, both (n_out, 1).

        Where a and y are both 0 or both 1 an output costs nothing, though it is 0 · ln 0.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            terms = -(y * np.log(a)) - (1.0 - y) * np.log(1.0 - a)
            total = float(np.sum(terms))
            return total if isfinite(total) else float(np.sum(np.nan_to_num(terms)))

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """a − y, chapter 3 equation (66); z is not needed."""
        return a - y


def quadratic_terms(xp: Any, a: Array, y: Array) -> Array:
    """½ (a − y)²."""
    return 0.5 * (a - y) ** 2


def cross_entropy_terms(xp: Any, a: Array, y: Array) -> Array:
    """−y ln a − (1 − y) ln(1 − a); infinite costs become the largest number there is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return xp.nan_to_num(-(y * xp.log(a)) - (1.0 - y) * xp.log(1.0 - a))


class MatrixCost(NamedTuple):
    """How a cost is computed for many samples at once.

    Attributes:
        core: what `gpunet.nn` calls it.
        terms: what each output adds to the cost: (xp, a, y) → an array shaped like a and y.
    """

    core: str
    terms: Callable[[Any, Array, Array], Array]


QUADRATIC = MatrixCost("quadratic", quadratic_terms)
CROSS_ENTROPY = MatrixCost("cross-entropy", cross_entropy_terms)
# Compared by function, so that a subclass that overrides one is not taken for the original.
KNOWN = [
    (QuadraticCost.fn, QuadraticCost.delta, QUADRATIC),
    (CrossEntropyCost.fn, CrossEntropyCost.delta, CROSS_ENTROPY),
]


def find_matrix_cost(cost: BookCost) -> MatrixCost | None:
    """How a cost is computed for many samples at once; None if only its own methods can."""
    for fn, delta, known in KNOWN:
        if cost.fn is fn and cost.delta is delta:
            return known
    return None


def is_cost(value: Any) -> bool:
    """Whether it has what a cost must have."""
    return callable(getattr(value, "fn", None)) and callable(getattr(value, "delta", None))


def check_cost(cost: Any) -> BookCost:
    """The cost, or InputError if it is not a cost."""
    if not is_cost(cost):
        raise InputError(
            f"cost {cost!r}: give CrossEntropyCost, QuadraticCost, or a class or object with "
            "fn(a, y) and delta(z, a, y)"
        )
    chosen: BookCost = cost
    return chosen


def name_cost(cost: BookCost) -> str:
    """The name of a cost's class; the cost may be the class itself."""
    return str(getattr(cost, "__name__", type(cost).__name__))
