"""`Primitives.resample` on the CPU: whole-number loops over kept buffers, one gather a pixel.

The four neighbours of every place lie packed in one 32-bit number, and two of them are mixed at a
time, each in 16 bits of its own.
"""

import numpy as np

from gpunet.backend.plain import Array
from gpunet.backend.plain_resampling import PIXEL, PIXEL_BITS, Resample

EVEN_BYTES = np.uint32(0x00FF00FF)


def bind_resampling(
    images: Array, shape: tuple[int, int], maps: Array, field: Array, out: Array
) -> Resample:
    """See `Primitives.resample`."""
    (height, width), most = shape, len(field)
    neighbours = Neighbours(shape, most)
    y, x = Places(0, shape, most), Places(1, shape, most)
    left, right = (np.empty((most, height * width), np.uint32) for _ in range(2))
    fraction, values = np.empty_like(left), np.empty_like(left)

    def operation(first: int, count: int) -> None:
        chosen, these = slice(first, first + count), slice(count)
        a, b, f, v = left[these], right[these], fraction[these], values[these]
        tops = y.find(maps[chosen], field[these])
        lefts = x.find(maps[chosen], field[these])
        neighbours.gather(images[chosen], tops, lefts, v)
        # Both pixels on the left become 256 l + (r − l) · fraction, the row above in the lower 16
        # bits, the row below in the upper: borrowed and carried bits come out even.
        np.bitwise_and(v, EVEN_BYTES, out=a)
        np.right_shift(v, 8, out=b)
        np.bitwise_and(b, EVEN_BYTES, out=b)
        x.fractions(f)
        mix(a, b, f)
        np.right_shift(a, 16, out=b)
        np.bitwise_and(a, 0xFFFF, out=a)
        y.fractions(f)
        mix(a, b, f)
        np.add(a, 1 << 15, out=a)
        np.right_shift(a, 16, out=a)
        out[chosen] = a

    return operation


def mix(a: Array, b: Array, fraction: Array) -> None:
    """a = 256 a + (b − a) · fraction, where a fraction of 256 would be b; b is spent."""
    np.subtract(b, a, out=b)
    np.multiply(b, fraction, out=b)
    np.left_shift(a, 8, out=a)
    np.add(a, b, out=a)


class Places:
    """Where pixels come from, along one axis, in units of 1/PIXEL and from one pixel outside on."""

    def __init__(self, axis: int, shape: tuple[int, int], most: int) -> None:
        self.axis = axis
        self.rows, self.columns = (np.arange(size, dtype=np.int32) for size in shape)
        # One further than the last pixel; places before the first wrap round and end there too.
        self.limit = np.uint32((shape[axis] + 1) * PIXEL)
        self.grid = np.empty((most, *shape), np.int32)
        self.flat = self.grid.reshape(most, -1).view(np.uint32)
        self.pixels = np.empty_like(self.flat)

    def find(self, maps: Array, field: Array) -> Array:
        """The pixel at or before every place: uint32 (count, height · width)."""
        count = len(maps)
        down, across, offset = maps[:, 3 * self.axis : 3 * self.axis + 3, np.newaxis].swapaxes(0, 1)
        by_row = down * self.rows + (offset + PIXEL)
        by_column = across * self.columns
        grid, flat, pixels = self.grid[:count], self.flat[:count], self.pixels[:count]
        np.add(by_row[:, :, np.newaxis], by_column[:, np.newaxis, :], out=grid)
        np.add(grid, field[:, self.axis], out=grid)
        np.minimum(flat, self.limit, out=flat)
        return np.right_shift(flat, PIXEL_BITS, out=pixels)

    def fractions(self, out: Array) -> None:
        """How far past its pixel every place lies, from 0 to 255."""
        np.right_shift(self.flat[: len(out)], 8, out=out)
        np.bitwise_and(out, 255, out=out)


class Neighbours:
    """The pixels of some images, with zeros all round, each packed with those after it."""

    def __init__(self, shape: tuple[int, int], most: int) -> None:
        (height, width), self.shape = shape, shape
        # One before and two behind.
        self.padded = np.zeros((most, height + 3, width + 3), np.uint8)
        self.packed = np.empty((most, height + 2, width + 2), np.uint32)
        self.across = np.uint32(width + 2)
        self.begins = np.arange(most, dtype=np.uint32)[:, np.newaxis]
        self.begins *= np.uint32((height + 2) * (width + 2))
        self.index = np.empty((most, height * width), np.intp)

    def gather(self, images: Array, tops: Array, lefts: Array, out: Array) -> None:
        """out (count, height · width) = for every place four pixels, from the lowest byte up: the
        one at or before it, and those to the right, below, and below to the right. tops is spent.
        """
        count = len(images)
        padded, packed = self.padded[:count], self.packed[:count]
        padded[:, 1:-2, 1:-2] = images.reshape(count, *self.shape)
        packed[...] = padded[:, 1:, 1:]
        for pixel in (padded[:, 1:, :-1], padded[:, :-1, 1:], padded[:, :-1, :-1]):
            np.left_shift(packed, 8, out=packed)
            np.bitwise_or(packed, pixel, out=packed)
        np.multiply(tops, self.across, out=tops)
        np.add(tops, lefts, out=tops)
        np.add(tops, self.begins[:count], out=tops)
        index = self.index[:count]
        index[...] = tops
        np.take(packed.reshape(-1), index, 0, out, "clip")
