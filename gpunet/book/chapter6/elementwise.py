"""Custom activation functions, written with operators and NumPy's functions, as a layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.book.chapter6.slopes import KNOWN, Slopes
from gpunet.book.theano.expressions import Applied, Expression, Variable
from gpunet.core.errors import InputError, first_line
from gpunet.nn.activations import Linear
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Elementwise(Layer):
    """f(z) for every output z of the layer below, which is linear.

    Attributes:
        neurons: how many there are.
        z: the variable.
        function: f(z), an expression.
        slope: f′(z), an expression, or a number where it is the same everywhere.
    """

    neurons: int
    z: Variable
    function: Expression
    slope: Any
    activation = Linear()
    fused = False

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ()

    @property
    def macs(self) -> int:
        return 0

    @property
    def workspace(self) -> int:
        # Output and gradient, and an array for each of their subexpressions.
        return self.neurons * (2 + len(parts_of(self.function) | parts_of(self.slope)))

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        return []

    def bind(self, to: Binding) -> "BoundElementwise":
        return BoundElementwise(self, to)

    def __str__(self) -> str:
        return "custom activation function"


class BoundElementwise(BoundLayer):
    """An elementwise function as operations, and its derivative in the backward pass."""

    def __init__(self, layer: Elementwise, to: Binding) -> None:
        self.layer = layer
        self.primitives = to.device.primitives
        self.output, self.gradient = (to.empty(layer.neurons) for _ in range(2))
        self.arrays: dict[Expression, Array] = {layer.z: to.source}

    def forward(self) -> Sequence[Operation]:
        operations: list[Operation] = []
        value = write(self.primitives, self.layer.function, self.arrays, operations)
        return (*operations, partial(self.primitives.xp.copyto, self.output, value))

    def chain(self) -> Sequence[Operation]:
        return ()

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        operations: list[Operation] = []
        slope = write(self.primitives, self.layer.slope, self.arrays, operations)
        return (
            *operations,
            partial(self.primitives.xp.multiply, self.gradient, slope, below),
        )


def write(
    p: Primitives, what: Any, arrays: dict[Expression, Array], operations: list[Operation]
) -> Array:
    """The array that holds an expression's value once the operations, appended to here, have run.

    Args:
        p: the primitives of the arrays' device.
        what: an expression, or a number.
        arrays: of all expressions that have one already, the variable's first; added to here.
        operations: run in this order.
    """
    xp, source = p.xp, next(iter(arrays.values()))
    if not isinstance(what, Expression):
        return p.constant(float(what), source.dtype)
    if what in arrays:
        return arrays[what]
    assert isinstance(what, Applied)
    out = arrays[what] = xp.empty_like(source)
    if what.function is np.where:
        condition, chosen, otherwise = (
            write(p, operand, arrays, operations) if isinstance(operand, Expression) else operand
            for operand in what.operands
        )
        where = xp.empty_like(source, dtype=bool)
        operations += [
            partial(xp.not_equal, condition, p.constant(0.0, source.dtype), where),
            partial(xp.copyto, out, otherwise),
            partial(xp.copyto, out, chosen, where=where),
        ]
        return out
    operands = [write(p, operand, arrays, operations) for operand in what.operands]
    # Comparisons give numbers too, 0 or 1, so that arithmetic on them works.
    operations.append(partial(getattr(xp, what.function.__name__), *operands, out=out))
    return out


def parts_of(expression: Any) -> set[Expression]:
    """All subexpressions of an expression, itself included, except the variable."""
    found: set[Expression] = set()
    left = [expression]
    while left:
        part = left.pop()
        if isinstance(part, Applied) and part not in found:
            found.add(part)
            left += part.operands
    return found


def make_elementwise(function: Callable[[Any], Any], neurons: int) -> Elementwise:
    """A layer of an activation function, which is called once, with an expression.

    Raises:
        InputError: it is not made of known functions; says what is not, and which are known.
    """
    z = Variable("z")
    try:
        made = function(z)
        if not isinstance(made, Expression):
            raise TypeError(f"it gives {made!r} whatever its argument is")
        return Elementwise(neurons, z, made, Slopes(z).of(made))
    except Exception as error:  # functions of others may raise anything
        name = getattr(function, "__name__", repr(function))
        raise InputError(
            f"activation_fn {name}: {first_line(error)}; make it of operators and of NumPy's "
            f"{', '.join(KNOWN)}, or take network3's linear, ReLU, sigmoid or tanh"
        ) from None
