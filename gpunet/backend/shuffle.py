"""The order of an epoch's samples as a function of a key: the same on every device, without state.

A bijection of b-bit numbers is made of rounds that each can be undone: add, fold the upper bits
onto the lower ones, multiply by an odd number, fold again. What falls outside of the samples goes
through it again until it falls inside ("cycle walking", Black and Rogaway, "Ciphers with arbitrary
finite domains", 2002), which leaves a permutation. Any place of the order can be computed by
itself: that is how the fused kernel draws it (see kernels/fused/order.cu).
"""

import numpy as np

from gpunet.backend.counter import number_at
from gpunet.core.arrays import HostArray

# With these, orders of 5 to 250,000 samples cannot be told from NumPy's permutations by chi-squared
# tests of places, of pairs some places apart, and of classes in a batch; with one round fewer some
# can.
ROUNDS = 5
LEAST_BITS = 10
# Up to here it is quickest to mix all numbers, so that going through it again is looking up.
FEW_BITS = 13


def shuffled(samples: int, key: int, epoch: int) -> HostArray:
    """The order of that many samples in an epoch: int64 (samples,).

    Args:
        samples: fewer than 2³¹.
        key: 64 bits, a network's.
        epoch: counted from 0.
    """
    bits = max(LEAST_BITS, (samples - 1).bit_length())
    mask, shift = np.uint32((1 << bits) - 1), np.uint32((bits + 1) // 2)
    drawn = [number_at(key, epoch * ROUNDS + number) for number in range(ROUNDS)]
    rounds = [(np.uint32(n & 0xFFFFFFFF), np.uint32(n >> 32 | 1)) for n in drawn]

    def mix(x: HostArray) -> HostArray:
        scratch = np.empty_like(x)
        for addend, factor in rounds:
            for change, by in ((np.add, addend), (np.multiply, factor)):
                change(x, by, x)
                np.bitwise_and(x, mask, x)
                np.right_shift(x, shift, scratch)
                np.bitwise_xor(x, scratch, x)
        return x

    few = bits <= FEW_BITS
    mixed = mix(np.arange(1 << bits if few else samples, dtype=np.uint32))
    if bits == LEAST_BITS:
        return walk(mixed.tolist(), samples)
    order, again = mixed[:samples].copy(), mixed.__getitem__ if few else mix
    outside = np.flatnonzero(order >= samples)
    while len(outside):
        order[outside] = moved = again(order[outside])
        outside = outside[moved >= samples]
    return order.astype(np.int64)


def walk(table: list[int], samples: int) -> HostArray:
    """The order of few samples, number by number: quicker where most fall outside."""
    order = table[:samples]
    for place, x in enumerate(order):
        while x >= samples:
            x = table[x]
        order[place] = x
    return np.array(order, np.int64)
