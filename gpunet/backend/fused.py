"""The fused kernel's plan: how a thread block trains a network, and whether the network fits.

The files of `kernels/fused` are written for any dense network; the plan fixes one, divides its
first layer among the block's threads, and lays out a multiprocessor's shared memory for it.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, product
from pathlib import Path

from gpunet.backend.fused_division import (
    REGISTERS,
    ROOM,
    Division,
    divisions,
    fours,
    odd_fours,
    registers_of,
    tilings,
)
from gpunet.backend.fused_functions import FusedCost, FusedFunction, write_functions
from gpunet.backend.shuffle import LEAST_BITS, ROUNDS

KERNEL = Path(__file__).parent / "kernels" / "fused"
# In this order, behind the functions.
FILES = ("order", "pixels", "slabs", "layers", "outcome", "train")
BYTES = {"float32": 4, "float64": 8}
C_TYPES = {"float32": "float", "float64": "double"}
MOST_BATCH = 256
# Bytes of shared memory that CUDA takes for each block.
RESERVED = 1024
# What a thread reports in the end, in bytes of shared memory that are free by then.
REPORT = 16
# Places of which there is one a layer.
ARRAYS = ("ACTIVATIONS_AT", "DELTAS_AT", "WEIGHTS_AT", "BIASES_AT")


@dataclass(frozen=True)
class FusedPlan:
    """A dense network, a batch size, and how one thread block trains the one by the other.

    Attributes:
        sizes: neurons of each layer, the input's first.
        functions: the activation of each layer above the input.
        cost: value and slope.
        cancels: whether the slope is ∂C/∂z already, the output layer's derivative being cancelled.
        batch_size: samples a step.
        dtype: "float32" or "float64".
        momentum: whether velocities are kept.
        decays: whether weights decay, by an L2 penalty.
        shared_limit: bytes of shared memory that one block may use on the device.
    """

    sizes: tuple[int, ...]
    functions: tuple[FusedFunction, ...]
    cost: FusedCost
    cancels: bool
    batch_size: int
    dtype: str
    momentum: bool
    decays: bool
    shared_limit: int

    @property
    def layers(self) -> int:
        """Layers above the input."""
        return len(self.sizes) - 1

    @property
    def parameters(self) -> list[int]:
        """How many weights and biases each layer has."""
        return [(n_in + 1) * n_out for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False)]

    @property
    def strides(self) -> list[int]:
        """Numbers from one row of a layer to the next, of activations, ∂C/∂z and weights.

        A multiple of four, for numbers are read in fours, and an odd one, so that rows that are
        read together lie in different banks.
        """
        return [odd_fours(n) for n in self.sizes]

    @property
    def chained(self) -> list[bool]:
        """For each layer whether its ∂C/∂z are completed a sample at a time."""
        *hidden, output = [function.by_row for function in self.functions]
        return [*hidden, output and not self.cancels]

    def layout(self, division: Division) -> dict[str, list[int]]:
        """Where in shared memory everything lies, by the kernel's names; the end last.

        In numbers up to the pixels, which are in bytes, as is all behind them.
        """
        batch, n, strides = self.batch_size, self.sizes, self.strides
        width, unit = BYTES[self.dtype], division.unit
        rows = [batch * stride for stride in strides]
        parts = {
            "ACTIVATIONS_AT": [0, *rows[1:]],
            "DELTAS_AT": [0, *rows[1:]],
            "WEIGHTS_AT": [0, *(o * s for o, s in zip(n[2:], strides[1:], strict=False))],
            "BIASES_AT": [fours(o) for o in n[1:]],
            "LOWER_AT": [batch // unit * division.outputs * odd_fours(unit)],
            "PARTIAL_AT": [division.warps * batch // division.tiles * division.outputs],
        }
        places, at = {}, 0
        for name, lengths in parts.items():
            *places[name], at = accumulate(lengths, initial=at)
        pixels = division.warps * batch * division.slab * (1 if division.bytes_held else width)
        places["PIXELS_AT"] = [at * width]
        places["BATCH_AT"] = [-(-(at * width + pixels) // 8) * 8]
        end = places["BATCH_AT"][0] + (2 * 8 + 2 * 4) * batch
        places["SHARED_BYTES"] = [max(end, REPORT * division.threads)]
        return places

    def shared_bytes_of(self, division: Division) -> int:
        """Bytes of shared memory that a block would use."""
        return self.layout(division)["SHARED_BYTES"][0]

    @cached_property
    def division(self) -> Division | None:
        """The quickest that fits; if none does, the one that misses by the least, or None."""
        (n_in, n_out), numbers = self.sizes[:2], 2 if self.momentum else 1
        registers_a_weight = numbers * BYTES[self.dtype] // 4
        allowed = divisions(n_in, n_out, self.batch_size, registers_a_weight)
        found, least, fewest = [], None, 0
        for plain, bytes_held in product(allowed, (False, True)):
            for tiles in tilings(self.batch_size):
                division = replace(plain, tiles=tiles, bytes_held=bytes_held)
                size = self.shared_bytes_of(division)
                if least is None or size < fewest:
                    least, fewest = division, size
                if size <= self.shared_limit:
                    found.append(division)
                    break
        return min(found, key=self.cycles, default=least)

    def cycles(self, division: Division) -> float:
        """About how many cycles a step takes, by count, not by measurement."""
        return division.cycles + division.cycles_above(self.sizes[1:])

    @property
    def threads(self) -> int:
        """Threads of a block."""
        assert self.division
        return self.division.threads

    @property
    def shared_bytes(self) -> int:
        """Bytes of shared memory that a block uses."""
        assert self.division
        return self.shared_bytes_of(self.division)

    @property
    def at_once(self) -> int:
        """How many blocks a multiprocessor has registers and shared memory for, if one fits."""
        by_registers = REGISTERS // (registers_of(self.threads) * self.threads)
        return min(by_registers, (self.shared_limit + RESERVED) // (self.shared_bytes + RESERVED))

    @property
    def misfit(self) -> str:
        """What does not fit into a multiprocessor; empty if all does."""
        if self.batch_size > MOST_BATCH:
            return f"the fused engine takes batches of at most {MOST_BATCH}, not {self.batch_size}"
        n_in, n_out = self.sizes[:2]
        if self.division is None:
            needed = n_in * n_out * BYTES[self.dtype] * (2 if self.momentum else 1)
            return (
                f"the fused engine keeps the first layer's weights in one multiprocessor's "
                f"registers: {n_in} × {n_out} of them take {needed:,} bytes"
                f"{', velocities included' if self.momentum else ''}, and there is room for "
                f"about {ROOM:,}"
            )
        if self.shared_bytes > self.shared_limit:
            return (
                f"the fused engine keeps the batch and the upper layers in one multiprocessor's "
                f"shared memory: {self.shared_bytes:,} bytes are needed ({self.largest_part}), the "
                f"device has {self.shared_limit:,}"
            )
        return ""

    @property
    def largest_part(self) -> str:
        """What takes most of the shared memory, a layer's parameters or the batch, in words."""
        held = [
            n_out * stride for n_out, stride in zip(self.sizes[2:], self.strides[1:], strict=False)
        ]
        layers = [0, *(numbers * BYTES[self.dtype] for numbers in held)]
        batch = self.shared_bytes - sum(layers)
        if batch > max(layers):
            return f"{batch:,} of them for a batch of {self.batch_size}"
        at = layers.index(max(layers))
        return f"{layers[at]:,} of them for layer {at + 1}, {self.sizes[at]} × {self.sizes[at + 1]}"

    def source(self) -> str:
        """The kernel's text for this plan."""
        division = self.division
        assert division
        *before, total = accumulate(self.parameters, initial=0)
        places = self.layout(division)
        numbers = {
            "LAYERS": self.layers,
            "BATCH": self.batch_size,
            "THREADS": division.threads,
            "LANES": division.lanes,
            "PASSES": division.passes,
            "INPUTS": division.inputs,
            "FULL": division.full,
            "TILES": division.tiles,
            "UNIT": division.unit,
            "UNIT_STRIDE": odd_fours(division.unit),
            "PARAMETERS": total,
            "SHUFFLE_ROUNDS": ROUNDS,
            "LEAST_BITS": LEAST_BITS,
            **{name: at[0] for name, at in places.items() if name not in ARRAYS},
        }
        flags = {
            "MOMENTUM": self.momentum,
            "DECAYS": self.decays,
            "CANCELS": self.cancels,
            "CROWDED": division.crowded,
        }
        arrays = {
            "SIZES": self.sizes,
            "STRIDES": self.strides,
            "PARAMETERS_AT": before,
            "CHAINED": map(int, self.chained),
            **{name: at for name, at in places.items() if name in ARRAYS},
        }
        lines = [
            f"typedef {C_TYPES[self.dtype]} Real;",
            f"typedef {'unsigned char' if division.bytes_held else 'Real'} Pixel;",
            *(f"constexpr int {name} = {value};" for name, value in numbers.items()),
            *(f"constexpr bool {name} = {int(value)};" for name, value in flags.items()),
            *(
                f"[[maybe_unused]] constexpr int {name}[] = {{{', '.join(map(str, values))}}};"
                for name, values in arrays.items()
            ),
        ]
        functions = write_functions(self.functions, self.sizes[1:], self.cost)
        start, *rest = ((KERNEL / f"{name}.cu").read_text() for name in ("start", *FILES))
        return "\n".join([*lines, start, functions, *rest])
