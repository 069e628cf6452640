"""How the compiled step has a network's numbers: a row for each input, and one for the biases."""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from gpunet.backend.compiled.names import ACTIVATIONS, LEAST
from gpunet.backend.plain import Array
from gpunet.core.arrays import HostArray
from gpunet.nn.layers.base import Layer
from gpunet.nn.parameters import ParameterVector


class Layout:
    """Where the numbers of fully connected layers lie.

    Rows are padded, and what is beyond the last neuron stays zero.

    Attributes:
        layers: int64 (layers, 6), as the compiled step is told of them.
        size: numbers in all rows.
        workspace: numbers in the outputs of all layers, for a batch.
    """

    def __init__(self, layers: Sequence[Layer], sizes: Sequence[int], batch_size: int) -> None:
        self.shapes = [layer.shapes for layer in layers]
        self.size = self.workspace = 0
        fields = []
        for layer, n_in, n_out in zip(layers, sizes, sizes[1:], strict=False):
            row = -(-n_out // LEAST) * LEAST
            kind = ACTIVATIONS[layer.activation.name]
            fields.append((n_in, n_out, row, self.size, self.workspace, kind))
            self.size += (n_in + 1) * row
            self.workspace += batch_size * row
        self.layers = np.array(fields, np.int64)

    def empty(self) -> HostArray:
        """Rows of zeros."""
        return np.zeros(self.size, np.float32)

    def pack(self, array: Array, rows: HostArray) -> None:
        """rows ← parameters, or what is laid out like them."""
        for (weights, biases), own in self.pairs(array, rows):
            own[:-1], own[-1] = weights.T, biases

    def unpack(self, array: Array, rows: HostArray) -> None:
        """The way back."""
        for (weights, biases), own in self.pairs(array, rows):
            weights[...], biases[...] = own[:-1].T, own[-1]

    def pairs(self, array: Array, rows: HostArray) -> Iterator[tuple[tuple[Array, ...], HostArray]]:
        """Of each layer weights and biases, and its rows without the padding."""
        views = ParameterVector(array, self.shapes).views
        for place, (n_in, n_out, row, at, *_) in zip(views, self.layers.tolist(), strict=True):
            own = rows[at : at + prod((n_in + 1, row))].reshape(n_in + 1, row)
            yield place, own[:, :n_out]
