"""The primitives as any array module can do them: the reference for every faster version.

A primitive takes the arrays it will work on and returns an *operation*, a function of no arguments
that does the work in place. A training step is bound once, as one flat sequence of operations;
running it looks nothing up, slices nothing and, with a fast backend, allocates nothing.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

# An array of whichever module the device uses; NumPy and CuPy share no common base class.
Array = Any
Operation = Callable[[], object]
# Copies the rows named by an index array into the place the gather was bound to.
Gather = Callable[[Array], object]
# (first, count) → treats `count` images, from `first` on.
Resample = Callable[[int, int], object]

# A pixel in the units in which places in an image are given, and how many bits those are.
PIXEL_BITS = 16
PIXEL = 1 << PIXEL_BITS


class Primitives:
    """What the network needs of a device, written with the array module alone.

    `xp` is the array module (numpy, cupy, or anything that behaves like them).
    """

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def constant(self, value: float, dtype: Any) -> Any:
        """A number in the form that is fastest with arrays of that dtype."""
        # Of exactly that type: a Python number need not fit, as uint64 shows.
        return np.dtype(dtype).type(value)

    def gemm(self, alpha: float, a: Array, b: Array, beta: float, out: Array) -> Operation:
        """out (m, n) = alpha · a (m, k) @ b (k, n) + beta · out.

        With beta = 0, `out` is written without being read, so it may hold anything.
        """

        def operation() -> None:
            product = alpha * (a @ b)
            out[...] = product if beta == 0 else product + beta * out

        return operation

    def sum_rows(self, alpha: float, a: Array, beta: float, out: Array) -> Operation:
        """out (n,) = alpha · the sum of the rows of a (m, n) + beta · out, as `gemm` does."""

        def operation() -> None:
            total = alpha * a.sum(axis=0)
            out[...] = total if beta == 0 else total + beta * out

        return operation

    def spread(self, scale: float, vector: Array, out: Array) -> Operation:
        """Every row of out (m, n) = scale · vector (n,)."""
        return partial(self.xp.multiply, vector, scale, out)

    def softmax(self, a: Array) -> Sequence[Operation]:
        """Every row of a (m, n) becomes eᶻ / Σ eᶻ, less its largest z, so it cannot overflow."""
        xp, of_row = self.xp, self.xp.empty((len(a), 1), dtype=a.dtype)
        return (
            partial(xp.max, a, axis=1, keepdims=True, out=of_row),
            partial(xp.subtract, a, of_row, a),
            partial(xp.exp, a, a),
            partial(xp.sum, a, axis=1, keepdims=True, out=of_row),
            partial(xp.divide, a, of_row, a),
        )

    def softmax_chain(self, a: Array, gradient: Array) -> Sequence[Operation]:
        """gradient (m, n), ∂C/∂a, becomes ∂C/∂zⱼ = aⱼ (gⱼ − Σₖ gₖ aₖ), given a = softmax(z)."""
        xp, of_row = self.xp, self.xp.empty((len(a), 1), dtype=a.dtype)
        product = xp.empty_like(a)
        return (
            partial(xp.multiply, gradient, a, product),
            partial(xp.sum, product, axis=1, keepdims=True, out=of_row),
            partial(xp.subtract, gradient, of_row, gradient),
            partial(xp.multiply, gradient, a, gradient),
        )

    def gather_patches(self, images: Array, out: Array) -> Operation:
        """The patches of images that a kernel sees: out[c, i, j, y, x] = images[c, y + i, x + j].

        Args:
            images: (channels, height, width, m), contiguous.
            out: (channels, h, w, height − h + 1, width − w + 1, m), contiguous.
        """
        _, h, w, rows, columns, _ = out.shape

        def operation() -> None:
            for i, j in product(range(h), range(w)):
                out[:, i, j] = images[:, i : i + rows, j : j + columns]

        return operation

    def scatter_patches(self, patches: Array, out: Array) -> Sequence[Operation]:
        """Every pixel of out = the sum of all places of patches that `gather_patches` gives it.

        Args:
            patches: (channels, h, w, height − h + 1, width − w + 1, m), contiguous.
            out: (channels, height, width, m), contiguous.
        """
        _, h, w, rows, columns, _ = patches.shape

        def operation() -> None:
            out[...] = 0
            for i, j in product(range(h), range(w)):
                part = out[:, i : i + rows, j : j + columns]
                part[...] = part + patches[:, i, j]

        return (operation,)

    def gather_rows(self, table: Array, scale: float, out: Array) -> Gather:
        """index (r,) → out[:r] = scale · table[index]; table (N, n), out (at least r, n)."""
        factor = out.dtype.type(scale)

        def gather(index: Array) -> None:
            out[: len(index)] = table[index] * factor

        return gather

    def gather_one_hot(self, labels: Array, out: Array) -> Gather:
        """index (r,) → out[:r] = unit vectors of labels[index]; labels (N,), out as above."""
        units = self.xp.eye(out.shape[1], dtype=out.dtype)

        def gather(index: Array) -> None:
            out[: len(index)] = units[labels[index]]

        return gather

    def gather_next(
        self,
        images: Array,
        labels: Array,
        order: Array,
        counter: Array,
        scale: float,
        x: Array,
        y: Array,
    ) -> Sequence[Operation]:
        """Operations that fill x and y with the batch that a counter on the device points at.

        Args:
            images, labels: uint8 (N, n), int32 (N,).
            order: int32 (N,), of which the rows from counter · m on are taken.
            counter: int32 (), and one more afterwards.
            scale: multiplies the pixels.
            x, y: (m, n) and (m, classes).
        """
        load_x, load_y = self.gather_rows(images, scale, x), self.gather_one_hot(labels, y)

        def operation() -> None:
            start = int(counter) * len(x)
            rows = order[start : start + len(x)]
            load_x(rows)
            load_y(rows)
            counter[...] += 1

        return (operation,)

    def multiply_whole(self, a: Array, b: Array, out: Array) -> Operation:
        """out = a @ b, exactly, for float32 arrays that hold whole numbers.

        No sum of some of the products may reach 2²⁴; then every device gives the same bytes.

        Args:
            a: (r, k); it serves all of b.
            b, out: (..., k, c) and (..., r, c). All are contiguous.
        """
        return partial(self.xp.matmul, a, b, out=out)

    def resample(
        self, images: Array, shape: tuple[int, int], maps: Array, field: Array, out: Array
    ) -> Resample:
        """(first, count) → out[first : first + count] = those images, each pixel from elsewhere.

        Pixel (r, c) of an image with the map m and the field f becomes what lies at the place
        y = m₀ r + m₁ c + m₂ + f₀(r, c), x = m₃ r + m₄ c + m₅ + f₁(r, c), interpolated bilinearly
        in steps of 1/256 pixel and rounded to nearest; beyond the edges all is 0. It is computed in
        integers, so that every device gives the same bytes.

        Args:
            images, out: uint8 (N, height · width).
            shape: (height, width).
            maps: int32 (N, 6), in units of 1/65536 pixel. No place may reach 32,768 pixels.
            field: int32 (at least count, 2, height, width), in the same units, of the images from
                the first on.
        """
        xp, (height, width) = self.xp, shape
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
