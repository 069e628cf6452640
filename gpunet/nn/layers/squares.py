"""Sums over squares of maps, and the way back: what AP2 and SS2 have in common."""

from collections.abc import Sequence
from functools import partial
from itertools import product

from gpunet.backend.plain import Array, Operation, Primitives


def corners(maps: Array, side: int) -> list[Array]:
    """The pixels at each place of a square: side² views (channels, height / side, width / side, m).

    Args:
        maps: (channels, height, width, m), which the squares divide.
        side: of a square, in pixels.
    """
    return [maps[:, i::side, j::side] for i, j in product(range(side), repeat=2)]


def add_up(p: Primitives, parts: Sequence[Array], out: Array) -> list[Operation]:
    """out = the sum of the parts, which are of its shape."""
    first, *others = parts
    if not others:
        return [partial(p.xp.copyto, out, first)]
    second, *others = others
    return [
        partial(p.xp.add, first, second, out),
        *(partial(p.xp.add, out, part, out) for part in others),
    ]


def copy_to_all(p: Primitives, value: Array, parts: Sequence[Array]) -> list[Operation]:
    """Every part = value."""
    return [partial(p.xp.copyto, part, value) for part in parts]
