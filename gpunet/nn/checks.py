"""What a network's numbers may be, checked before it is made."""

from math import inf, prod
from numbers import Real
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.core.arguments import as_float
from gpunet.core.errors import InputError
from gpunet.core.names import DTYPES
from gpunet.core.words import shorten, shown, size
from gpunet.datasets.deskewing import check_sides
from gpunet.nn.architecture import Architecture
from gpunet.nn.parameters import Shape


def check_memory(architecture: Architecture, parameters: int, device: Device) -> None:
    """Raise InputError if a network's parameters alone would not fit into the memory free."""
    free, needed = device.memory().free, 8 * parameters
    if free and needed > free:
        raise InputError(
            f"layer sizes {shorten(str(architecture), 80)}: {parameters:,} parameters need about "
            f"{size(needed)}, and {device.name} has {size(free)} free; "
            "give smaller layers"
        )


def check_scale(scale: float) -> float:
    """The scale, or InputError unless it is a positive number."""
    if not isinstance(scale, Real) or isinstance(scale, bool) or not 0 < as_float(scale) < inf:
        raise InputError(f"input scale {shown(scale)}: give a positive number")
    return float(scale)


def check_deskew(sides: Any, inputs: Shape) -> Shape:
    """The height and width of images to be deskewed, or (); InputError if inputs are no such."""
    if sides is None:
        return ()
    shape = check_sides(sides, "deskew")
    if prod(shape) != prod(inputs) or (len(inputs) == 2 and shape != inputs):
        found = " × ".join(map(str, inputs))
        raise InputError(f"deskew {shape}: the network takes {found} inputs")
    return shape


def check_dtype(dtype: Any) -> np.dtype[Any]:
    """float32 or float64, however it was spelled, or InputError."""
    try:
        checked: np.dtype[Any] = np.dtype(object if dtype is None else dtype)
    except Exception:  # of as many kinds as there are values
        checked = np.dtype(object)
    if checked.name not in DTYPES:
        raise InputError(f"dtype {shown(dtype)}: choose one of {', '.join(DTYPES)}")
    return checked
