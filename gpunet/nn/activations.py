"""Activation functions, each with its derivative.

`apply` takes an array, in place, from z to f(z); `chain` takes one from ∂C/∂f to ∂C/∂z, given f(z)
alone. Both return operations (see `backend.plain`) on arrays of shape (m, n), one sample a row; p
holds the primitives of the arrays' device. A new activation is one more class and its entry in
the table at the end.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial

from gpunet.backend.fused_functions import Elementwise, FusedFunction, Rowwise
from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.core.errors import find_named


class Activation(ABC):
    """A function of a layer's weighted input z.

    Attributes:
        name: as the command line spells it.
        input_scale: `apply` expects z times this, a power of two, so that the product which
            computes z can scale it for nothing.
        elementwise: whether each number of f(z) depends on that number of z alone.
        increasing: whether f increases monotonically, so that the largest z has the largest f(z).
        fused: f in C++ for the fused kernel, of z itself; None where it is not supported.
    """

    name: str
    input_scale: float = 1.0
    elementwise: bool = True
    increasing: bool = False

    @property
    @abstractmethod
    def fused(self) -> FusedFunction | None: ...

    @abstractmethod
    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        """a holds input_scale · z; afterwards it holds f(z)."""

    @abstractmethod
    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        """gradient holds ∂C/∂a; afterwards it holds ∂C/∂z. Leaves a = f(z) alone."""


class Sigmoid(Activation):
    """σ(z) = 1 / (1 + e⁻ᶻ), chapter 1 equation (3), as ½ + ½ tanh(z/2), which cannot overflow."""

    name = "sigmoid"
    input_scale = 0.5
    increasing = True
    fused = Elementwise("logistic(z)", slope="a * (1 - a)")

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        half = p.constant(0.5, a.dtype)
        return (
            partial(p.xp.tanh, a, a),
            partial(p.xp.multiply, a, half, a),
            partial(p.xp.add, a, half, a),
        )

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        slope = p.xp.empty_like(a)  # σ′ = σ (1 − σ)
        return (
            partial(p.xp.subtract, p.constant(1.0, a.dtype), a, slope),
            partial(p.xp.multiply, slope, a, slope),
            partial(p.xp.multiply, gradient, slope, gradient),
        )


class Tanh(Activation):
    """tanh z, chapter 3 equation (109)."""

    name = "tanh"
    increasing = True
    fused = Elementwise("hyperbolic(z)", slope="1 - a * a")

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        return (partial(p.xp.tanh, a, a),)

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        slope = p.xp.empty_like(a)  # tanh′ = 1 − tanh²
        return (
            partial(p.xp.multiply, a, a, slope),
            partial(p.xp.subtract, p.constant(1.0, a.dtype), slope, slope),
            partial(p.xp.multiply, gradient, slope, gradient),
        )


class ReLU(Activation):
    """max(0, z), chapter 3; its derivative at 0 is taken to be 0."""

    name = "relu"
    increasing = True
    fused = Elementwise("z < 0 ? (Real)0 : z", slope="a > 0 ? (Real)1 : (Real)0")  # a NaN stays one

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        # NumPy is about to refuse a third positional argument to `maximum`, and to no other.
        return (partial(p.xp.maximum, a, p.constant(0.0, a.dtype), out=a),)

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        active = p.xp.empty_like(a, dtype=bool)
        return (
            partial(p.xp.greater, a, p.constant(0.0, a.dtype), active),
            partial(p.xp.multiply, gradient, active, gradient),
        )


class Linear(Activation):
    """The identity."""

    name = "linear"
    increasing = True
    fused = Elementwise("z", slope="1")

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        return ()

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        return ()


class Softmax(Activation):
    """eᶻʲ / Σₖ eᶻᵏ, chapter 3 equation (78), less the row's largest z, so it cannot overflow."""

    name = "softmax"
    elementwise = False
    fused = Rowwise(
        apply="""
            Real most = a[0], sum = 0;
            for (int i = 1; i < n; ++i) most = a[i] > most ? a[i] : most;
            for (int i = 0; i < n; ++i) sum += a[i] = exponential(a[i] - most);
            for (int i = 0; i < n; ++i) a[i] /= sum;
        """,
        chain="""
            Real sum = 0;
            for (int i = 0; i < n; ++i) sum += g[i] * a[i];
            for (int i = 0; i < n; ++i) g[i] = a[i] * (g[i] - sum);
        """,
    )

    def apply(self, p: Primitives, a: Array) -> Sequence[Operation]:
        return p.softmax(a)

    def chain(self, p: Primitives, a: Array, gradient: Array) -> Sequence[Operation]:
        return p.softmax_chain(a, gradient)


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation for activation in (Sigmoid(), Tanh(), ReLU(), Softmax(), Linear())
}


def find_activation(name: str | Activation) -> Activation:
    """The activation of that name; InputError if there is none."""
    return name if isinstance(name, Activation) else find_named("activation", ACTIVATIONS, name)
