"""The fused kernel's plan: what a thread block needs to train a network, and whether it fits.

The files of `kernels/fused` are written for any dense network; the plan fixes one, and lays out the
shared memory of a multiprocessor for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from math import ceil
from pathlib import Path

from gpunet.backend.fused_functions import FusedFunction, write_functions

KERNEL = Path(__file__).parent / "kernels" / "fused"
FILES = ("batches", "passes", "update", "train")  # in this order, behind the functions
BYTES = {"float32": 4, "float64": 8}
C_TYPES = {"float32": "float", "float64": "double"}
THREADS = 1024
WARP = 32
# A batch's rows and labels are each fetched by a thread of its own.
MOST_BATCH = 256
# With fewer inputs a slice is not worth the sum over slices that it adds.
LEAST_SLICE = 16


@dataclass(frozen=True)
class FusedPlan:
    """A dense network, a batch size, and the shared memory of one thread block.

    Attributes:
        sizes: neurons of each layer, the input's first.
        functions: the activation of each layer above the input.
        cost_slope: ∂C/∂a, a C++ expression of an output a and its target y.
        cancels: whether that is ∂C/∂z already, the output layer's derivative being cancelled.
        batch_size: samples a step.
        dtype: "float32" or "float64".
        momentum: whether velocities are kept.
        shared_limit: bytes of shared memory that one block may use on the device.
    """

    sizes: tuple[int, ...]
    functions: tuple[FusedFunction, ...]
    cost_slope: str
    cancels: bool
    batch_size: int
    dtype: str
    momentum: bool
    shared_limit: int

    @property
    def layers(self) -> int:
        """Layers above the input."""
        return len(self.sizes) - 1

    @property
    def parameters(self) -> list[int]:
        """How many weights and biases each layer has."""
        return [(n_in + 1) * n_out for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False)]

    @cached_property
    def strides(self) -> list[int]:
        """Numbers from one input's weights to the next: odd, so that no two lanes share a bank."""
        return [n_out | 1 for n_out in self.sizes[1:]]

    @property
    def held(self) -> list[tuple[int, int]]:
        """How many numbers each layer's weights take in shared memory, and how many its biases."""
        layers = zip(self.sizes, self.sizes[1:], self.strides, strict=False)
        return [(fours(n_in * stride), fours(n_out)) for n_in, n_out, stride in layers]

    @cached_property
    def slices(self) -> list[int]:
        """Into how many slices each layer's inputs are divided: as many as occupy the block.

        Fewer, where their partial sums would not fit; each begins at a multiple of four inputs.
        """
        fixed = self.layout([1] * self.layers)[-1]
        chosen = []
        for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False):
            lanes = ceil(n_out / WARP) * WARP
            most = max(1, min(THREADS // lanes, n_in // LEAST_SLICE))
            spare = max(0, self.shared_limit - fixed) // BYTES[self.dtype]
            most = min(most, 1 + spare // (self.batch_size * lanes))
            chosen.append(ceil(n_in / slice_size(n_in, most)))
        return chosen

    @cached_property
    def chunks(self) -> list[int]:
        """How many inputs each slice has."""
        return [slice_size(n, s) for n, s in zip(self.sizes, self.slices, strict=False)]

    def layout(self, slices: Sequence[int]) -> tuple[list[int], list[int], list[int], int, int]:
        """The memory layout, given the number of slices of each layer.

        Returns:
            Offsets of activations, of deltas, and of weights and biases in turn, in numbers; of
            the partial sums, in numbers; and the bytes in all.
        """
        batch = self.batch_size
        outputs = [fours(batch * n) for n in self.sizes]
        *activations, at = accumulate(outputs, initial=0)
        *deltas, at = accumulate(outputs[1:], initial=at)
        *held, at = accumulate(chain.from_iterable(self.held), initial=at)
        partial = max(
            fours(count * batch * ceil(n / WARP) * WARP)
            for count, n in zip(slices, self.sizes[1:], strict=True)
        )
        pixels = fours(batch * self.sizes[0])
        rows_and_labels = 4 * 4 * batch
        size = (at + partial) * BYTES[self.dtype] + pixels + rows_and_labels
        return activations, deltas, held, at, size

    @property
    def shared_bytes(self) -> int:
        """Bytes of shared memory that a block uses."""
        return self.layout(self.slices)[-1]

    @property
    def misfit(self) -> str:
        """What does not fit into a multiprocessor; empty if all does."""
        if self.batch_size > MOST_BATCH:
            return f"the fused engine takes batches of at most {MOST_BATCH}, not {self.batch_size}"
        if self.shared_bytes > self.shared_limit:
            return (
                f"the fused engine keeps the network in one multiprocessor's shared memory: "
                f"{self.shared_bytes:,} bytes are needed ({self.largest_part}), the device has "
                f"{self.shared_limit:,}"
            )
        return ""

    @property
    def largest_part(self) -> str:
        """What takes most of the shared memory, a layer's parameters or the batch, in words."""
        layers = [sum(held) * BYTES[self.dtype] for held in self.held]
        batch = self.shared_bytes - sum(layers)
        if batch > max(layers):
            return f"{batch:,} of them for a batch of {self.batch_size}"
        at = layers.index(max(layers))
        return f"{layers[at]:,} of them for layer {at + 1}, {self.sizes[at]} × {self.sizes[at + 1]}"

    def source(self) -> str:
        """The kernel's text for this plan."""
        activations, deltas, held, partial, size = self.layout(self.slices)
        *before, total = accumulate(self.parameters, initial=0)
        at_bytes = size - fours(self.batch_size * self.sizes[0]) - 16 * self.batch_size
        arrays = {
            "SIZES": self.sizes,
            "CHUNKS": self.chunks,
            "SLICES": self.slices,
            "STRIDES": self.strides,
            "ACTIVATIONS_AT": activations,
            "DELTAS_AT": [0, *deltas],  # there is none for the input
            "WEIGHTS_AT": held[::2],
            "BIASES_AT": held[1::2],
            "PARAMETERS_AT": before,
        }
        numbers = {
            "LAYERS": self.layers,
            "BATCH": self.batch_size,
            "THREADS": THREADS,
            "PARAMETERS": total,
            "PARTIAL_AT": partial,
            "BYTES_AT": at_bytes,
            "INDEX_AT": size - 16 * self.batch_size,
        }
        lines = [f"typedef {C_TYPES[self.dtype]} Real;"]
        lines += [f"constexpr int {name} = {value};" for name, value in numbers.items()]
        lines += [
            f"constexpr int {name}[] = {{{', '.join(map(str, values))}}};"
            for name, values in arrays.items()
        ]
        flags = {"MOMENTUM": self.momentum, "CANCELS": self.cancels}
        lines += [f"constexpr bool {name} = {str(value).lower()};" for name, value in flags.items()]
        functions = write_functions(self.functions, self.sizes[1:], self.cost_slope)
        start, *rest = ((KERNEL / f"{name}.cu").read_text() for name in ("start", *FILES))
        return "\n".join([*lines, start, functions, *rest])


def fours(count: int) -> int:
    """The next multiple of four, at which an array may begin."""
    return -(-count // 4) * 4


def slice_size(n_in: int, slices: int) -> int:
    """Inputs a slice, a multiple of four where there is more than one slice."""
    return n_in if slices == 1 else fours(ceil(n_in / slices))
