"""What a network gives, taken as probabilities."""

from typing import Any

import numpy as np

from gpunet.backend.plain import Array
from gpunet.core.errors import InputError


def check_several(outputs: int, asked: str) -> None:
    """Raise InputError if there is but one output, which says nothing of classes."""
    if outputs < 2:
        raise InputError(
            f"{asked} needs two outputs or more, this network has one: feedforward gives it"
        )


def to_probabilities(xp: Any, outputs: Array) -> Array:
    """Outputs (m, n) or (n,) as float64 numbers from 0 to 1 that sum to 1 over the classes.

    Softmax outputs are probabilities already. Others are activations, of which the largest is the
    network's answer; their positive parts, divided by their sum, keep that order.
    """
    positive = xp.maximum(outputs.astype(np.float64), 0.0)
    totals = positive.sum(axis=-1, keepdims=True)
    some = totals > 0
    return xp.where(some, positive / xp.where(some, totals, 1.0), 1 / outputs.shape[-1])
