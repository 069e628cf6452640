"""Cost functions: their value, and the gradient that is propagated back.

For a batch of m samples with outputs a and targets y, both (m, n): C = (1/m) Σ over the samples.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any

from gpunet.backend.fused_functions import FusedCost
from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.core.errors import InputError, find_named
from gpunet.nn.activations import Activation


class Cost(ABC):
    """A cost of outputs against targets.

    Attributes:
        name: as the command line spells it.
        partner: the activation whose derivative this cost's own cancels: then ∂C/∂z = a − y,
            without division by small numbers.
        output: the default activation of the output layer; None for that of the hidden layers.
        fused: value and ∂C/∂a in C++ for the fused kernel; None where it cannot compute them.
    """

    name: str
    partner: str | None = None
    output: str | None = None

    @property
    @abstractmethod
    def fused(self) -> FusedCost | None: ...

    @abstractmethod
    def total(self, xp: Any, a: Array, y: Array) -> Array:
        """The sum over the samples, as an array of no dimensions on the device."""

    def each(self, xp: Any, a: Array, y: Array) -> Array:
        """The cost of each sample (m,), on the device."""
        return xp.stack([self.total(xp, a[i : i + 1], y[i : i + 1]) for i in range(len(a))])

    @abstractmethod
    def check(self, output: Activation) -> None:
        """Raise InputError, naming a suitable one, if the output layer does not suit."""

    def gradient(
        self, p: Primitives, output: Activation, a: Array, y: Array, out: Array
    ) -> Sequence[Operation]:
        """Operations that write ∂C/∂z of the output layer into out (m, n), for each sample."""
        if self.cancels(output):
            return (partial(p.xp.subtract, a, y, out),)
        return (*self.slope(p, a, y, out), *output.chain(p, a, out))

    def cancels(self, output: Activation) -> bool:
        """Whether this cost's derivative cancels that of the output layer."""
        return output.name == self.partner

    def slope(self, p: Primitives, a: Array, y: Array, out: Array) -> Sequence[Operation]:
        """Operations that write ∂C/∂a into out (m, n): where `check` allows more than the partner.

        It is needed and called only there.
        """
        raise NotImplementedError(f"{type(self).__name__}.slope: ∂C/∂a of the {self.name} cost")


class SummedCost(Cost):
    """A cost to which each output adds a term of its own.

    Attributes:
        factor: multiplies the sums of the terms, which is quicker than to multiply the terms.
    """

    factor: float

    @abstractmethod
    def terms(self, xp: Any, a: Array, y: Array) -> Array:
        """What each output adds (m, n), but for the factor."""

    def total(self, xp: Any, a: Array, y: Array) -> Array:
        return self.factor * xp.sum(self.terms(xp, a, y))

    def each(self, xp: Any, a: Array, y: Array) -> Array:
        return self.factor * xp.sum(self.terms(xp, a, y), axis=1)


class Quadratic(SummedCost):
    """½ ‖y − a‖², chapter 1 equation (6)."""

    name = "quadratic"
    partner = "linear"
    factor = 0.5
    fused = FusedCost("(Real)0.5 * (a - y) * (a - y)", slope="a - y")

    def terms(self, xp: Any, a: Array, y: Array) -> Array:
        return (a - y) ** 2

    def check(self, output: Activation) -> None:
        """Any output layer will do."""

    def slope(self, p: Primitives, a: Array, y: Array, out: Array) -> Sequence[Operation]:
        return (partial(p.xp.subtract, a, y, out),)


class CrossEntropy(SummedCost):
    """−Σ [y ln a + (1 − y) ln(1 − a)], chapter 3 equation (63)."""

    name = "cross-entropy"
    partner = output = "sigmoid"
    factor = -1.0
    fused = FusedCost("-(y * safe_log(a) + (1 - y) * safe_log(1 - a))")

    def terms(self, xp: Any, a: Array, y: Array) -> Array:
        return y * safe_log(xp, a) + (1 - y) * safe_log(xp, 1 - a)

    def check(self, output: Activation) -> None:
        if output.name != self.partner:
            raise InputError(
                f"the cross-entropy cost needs a sigmoid output layer, not {output.name}; "
                "for softmax take the log-likelihood cost"
            )


class LogLikelihood(SummedCost):
    """−ln a of the right class, chapter 3 equation (80)."""

    name = "log-likelihood"
    partner = output = "softmax"
    factor = -1.0
    fused = FusedCost("-y * safe_log(a)")

    def terms(self, xp: Any, a: Array, y: Array) -> Array:
        return y * safe_log(xp, a)

    def check(self, output: Activation) -> None:
        if output.name != self.partner:
            raise InputError(
                f"the log-likelihood cost needs a softmax output layer, not {output.name}; "
                "for sigmoid take the cross-entropy cost"
            )


def safe_log(xp: Any, a: Array) -> Array:
    """ln a, with 0 taken as the smallest positive number, so that 0 · ln 0 is 0."""
    return xp.log(xp.maximum(a, xp.finfo(a.dtype).tiny))


COSTS: dict[str, Cost] = {
    cost.name: cost for cost in (Quadratic(), CrossEntropy(), LogLikelihood())
}


def find_cost(name: str | Cost) -> Cost:
    """The cost of that name; InputError if there is none."""
    return name if isinstance(name, Cost) else find_named("cost", COSTS, name)
