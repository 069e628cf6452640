"""The primitives as any array module can do them: the reference for every faster version.

A primitive takes the arrays it will work on and returns an *operation*, a function of no arguments
that does the work in place. A training step is bound once, as one flat sequence of operations;
running it looks nothing up, slices nothing and, with a fast backend, allocates nothing.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from gpunet.backend.plain_resampling import Resample, bind_resampling

# An array of whichever module the device uses; NumPy and CuPy share no common base class.
Array = Any
Operation = Callable[[], object]
# Copies the rows named by an index array into the place the gather was bound to.
Gather = Callable[[Array], object]


class Pooling(NamedTuple):
    """Max-pooling bound to its arrays: see `Primitives.max_pooling`."""

    forward: Sequence[Operation]
    backward: Callable[[Array], Sequence[Operation]]


class Primitives:
    """What the network needs of a device, written with xp alone: numpy, cupy, or their like."""

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

    def max_pooling(
        self, maps: Array, pooled: Array, window: tuple[int, int], share_ties: bool
    ) -> Pooling:
        """The largest of each rectangle of some maps, and the way back to where it was.

        Rows and columns left over at the bottom and on the right are ignored. Where a rectangle has
        a NaN its largest is NaN, and which of its numbers takes the gradient is left open.

        Args:
            maps, pooled: (channels, height, width, m) and (channels, height // h, width // w, m).
            window: (h, w), the height and width of a rectangle; one of them is more than 1.
            share_ties: whether of equal maxima each takes the whole gradient, as in Theano; if not,
                the leftmost takes it, and in its column the topmost.

        Returns:
            `forward` writes pooled. `backward`, given ∂C/∂pooled, laid out like it, writes ∂C/∂maps
            into the maps, which must be as `forward` found them; pooled may have changed since.
        """
        xp, (h, w), (_, rows, columns, _) = self.xp, window, pooled.shape
        used = maps[:, : h * rows, : w * columns]
        parts = [used[:, i::h, j::w] for j, i in product(range(w), range(h))]

        def forward() -> None:
            pooled[...] = xp.stack(parts).max(axis=0)

        def backward(gradient: Array) -> None:
            values = xp.stack(parts)  # (w · h, *pooled.shape)
            first, largest = xp.argmax(values, axis=0), values == values.max(axis=0)
            maps[...] = 0
            for number, part in enumerate(parts):
                part[...] = gradient * (largest[number] if share_ties else first == number)

        return Pooling((forward,), lambda gradient: (partial(backward, gradient),))

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
        return bind_resampling(self.xp, images, shape, maps, field, out)
