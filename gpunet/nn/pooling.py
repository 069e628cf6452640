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

    def backward(self, gradient: Array, below: Sequence[Array]) -> list[Operation]:
        """Operations that spread the gradient of the largest over those of the parts."""
        first, *others = below
        larger = self.xp.empty_like(gradient, dtype=bool)
        operations: list[Operation] = []
        left = gradient  # for the parts not yet looked at
        for part, most, its in list(zip(self.parts[1:], self.so_far[:-1], others, strict=True))[
            ::-1
        ]:
            operations += [
                partial(self.xp.greater, part, most, larger),
                partial(self.xp.multiply, left, larger, its),
                partial(self.xp.subtract, left, its, first),
            ]
            left = first
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
        self.side = side
        channels, height, width, m = maps.shape
        self.halfway = (channels, height // side, width, m)
        halfway = p.xp.empty(self.halfway, dtype=maps.dtype)
        self.rows = Largest(p, self.by_row(maps), flatten(halfway))
        self.columns = Largest(p, self.by_column(halfway), pooled.reshape(-1, m))

    def by_row(self, maps: Array) -> list[Array]:
        """The first rows of all squares, the second, …: views (rows of squares, width · m)."""
        channels, height, width, m = maps.shape
        rows = maps.reshape(channels * height // self.side, self.side, width * m)
        return [rows[:, q] for q in range(self.side)]

    def by_column(self, maps: Array) -> list[Array]:
        """Likewise their columns: views (all squares, m)."""
        columns = maps.reshape(-1, self.side, maps.shape[-1])
        return [columns[:, q] for q in range(self.side)]

    def forward(self) -> list[Operation]:
        """Operations that write `pooled`."""
        return [*self.rows.forward(), *self.columns.forward()]

    def backward(self, gradient: Array, below: Array) -> list[Operation]:
        """Operations that write ∂C/∂maps into below, given ∂C/∂pooled; shapes as those have."""
        halfway = self.rows.xp.empty(self.halfway, dtype=below.dtype)
        m = below.shape[-1]
        return [
            *self.columns.backward(gradient.reshape(-1, m), self.by_column(halfway)),
            *self.rows.backward(flatten(halfway), self.by_row(below)),
        ]


def flatten(maps: Array) -> Array:
    """(channels, height, width, m) as (channels · height, width · m)."""
    channels, height, width, m = maps.shape
    return maps.reshape(channels * height, width * m)
