"""One seed, several independent streams of random numbers, the same for every device."""

from enum import IntEnum

import numpy as np

from gpunet.core.errors import InputError
from gpunet.core.words import shown


class RngPurpose(IntEnum):
    """What a stream of random numbers decides. The numbers are part of every seed's meaning."""

    WEIGHTS = 0
    ORDER = 1
    DROPOUT = 2
    DEFORMATION = 3
    DIVISION = 4


def generator_for(seed: int, stream: RngPurpose, *position: int) -> np.random.Generator:
    """The generator for one purpose, at one position (an epoch, say).

    Each position has a generator of its own, so that a resumed run needs no saved state.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, *position)))


def key_for(seed: int, stream: RngPurpose, *position: int) -> int:
    """64 bits for the counter-based generator (`backend.counter`), for one purpose and position."""
    sequence = np.random.SeedSequence(seed, spawn_key=(stream, *position))
    return int(sequence.generate_state(1, np.uint64)[0])


def check_seed(seed: int) -> int:
    """The seed, or InputError."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed {shown(seed)}: give a whole number of at least 0")
    return int(seed)
