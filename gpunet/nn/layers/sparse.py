"""A convolution whose filters see some of the maps below only: 16C5@lenet."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gpunet.backend.plain import Array, Operation
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.nn.activations import Activation
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, GradientSink, Layer
from gpunet.nn.layers.convolution import BoundConvolution, Convolution
from gpunet.nn.layers.fitting import check_elementwise
from gpunet.nn.layers.kernels import Kernels
from gpunet.nn.layers.part import read_numbers
from gpunet.nn.parameters import Shape

# The maps below that each filter sees: LeCun, Bottou, Bengio and Haffner 1998, table I.
LENET = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)
LENET_MAPS = 6


@dataclass(frozen=True)
class TabledKernels(Kernels):
    """16C5@lenet: 16 filters, connected to 6 maps as those of layer C3 of LeNet-5."""

    example = "16C5@lenet"
    meaning = "16C5@lenet for 16 kernels of 5 × 5 that see the maps LeNet-5's see"

    @classmethod
    def read(cls, given: Any) -> "TabledKernels | None":
        numbers = read_numbers(r"(\d+)C(\d+)@lenet", given)
        return cls(*numbers) if numbers else None

    @property
    def given(self) -> str:
        return f"{self.filters}C{self.side}@lenet"

    def shape_after(self, below: Shape) -> Shape:
        if (below[0], self.filters) != (LENET_MAPS, len(LENET)):
            raise InputError(
                f"{self} on {below[0]} maps: LeNet-5's table connects {len(LENET)} filters to "
                f"{LENET_MAPS} maps; give {len(LENET)}C{self.side}@lenet on 6C5, or "
                f"{self.filters}C{self.side}"
            )
        return super().shape_after(below)

    def make(self, below: Shape, activation: Activation) -> Layer:
        check_elementwise(self, activation)
        kernel = self.side, self.side
        return SparseConvolution(below, self.filters, kernel, (1, 1), activation, sees=LENET)


@dataclass(frozen=True)
class SparseConvolution(Convolution):
    """A convolution whose other weights do not count, and are held at zero.

    Attributes:
        sees: for each filter, which channels it sees.
    """

    sees: tuple[tuple[int, ...], ...] = ()

    @property
    def mask(self) -> HostArray:
        """1 for each weight that counts, 0 for the others: (filters, channels, h, w)."""
        mask = np.zeros(self.shapes[0])
        for number, channels in enumerate(self.sees):
            mask[number, list(channels)] = 1
        return mask

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        # A filter's weights are drawn for as many inputs as it has.
        weights, biases = np.zeros(self.shapes[0]), np.zeros(self.filters)
        h, w = self.kernel
        for count in sorted({len(channels) for channels in self.sees}):
            drawn, shifts = initializer(self.filters, count * h * w, rng)
            for number, channels in enumerate(self.sees):
                if len(channels) == count:
                    weights[number, list(channels)] = drawn[number].reshape(count, h, w)
                    biases[number] = shifts[number]
        return [weights, biases]

    def bind(self, to: Binding) -> "BoundSparseConvolution":
        assert to.order == "F"
        return BoundSparseConvolution(self, to)


class BoundSparseConvolution(BoundConvolution):
    """The same for a batch: a dense product with the weights that count, of others 0."""

    def __init__(self, layer: SparseConvolution, to: Binding) -> None:
        super().__init__(layer, to)
        self.given = self.weights
        self.weights = self.primitives.xp.empty_like(self.given)
        mask = layer.mask.reshape(self.given.shape)
        self.mask = to.device.put(mask, self.given.dtype)

    def forward(self) -> Sequence[Operation]:
        masked = partial(self.primitives.xp.multiply, self.given, self.mask, self.weights)
        return (masked, *super().forward())

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        # Wherever gradients go, parameters and velocities too, what is there already is 0 as well.
        place = sink.places[0].reshape(self.weights.shape)
        masked = partial(self.primitives.xp.multiply, place, self.mask, place)
        return (*super().backward(sink, below), masked)
