"""How the fused kernel divides a network's first layer among the threads of a block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import ceil, log2

WARP = 32
SLOTS = 4  # outputs that a lane has in each pass
LANES = (4, 8, 16, 32)
MOST_WARPS, SCHEDULERS = 32, 4
MOST_UNIT = 5
# A multiprocessor's registers, of 4 bytes, and how many of them one thread may use.
REGISTERS, MOST_REGISTERS = 65_536, 255
# What a thread needs besides its weights: sums, pixels on their way, addresses (seen in ptxas).
OTHER_REGISTERS = 48
# With fewer than these left over a thread is short of them.
SPARE_REGISTERS = 60
# What a phase takes besides its arithmetic: the barrier, and waiting for what it reads.
PHASE_CYCLES = 100
# Bytes of registers that there are for weights at the best.
ROOM = (MOST_REGISTERS - OTHER_REGISTERS) * 4 * REGISTERS // (MOST_REGISTERS + 1)


@dataclass(frozen=True)
class Division:
    """A division of the first layer: each warp has a slab of the inputs to itself.

    Attributes:
        warps: how many there are.
        lanes: of a warp that share outputs.
        passes: how often a lane has four outputs.
        inputs: how many of the slab's a lane has.
        full: warps in which it has so many; in the others it has one fewer.
        batch_size: samples a step.
        registers_a_weight: what a weight takes, and its velocity if it has one.
        tiles: in how many parts the sums of a batch's samples are made.
        bytes_held: whether pixels are held as bytes, where there is no room for numbers.
    """

    warps: int
    lanes: int
    passes: int
    inputs: int
    full: int
    batch_size: int = 10
    registers_a_weight: int = 1
    tiles: int = 1
    bytes_held: bool = False

    @property
    def threads(self) -> int:
        """Threads of the block."""
        return WARP * self.warps

    @property
    def outputs(self) -> int:
        """Outputs that there are places for, those beyond the layer's included."""
        return self.passes * WARP // self.lanes * SLOTS

    @property
    def slab(self) -> int:
        """Inputs of a warp."""
        return self.lanes * self.inputs

    @property
    def registers(self) -> int:
        """Registers that a thread needs."""
        weights = self.passes * SLOTS * self.inputs
        return weights * self.registers_a_weight + OTHER_REGISTERS

    @property
    def fits(self) -> bool:
        """Whether a thread has so many."""
        return self.registers <= registers_of(self.threads)

    @property
    def crowded(self) -> bool:
        """Whether weights leave a thread so few registers that it should read little ahead."""
        return self.registers > registers_of(self.threads) - SPARE_REGISTERS

    @property
    def unit(self) -> int:
        """Samples that are gone through without a loop: a divisor of those of a tile."""
        tile, most = self.batch_size // self.tiles, max(1, MOST_UNIT // self.passes)
        most = min(most, 2) if self.crowded else most
        return max(count for count in range(1, most + 1) if tile % count == 0)

    @property
    def cycles(self) -> float:
        """About how many cycles of a step it takes: by count of instructions, not by measurement.

        Each of four schedulers issues an instruction of one warp a cycle. Where it has few warps,
        it waits a little for what they have asked for.
        """
        per_scheduler = ceil(self.warps / SCHEDULERS)
        inputs, slots = self.inputs - 1 + self.full / self.warps, self.passes * SLOTS
        reads = self.inputs // 4 + inputs % 4 + (2 * inputs if self.bytes_held else 0)
        deltas = (slots * ceil(self.unit / 4) + 10) / self.unit
        folds = self.passes * (9 + 2 * log2(self.lanes / SLOTS))
        fetched = 12 * self.slab / (4 * WARP)
        sample = 2 * (slots * inputs + reads) + deltas + folds + fetched
        return self.batch_size * sample * per_scheduler * (1 + 0.1 / per_scheduler)

    def cycles_above(self, sizes: Sequence[int]) -> float:
        """Likewise, of layers of these sizes: the sums over slabs, and the layers above the first.

        Args:
            sizes: from the first layer's outputs on.
        """
        batch, tiles = self.batch_size, self.tiles
        phases = [(batch // tiles * sizes[0], self.warps)] * tiles
        for n_in, n_out in pairwise(sizes):
            phases += [(batch * n_out, 2 * n_in), (batch * n_in, 2 * n_out)]
            phases += [(ceil(n_out * n_in / 4), 6 * batch)]
        return sum(PHASE_CYCLES + ceil(numbers / self.threads) * work for numbers, work in phases)


def divisions(n_in: int, n_out: int, batch_size: int, registers_a_weight: int) -> list[Division]:
    """Those of a layer of that size that a thread's registers allow, one tile, no bytes held."""
    found = []
    for warps, lanes in product(range(1, MOST_WARPS + 1), LANES):
        passes, columns = ceil(n_out * lanes / (WARP * SLOTS)), ceil(n_in / lanes)
        inputs = ceil(columns / warps)
        # Where the last of a lane's inputs is read alone, not all warps need have it.
        full = columns % warps if inputs % 4 == 1 else 0
        division = Division(
            warps, lanes, passes, inputs, full or warps, batch_size, registers_a_weight
        )
        if division.fits:
            found.append(division)
    return found


def tilings(batch_size: int) -> Iterator[int]:
    """In how many tiles a batch may be divided, the fewest first."""
    return (count for count in range(1, batch_size + 1) if batch_size % count == 0)


def registers_of(threads: int) -> int:
    """How many registers each of a block's threads may use."""
    return min(MOST_REGISTERS, REGISTERS // threads // 8 * 8)


def fours(count: int) -> int:
    """The next multiple of four, at which an array may begin."""
    return -(-count // 4) * 4


def odd_fours(count: int) -> int:
    """The next multiple of four that is odd in fours."""
    return (ceil(count / 4) | 1) * 4
