"""Max-pooling: the largest of each square of a map, and the way back to where it was."""

from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Array, Operation, Primitives


class Largest:
    """The largest of several arrays alike, place by place.

    A gradient goes to the one that was the largest: where several were, to the first of them, so
    that none is lost or counted twice. Blank parts of an image tie everywhere.

    Args:
        p: the primitives of the arrays' device.
        parts: the arrays, at least two.
        out: where the largest go.
    """

    def __init__(self, p: Primitives, parts: Sequence[Array], out: Array) -> None:
        self.xp = p.xp
        self.parts = parts
        # so_far[q] is the largest of the parts up to q.
        between = [p.xp.empty_like(out) for _ in parts[1:-1]]
        self.so_far = [parts[0], *between, out]

    def forward(self) -> list[Operation]:
        """Operations that write the largest."""
        pairs = zip(self.so_far[:-1], self.parts[1:], self.so_far[1:], strict=True)
        return [partial(self.xp.maximum, most, part, out=out) for most, part, out in pairs]

    def backward(self, gradient: Array) -> list[Operation]:
        """Operations after which every part holds its share of the gradient of the largest."""
        larger = [self.xp.empty_like(gradient, dtype=bool) for _ in self.parts[1:]]
        operations: list[Operation] = [
            partial(self.xp.greater, part, most, where)
            for part, most, where in zip(self.parts[1:], self.so_far[:-1], larger, strict=True)
        ]
        left = gradient  # for the parts not yet come to
        for part, where in list(zip(self.parts[1:], larger, strict=True))[::-1]:
            operations.append(partial(self.xp.multiply, left, where, part))
            operations.append(partial(self.xp.subtract, left, part, self.parts[0]))
            left = self.parts[0]
        return operations


class MaxPooling:
    """Maps bound to the maxima of their squares: first over the rows, then over the columns.

    So of equal maxima the leftmost takes the gradient, and in its column the topmost.

    Args:
        p: the primitives of the arrays' device.
        maps: (channels, height, width, m), contiguous.
        pooled: (channels, height / side, width / side, m), contiguous.
        side: of a square, which divides height and width.
    """

    def __init__(self, p: Primitives, maps: Array, pooled: Array, side: int) -> None:
        channels, height, width, m = maps.shape
        rows = maps.reshape(channels * height // side, side, width * m)
        halfway = p.xp.empty((len(rows), width * m), dtype=maps.dtype)
        columns = halfway.reshape(-1, side, m)
        self.halfway, self.pooled = halfway, pooled.reshape(-1, m)
        self.rows = Largest(p, [rows[:, q] for q in range(side)], halfway)
        self.columns = Largest(p, [columns[:, q] for q in range(side)], self.pooled)

    def forward(self) -> list[Operation]:
        """Operations that write `pooled`."""
        return [*self.rows.forward(), *self.columns.forward()]

    def backward(self, gradient: Array) -> list[Operation]:
        """Operations that write ∂C/∂maps into `maps` itself, given ∂C/∂pooled, shaped as that."""
        return [
            *self.columns.backward(gradient.reshape(self.pooled.shape)),
            *self.rows.backward(self.halfway),
        ]
