"""`Primitives.resample` as any array module can do it: the reference for the faster versions."""

from collections.abc import Callable
from typing import Any

# (first, count) → treats `count` images, from `first` on.
Resample = Callable[[int, int], object]

# A pixel in the units in which places in an image are given, and how many bits those are.
PIXEL_BITS = 16
PIXEL = 1 << PIXEL_BITS


def bind_resampling(
    xp: Any, images: Any, shape: tuple[int, int], maps: Any, field: Any, out: Any
) -> Resample:
    """See `Primitives.resample`."""
    height, width = shape
    r = xp.arange(height, dtype=xp.int32)[:, None]
    c = xp.arange(width, dtype=xp.int32)

    def operation(first: int, count: int) -> None:
        chosen = slice(first, first + count)
        m = maps[chosen].T[..., None, None]  # (6, count, 1, 1)
        y = m[0] * r + m[1] * c + m[2] + field[:count, 0]  # (count, height, width)
        x = m[3] * r + m[4] * c + m[5] + field[:count, 1]
        # With zeros all round, one before and two behind, every place has its four pixels.
        y = xp.clip(y, -PIXEL, height * PIXEL) + PIXEL
        x = xp.clip(x, -PIXEL, width * PIXEL) + PIXEL
        padded = xp.zeros((count, height + 3, width + 3), dtype=xp.int32)
        padded[:, 1:-2, 1:-2] = images[chosen].reshape(count, height, width)
        image = xp.arange(count)[:, None, None]
        top, left = y >> PIXEL_BITS, x >> PIXEL_BITS
        # How far down and to the right of the upper left pixel, from 0 to 255.
        down, right = y >> 8 & 255, x >> 8 & 255
        upper = (256 - right) * padded[image, top, left] + right * padded[image, top, left + 1]
        top = top + 1
        lower = (256 - right) * padded[image, top, left] + right * padded[image, top, left + 1]
        mixed = (256 - down) * upper + down * lower  # 65,536 times the value
        out[chosen] = ((mixed + (1 << 15)) >> 16).reshape(count, height * width)

    return operation
