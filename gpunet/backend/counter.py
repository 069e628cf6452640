"""Random bits as a function of a key and a place: no state, and the same on every array module.

SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the
number at place i is a mix of key + (i + 1) γ modulo 2⁶⁴, so any of them can be had at any time.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from gpunet.backend.plain import Array, Operation, Primitives

GAMMA = 0x9E3779B97F4A7C15  # 2⁶⁴ divided by the golden ratio, made odd
# (shift, factor) of the mix; the last shift has no factor.
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
LAST_SHIFT = 31


def number_at(key: int, place: int) -> int:
    """The 64-bit number at a place."""
    mixed = (key + (place + 1) * GAMMA) % 2**64
    for shift, factor in MIX:
        mixed = (mixed ^ mixed >> shift) * factor % 2**64
    return mixed ^ mixed >> LAST_SHIFT


def draw_bits(p: Primitives, key: int, first: Array, out: Array) -> Sequence[Operation]:
    """Operations that write the numbers at places first, first + 1, … into out.

    Args:
        p: the primitives of the arrays' device.
        key: 64 bits that select the sequence.
        first: uint64 (1,), read at every run.
        out: uint64 (n,). As uint16 it holds 4n numbers.
    """
    xp = p.xp

    def constant(value: int) -> Array:
        return p.constant(value, np.uint64)

    scratch, start = xp.empty_like(out), xp.empty_like(first)
    strides = xp.arange(1, len(out) + 1, dtype=np.uint64) * np.uint64(GAMMA) + np.uint64(key)
    operations: list[Operation] = [
        partial(xp.multiply, first, constant(GAMMA), start),
        partial(xp.add, strides, start, out),
    ]
    for shift, factor in MIX:
        operations += [
            partial(xp.right_shift, out, constant(shift), scratch),
            partial(xp.bitwise_xor, out, scratch, out),
            partial(xp.multiply, out, constant(factor), out),
        ]
    return (
        *operations,
        partial(xp.right_shift, out, constant(LAST_SHIFT), scratch),
        partial(xp.bitwise_xor, out, scratch, out),
    )
