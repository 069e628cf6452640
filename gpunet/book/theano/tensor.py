"""Theano's `tensor`, as far as chapter 6 and custom activation functions need it.

The elementwise functions are NumPy's own, which take expressions as they take arrays.
"""

from functools import partial
from typing import Any

import numpy as np

from gpunet.book.theano.expressions import Applied, Expression, Variable

# Variables of any type, made with a name or without.
iscalar = lscalar = ivector = lvector = matrix = Variable

abs_, sqr, sqrt = np.absolute, np.square, np.sqrt
exp, expm1, log, log1p = np.exp, np.expm1, np.log, np.log1p
sin, cos, sinh, cosh, tanh, arctan = np.sin, np.cos, np.sinh, np.cosh, np.tanh, np.arctan
maximum, minimum = np.maximum, np.minimum


def switch(condition: Any, chosen: Any, otherwise: Any) -> Any:
    """Elementwise, `chosen` where the condition holds."""
    return np.where(condition, chosen, otherwise)


def eq(a: Any, b: Any) -> Expression:
    """Elementwise, whether a and b are equal."""
    return Applied(np.equal, (a, b))


def argmax(x: Any, axis: int | None = None) -> Expression:
    """The index of the largest along an axis, or of all."""
    return Applied(partial(np.argmax, axis=axis), (x,))


def mean(x: Any, axis: int | None = None) -> Expression:
    """The mean along an axis, or of all."""
    return Applied(partial(np.mean, axis=axis), (x,))
