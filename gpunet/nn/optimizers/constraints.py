"""Limits on the length of vectors: gradient clipping and max-norm, as operations on the device."""

from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.nn.parameters import ParameterVector


def clip_norm(p: Primitives, gradient: Array, limit: float) -> Sequence[Operation]:
    """Shorten a flat gradient (n,) to that Euclidean length, if it is longer.

    The sum of squares is a product of matrices, as array modules' own sums need memory while they
    run.
    """
    length = p.xp.empty((1, 1), dtype=gradient.dtype)
    return (
        p.gemm(1.0, gradient.reshape(1, -1), gradient.reshape(-1, 1), 0.0, length),
        *shrink(p, length, limit, gradient.reshape(1, -1)),
    )


def is_limited(max_norm: float | Sequence[float]) -> bool:
    """Whether a limit for all layers, or one of several, is any."""
    return any(max_norm) if isinstance(max_norm, Sequence) else max_norm > 0


def limit_norms(
    p: Primitives, parameters: ParameterVector, max_norm: float | Sequence[float]
) -> Sequence[Operation]:
    """Shorten the weights that come into each neuron to that Euclidean length, if longer.

    Max-norm (Srivastava et al. 2014, section 5.1): ‖w‖ ≤ c for every row of W, with one c for all
    layers that have weights, or one for each; 0 for any length.
    """
    layers = len(parameters.weights)
    limits = max_norm if isinstance(max_norm, Sequence) else [max_norm] * layers
    operations: list[Operation] = []
    for weights, limit in zip(parameters.weights, limits, strict=True):
        if not limit:
            continue
        rows = weights.reshape(len(weights), -1)
        squares, ones = p.xp.empty_like(rows), p.xp.ones((rows.shape[1], 1), dtype=rows.dtype)
        lengths = p.xp.empty((len(rows), 1), dtype=rows.dtype)
        operations += [
            partial(p.xp.multiply, rows, rows, squares),
            p.gemm(1.0, squares, ones, 0.0, lengths),
            *shrink(p, lengths, limit, rows),
        ]
    return operations


def shrink(p: Primitives, squares: Array, limit: float, rows: Array) -> Sequence[Operation]:
    """rows (r, n), of squared lengths (r, 1): those longer than the limit become that long."""
    xp = p.xp
    return (
        partial(xp.sqrt, squares, squares),
        partial(xp.maximum, squares, limit, out=squares),
        partial(xp.divide, limit, squares, squares),
        partial(xp.multiply, rows, squares, rows),
    )
