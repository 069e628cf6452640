"""The two costs of network2, chapter 3."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from gpunet.backend.plain import Array
from gpunet.book.functions import sigmoid_prime
from gpunet.core.errors import InputError


class BookCost(ABC):
    """A cost as the book has it: a class that is never made an object of.

    Attributes:
        core: what `gpunet.nn` calls it.
    """

    core: str

    @staticmethod
    @abstractmethod
    def fn(a: Any, y: Any) -> float:
        """The cost of outputs a for the desired outputs y, both (n_out, 1)."""

    @staticmethod
    @abstractmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """The error ∂C/∂z of the output layer, all (n_out, 1)."""

    @staticmethod
    @abstractmethod
    def terms(xp: Any, a: Array, y: Array) -> Array:
        """What each output adds to the cost: arrays of the same shape, on one device."""


class QuadraticCost(BookCost):
    """½ ‖a − y‖², chapter 1 equation (6)."""

    core = "quadratic"

    @staticmethod
    def fn(a: Any, y: Any) -> float:
        """The cost of outputs a for the desired outputs y, both (n_out, 1)."""
        return float(np.sum(QuadraticCost.terms(np, a, y)))

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """(a − y) σ′(z), chapter 2 equation (30), all (n_out, 1)."""
        return (a - y) * sigmoid_prime(z)

    @staticmethod
    def terms(xp: Any, a: Array, y: Array) -> Array:
        """½ (a − y)²."""
        return 0.5 * (a - y) ** 2


class CrossEntropyCost(BookCost):
    """−Σ [y ln a + (1 − y) ln(1 − a)], chapter 3 equation (63)."""

    core = "cross-entropy"

    @staticmethod
    def fn(a: Any, y: Any) -> float:
        """The cost of outputs a for the desired outputs y, both (n_out, 1).

        Where a and y are both 0 or both 1 an output costs nothing, though it is 0 · ln 0.
        """
        with np.errstate(over="ignore"):
            return float(np.sum(CrossEntropyCost.terms(np, a, y)))

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """a − y, chapter 3 equation (66); z is not needed."""
        return a - y

    @staticmethod
    def terms(xp: Any, a: Array, y: Array) -> Array:
        """−y ln a − (1 − y) ln(1 − a); infinite costs become the largest number there is."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return xp.nan_to_num(-(y * xp.log(a)) - (1.0 - y) * xp.log(1.0 - a))


# What a saved file may name.
COSTS: dict[str, type[BookCost]] = {
    cost.__name__: cost for cost in (QuadraticCost, CrossEntropyCost)
}


def check_cost(cost: Any) -> type[BookCost]:
    """The cost, or InputError if it is neither of the two."""
    if cost not in COSTS.values():
        raise InputError(f"cost {cost!r}: give one of the classes {', '.join(COSTS)}")
    chosen: type[BookCost] = cost
    return chosen
