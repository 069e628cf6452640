"""Derivatives of expressions of one variable, by the chain rule: for custom activations."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gpunet.book.theano.expressions import Applied, Expression

# For a function f of operands x, y: ∂f/∂x, ∂f/∂y, given f and the operands; None where unknown.
PARTIALS: dict[Any, Callable[..., tuple[Any, ...]]] = {
    np.negative: lambda f, x: (-1.0,),
    np.add: lambda f, x, y: (1.0, 1.0),
    np.subtract: lambda f, x, y: (1.0, -1.0),
    np.multiply: lambda f, x, y: (y, x),
    np.divide: lambda f, x, y: (1.0 / y, -f / y),
    np.power: lambda f, x, y: (y * x ** (y - 1.0), None),
    np.square: lambda f, x: (2.0 * x,),
    np.sqrt: lambda f, x: (0.5 / f,),
    np.exp: lambda f, x: (f,),
    np.expm1: lambda f, x: (f + 1.0,),
    np.log: lambda f, x: (1.0 / x,),
    np.log1p: lambda f, x: (1.0 / (1.0 + x),),
    np.logaddexp: lambda f, x, y: (np.exp(x - f), np.exp(y - f)),
    np.sin: lambda f, x: (np.cos(x),),
    np.cos: lambda f, x: (-np.sin(x),),
    np.sinh: lambda f, x: (np.cosh(x),),
    np.cosh: lambda f, x: (np.sinh(x),),
    np.tanh: lambda f, x: (1.0 - f * f,),
    np.arctan: lambda f, x: (1.0 / (1.0 + x * x),),
    np.absolute: lambda f, x: (np.sign(x),),
}
# Functions that choose between two operands: the condition, and the two. Of two equal operands the
# first counts, so that max(0, z) has the derivative 0 at 0.
CHOICES: dict[Any, Callable[..., tuple[Any, Any, Any]]] = {
    np.where: lambda condition, x, y: (condition, x, y),
    np.maximum: lambda x, y: (x >= y, x, y),
    np.minimum: lambda x, y: (x <= y, x, y),
}
# Functions whose derivative is 0 almost everywhere.
STEPS = (np.sign, np.greater, np.greater_equal, np.less, np.less_equal)
KNOWN = [function.__name__ for function in (*PARTIALS, *CHOICES, *STEPS)]


class Slopes:
    """The derivatives with respect to z of an expression and of its subexpressions.

    Each is an expression, or a number if it is constant.
    """

    def __init__(self, z: Expression) -> None:
        self.found: dict[Expression, Any] = {z: 1.0}

    def of(self, expression: Any) -> Any:
        """The derivative of one of them.

        Raises:
            TypeError: it contains something whose derivative is not known; says what.
        """
        if not isinstance(expression, Expression):
            if np.ndim(expression):
                raise TypeError("it contains an array; only numbers are allowed")
            return 0.0
        if expression not in self.found:
            self.found[expression] = self.find(expression)
        return self.found[expression]

    def find(self, expression: Expression) -> Any:
        """By the chain rule: Σ over the operands of ∂f/∂operand · ∂operand/∂z."""
        if not isinstance(expression, Applied):
            raise TypeError("it contains a variable other than its argument")
        function, operands = expression.function, expression.operands
        inner = [self.of(operand) for operand in operands]
        if function in STEPS:
            return 0.0
        if function in CHOICES:
            condition, one, other = CHOICES[function](*operands)
            slopes = self.of(one), self.of(other)
            return np.where(condition, *slopes) if any(map(is_nonzero, slopes)) else 0.0
        if function not in PARTIALS:
            name = getattr(function, "__name__", "a function within it")
            raise TypeError(f"the derivative of {name} is not known")
        total: Any = 0.0
        for part, outer in zip(inner, PARTIALS[function](expression, *operands), strict=True):
            if is_nonzero(part):
                total = add(total, multiply(outer, part, function))
        return total


def is_nonzero(slope: Any) -> bool:
    """Whether a derivative is not simply 0."""
    return isinstance(slope, Expression) or slope != 0


def add(total: Any, part: Any) -> Any:
    """Their sum, without adding 0."""
    return total + part if is_nonzero(total) else part


def multiply(outer: Any, inner: Any, function: Any) -> Any:
    """Their product, without multiplying by 1."""
    if outer is None:
        raise TypeError(f"it has its argument in the exponent of {function.__name__}; exp takes it")
    if not isinstance(inner, Expression) and inner == 1:
        return outer
    return inner if not isinstance(outer, Expression) and outer == 1 else outer * inner
