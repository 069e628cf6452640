"""The functions of a network as the fused kernel computes them, in C++.

Activations and costs bring their own C++ text; generating the kernel for a network needs nothing
else of them. In a text `Real` is the type of all numbers; `hyperbolic(z)` and
`exponential(z)` are tanh and exp of that type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Elementwise:
    """An elementwise activation.

    Attributes:
        apply: f(z), an expression of z.
        slope: f′(z), an expression of a = f(z).
    """

    apply: str
    slope: str
    by_row: ClassVar[bool] = False

    def specialize(self, layer: int, neurons: int) -> str:
        """The functions of the layer of that number."""
        return (
            f"template <> DEVICE Real activated<{layer}>(Real z) {{ return {self.apply}; }}\n"
            f"template <> DEVICE Real slope<{layer}>(Real a) {{ return {self.slope}; }}\n"
        )


@dataclass(frozen=True)
class Rowwise:
    """An activation of a sample's n numbers as a whole.

    Attributes:
        apply: statements by which a[0] to a[n − 1] go from z to f(z).
        chain: statements by which g[0] to g[n − 1] go from ∂C/∂a to ∂C/∂z, a being f(z).
    """

    apply: str
    chain: str
    by_row: ClassVar[bool] = True

    def specialize(self, layer: int, neurons: int) -> str:
        """The functions of the layer of that number."""
        n = f"constexpr int n = {neurons};"
        return (
            f"{Elementwise('z', '1').specialize(layer, neurons)}"
            f"template <> DEVICE void activate_row<{layer}>(Real* a) {{\n{n}\n{self.apply}}}\n"
            f"template <> DEVICE void chain_row<{layer}>(const Real* a, Real* g) {{\n"
            f"{n}\n{self.chain}}}\n"
        )


FusedFunction = Elementwise | Rowwise


@dataclass(frozen=True)
class FusedCost:
    """A cost that is a sum over the outputs.

    Attributes:
        value: what an output adds to it, an expression of the output a and its target y;
            `safe_log(a)` is ln a, with 0 taken as the smallest positive number.
        slope: ∂C/∂a, likewise; None where only the partner is allowed, with which ∂C/∂z is a − y.
    """

    value: str
    slope: str | None = None


def write_functions(
    functions: Sequence[FusedFunction], neurons: Sequence[int], cost: FusedCost
) -> str:
    """The functions that kernels/fused/start.cu declares.

    Args:
        functions: the activation of each layer above the input.
        neurons: how many each of these layers has.
        cost: the cost, its slope ∂C/∂z where the output layer's derivative is cancelled.
    """
    by_row = ", ".join(str(function.by_row).lower() for function in functions)
    texts = [
        function.specialize(layer, count)
        for layer, (function, count) in enumerate(zip(functions, neurons, strict=True))
    ]
    return (
        f"constexpr bool BY_ROW[] = {{{by_row}}};\n{''.join(texts)}"
        f"DEVICE Real cost_slope(Real a, Real y) {{ return {cost.slope}; }}\n"
        f"DEVICE Real cost_value(Real a, Real y) {{ return {cost.value}; }}\n"
    )
