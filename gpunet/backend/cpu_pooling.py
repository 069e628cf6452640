"""`Primitives.max_pooling` on the CPU: first over the rows, then over the columns, in long runs.

So of equal maxima the leftmost takes the gradient, and in its column the topmost.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from gpunet.backend.plain import Array, Operation, Pooling


class Largest:
    """The largest of several arrays alike, place by place.

    A gradient goes to the one that was the largest: where several were, to the first of them, so
    that none is lost or counted twice. Blank parts of an image tie everywhere.

    Args:
        parts: the arrays, at least two.
        out: where the largest go.
    """

    def __init__(self, parts: Sequence[Array], out: Array) -> None:
        self.parts = parts
        # so_far[q] is the largest of the parts up to q.
        between = [np.empty_like(out) for _ in parts[1:-1]]
        self.so_far = [parts[0], *between, out]

    def forward(self) -> list[Operation]:
        """Operations that write the largest."""
        pairs = zip(self.so_far[:-1], self.parts[1:], self.so_far[1:], strict=True)
        # NumPy is about to refuse a third positional argument to `maximum`, and to no other.
        return [partial(np.maximum, most, part, out=out) for most, part, out in pairs]

    def locate(self) -> list[Operation]:
        """Operations that note which parts are the largest, which the parts still must hold.

        What was written by `forward` may have been changed since.
        """
        self.larger = [np.empty_like(part, dtype=bool) for part in self.parts[1:]]
        return [
            partial(np.greater, part, most, where)
            for part, most, where in zip(self.parts[1:], self.so_far[:-1], self.larger, strict=True)
        ]

    def route(self, gradient: Array) -> list[Operation]:
        """Operations after which every part holds its share of the gradient of the largest."""
        operations: list[Operation] = []
        left = gradient  # for the parts still to come
        for part, where in list(zip(self.parts[1:], self.larger, strict=True))[::-1]:
            operations.append(partial(np.multiply, left, where, part))
            operations.append(partial(np.subtract, left, part, self.parts[0]))
            left = self.parts[0]
        return operations


class AllLargest(Largest):
    """The same, but where several are the largest each takes the whole gradient."""

    def locate(self) -> list[Operation]:
        self.larger = [np.empty_like(part, dtype=bool) for part in self.parts]
        most = np.empty_like(self.so_far[-1])
        return [
            partial(np.maximum, self.so_far[-2], self.parts[-1], out=most),
            *(
                partial(np.equal, part, most, where)
                for part, where in zip(self.parts, self.larger, strict=True)
            ),
        ]

    def route(self, gradient: Array) -> list[Operation]:
        return [
            partial(np.multiply, gradient, where, part)
            for part, where in zip(self.parts, self.larger, strict=True)
        ]


def bind_pooling(maps: Array, pooled: Array, window: tuple[int, int], share_ties: bool) -> Pooling:
    """See `Primitives.max_pooling`."""
    (channels, rows, columns, m), (h, w) = pooled.shape, window
    ties = AllLargest if share_ties else Largest
    used = maps[:, : h * rows, : w * columns]
    left_over = [part for part in (maps[:, h * rows :], maps[:, :, w * columns :]) if part.size]
    # From the maps up to `pooled`.
    stages: list[Largest] = []
    if h > 1:
        halfway = pooled if w == 1 else np.empty((channels, rows, w * columns, m), maps.dtype)
        stages.append(ties([used[:, q::h] for q in range(h)], halfway))
        used = halfway
    if w > 1:
        stages.append(ties([used[:, :, q::w] for q in range(w)], pooled))

    def backward(gradient: Array) -> list[Operation]:
        operations = [operation for stage in stages for operation in stage.locate()]
        for stage in stages[::-1]:
            operations += stage.route(gradient)
            gradient = used  # the upper stage has left it halfway
        return operations + [partial(np.copyto, part, 0.0) for part in left_over]

    return Pooling([operation for stage in stages for operation in stage.forward()], backward)
