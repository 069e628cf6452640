"""Max-pooling: the largest of each rectangle of a map, and the way back to where it was."""

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

    def locate(self) -> list[Operation]:
        """Operations that note which parts are the largest, which the parts still must hold.

        What was written by `forward` may have been changed since.
        """
        self.larger = [self.xp.empty_like(part, dtype=bool) for part in self.parts[1:]]
        return [
            partial(self.xp.greater, part, most, where)
            for part, most, where in zip(self.parts[1:], self.so_far[:-1], self.larger, strict=True)
        ]

    def route(self, gradient: Array) -> list[Operation]:
        """Operations after which every part holds its share of the gradient of the largest."""
        operations: list[Operation] = []
        left = gradient  # for the parts still to come
        for part, where in list(zip(self.parts[1:], self.larger, strict=True))[::-1]:
            operations.append(partial(self.xp.multiply, left, where, part))
            operations.append(partial(self.xp.subtract, left, part, self.parts[0]))
            left = self.parts[0]
        return operations


class AllLargest(Largest):
    """The same, but where several are the largest each takes the whole gradient, as in Theano."""

    def locate(self) -> list[Operation]:
        self.larger = [self.xp.empty_like(part, dtype=bool) for part in self.parts]
        most = self.xp.empty_like(self.so_far[-1])
        return [
            partial(self.xp.maximum, self.so_far[-2], self.parts[-1], out=most),
            *(
                partial(self.xp.equal, part, most, where)
                for part, where in zip(self.parts, self.larger, strict=True)
            ),
        ]

    def route(self, gradient: Array) -> list[Operation]:
        return [
            partial(self.xp.multiply, gradient, where, part)
            for part, where in zip(self.parts, self.larger, strict=True)
        ]


class MaxPooling:
    """Maps bound to the maxima of their rectangles: first over the rows, then over the columns.

    So of equal maxima the leftmost takes the gradient, and in its column the topmost. Rows and
    columns left over at the bottom and on the right are ignored.

    Args:
        p: the primitives of the arrays' device.
        maps: (channels, height, width, m), contiguous.
        pooled: (channels, height // h, width // w, m), contiguous.
        window: (h, w), the height and width of a rectangle; one of them is more than 1.
        ties: who takes the gradient of equal maxima.
    """

    def __init__(
        self,
        p: Primitives,
        maps: Array,
        pooled: Array,
        window: tuple[int, int],
        ties: type[Largest] = Largest,
    ) -> None:
        channels, rows, columns, m = pooled.shape
        h, w = window
        used = maps[:, : h * rows, : w * columns]
        self.p, self.pooled = p, pooled
        self.left_over = [
            part for part in (maps[:, h * rows :], maps[:, :, w * columns :]) if part.size
        ]
        # From the maps up to `pooled`, what each stage writes and how.
        self.stages: list[tuple[Largest, Array]] = []
        if h > 1:
            halfway = pooled if w == 1 else p.xp.empty((channels, rows, w * columns, m), maps.dtype)
            self.stages.append((ties(p, [used[:, q::h] for q in range(h)], halfway), halfway))
            used = halfway
        if w > 1:
            self.stages.append((ties(p, [used[:, :, q::w] for q in range(w)], pooled), pooled))

    def forward(self) -> list[Operation]:
        """Operations that write `pooled`."""
        return [operation for largest, _ in self.stages for operation in largest.forward()]

    def backward(self, gradient: Array) -> list[Operation]:
        """Operations that write ∂C/∂maps into `maps` itself, given ∂C/∂pooled, shaped as that."""
        operations = [operation for largest, _ in self.stages for operation in largest.locate()]
        for largest, out in self.stages[::-1]:
            operations += largest.route(gradient if out is self.pooled else out)
        return operations + [partial(self.p.xp.copyto, part, 0.0) for part in self.left_over]
