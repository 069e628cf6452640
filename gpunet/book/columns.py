"""The book's arithmetic on its own columns, a sample at a time, on the host.

Gradients and steps follow the book's programs operation for operation, so that they, and a whole
training, agree to the last bit.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy.special import expit

from gpunet.book.core import Lists, check_shapes
from gpunet.book.functions import logistic, sigmoid
from gpunet.book.samples import check_columns, stack
from gpunet.core.errors import InputError

# The error ∂C/∂z (n_out, 1) of the output layer, from its z, a and y, likewise columns
OutputDelta = Callable[[Any, Any, Any], Any]

# Up to this many, one call of SciPy's is faster than several of NumPy's.
FEW_NUMBERS = 400


def feedforward(weights: Sequence[Any], biases: Sequence[Any], a: Any) -> Any:
    """The output (n_out, 1) for an input a (n_in, 1), or (n_out, k) for k columns (n_in, k).

    For few numbers σ is SciPy's, which is the fastest, within the last digit of the book's.

    Raises:
        InputError: shapes do not fit one another.
    """
    output = a
    try:
        for w, b in zip(weights, biases, strict=True):
            z = np.dot(w, output) + b
            output = expit(z) if z.size <= FEW_NUMBERS else sigmoid(z)
        fits = output.shape == (len(biases[-1]), *np.shape(a)[1:])
    except (IndexError, TypeError, ValueError):
        fits = False
    if not fits:
        check_columns(a, check_shapes(weights, biases)[0][0][1], "input")
        raise InputError("input, weights and biases do not fit one another")
    return output


@np.errstate(over="ignore")
def backprop(
    weights: Sequence[Any], biases: Sequence[Any], x: Any, y: Any, output_delta: OutputDelta
) -> Lists:
    """The gradient of the cost of one sample: BP1 to BP4, chapter 2.

    Args:
        weights, biases: for each layer (n_out, n_in) and (n_out, 1).
        x: (n_in, 1).
        y: (n_out, 1).
        output_delta: BP1.

    Returns:
        (nabla_b, nabla_w): lists shaped like `biases` and `weights`.

    Raises:
        InputError: shapes do not fit one another.
    """
    x, y = np.asarray(x), np.asarray(y)
    activations, z = [x], x
    try:
        for w, b in zip(weights, biases, strict=True):
            z = np.dot(w, activations[-1]) + b
            activations.append(logistic(np, z))
        fits = z.shape == y.shape == (len(biases[-1]), 1)
    except (IndexError, TypeError, ValueError):
        fits = False
    if not fits:
        shapes = check_shapes(weights, biases)
        stack([x], shapes[0][0][1], "input")
        stack([y], shapes[-1][0][0], "output")
        raise InputError("input, output, weights and biases do not fit one another")
    delta = output_delta(z, activations[-1], y)
    nabla_b, nabla_w = [delta], [np.dot(delta, activations[-2].T)]
    for layer in range(len(weights) - 1, 0, -1):
        a = activations[layer]
        delta = np.dot(weights[layer].T, delta) * (a * (1.0 - a))
        nabla_b.append(delta)
        nabla_w.append(np.dot(delta, activations[layer - 1].T))
    return nabla_b[::-1], nabla_w[::-1]


def descend(
    weights: Sequence[Any],
    biases: Sequence[Any],
    gradients: Iterable[Lists],
    rate: float,
    keep: float = 1.0,
) -> Lists:
    """Weights and biases one step down the sum of some gradients, chapter 3 equations (93), (94).

    Args:
        weights, biases: as they are; they are left alone.
        gradients: (nabla_b, nabla_w) of each sample; they are left alone.
        rate: η/m for m samples.
        keep: what the weights are multiplied by before, 1 − ηλ/n.
    """
    steps = [np.zeros(np.shape(part)) for part in [*weights, *biases]]
    for nabla_b, nabla_w in gradients:
        for total, part in zip(steps, [*nabla_w, *nabla_b], strict=True):
            total += part
        # Let the next sample's gradient take this one's place in memory, which is in the cache.
        del nabla_b, nabla_w, part
    kept = weights if keep == 1.0 else [keep * w for w in weights]
    for step, old in zip(steps, [*kept, *biases], strict=True):
        step *= rate
        np.subtract(old, step, step)
    return steps[: len(weights)], steps[len(weights) :]
