"""Pixel values as whole numbers, and what full ink is."""

from collections.abc import Iterator

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError

# How many pixels are converted to whole numbers at a time.
BLOCK = 1 << 20


def scale_of(max_pixel: int) -> float:
    """1/16 for a largest pixel of 16, 1/256 for 255."""
    return 1.0 / (1 << (max_pixel - 1).bit_length())


def to_pixels(values: HostArray, source: str) -> tuple[HostArray, int]:
    """Pixel values as uint8, and the value of full ink.

    Whole numbers from 0 to 255 stay what they are; the value of full ink is then 255, or 16 or 1
    where no pixel is larger. Fractions from 0 to 1 become 8 bits, exactly where they were n/255 or
    the book's n/256.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "uifb":
        raise InputError(f"{source}: pixels are of type {values.dtype}, not numbers")
    if values.size == 0:
        raise InputError(f"{source}: no pixels")
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"{source}: pixels hold NaN or infinite values")
    if low < 0 or high > 255:
        wrong = low if low < 0 else high
        raise InputError(
            f"{source}: pixel value {wrong:g} is out of range; "
            "give whole numbers from 0 to 255 or fractions from 0 to 1"
        )
    if values.dtype.kind != "f":
        return values.astype(np.uint8, copy=False), natural_max_pixel(int(high))
    if all(is_whole(block) for block in blocks(values)):
        return values.astype(np.uint8), natural_max_pixel(int(high))
    if high > 1:
        raise InputError(
            f"{source}: pixel values go up to {high:g} and are not whole; "
            "give whole numbers from 0 to 255 or fractions from 0 to 1"
        )
    levels = 256 if is_whole(values[:1000] * values.dtype.type(256)) else 255
    pixels = np.empty(values.shape, np.uint8)
    for block, into in zip(blocks(values), blocks(pixels), strict=True):
        into[...] = np.minimum(np.rint(block * values.dtype.type(levels)), 255)
    return pixels, 255


def blocks(values: HostArray) -> Iterator[HostArray]:
    """An array a few rows at a time: what is computed on the way takes more memory than it."""
    values = np.atleast_1d(values)
    rows = max(1, BLOCK * len(values) // values.size)
    return (values[start : start + rows] for start in range(0, len(values), rows))


def is_whole(values: HostArray) -> bool:
    return bool(np.all(np.abs(values - np.rint(values)) < 1e-3))


def natural_max_pixel(high: int) -> int:
    """The peak that pixel values up to `high` suggest: a 1-bit, a 16-level or an 8-bit image."""
    return next(max_pixel for max_pixel in (1, 16, 255) if high <= max_pixel)
