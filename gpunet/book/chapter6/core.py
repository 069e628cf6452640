"""The network that chapter 6's layers make on a device, and what `gpunet.nn` computes with it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.book.theano.expressions import Applied, Expression, Shared
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.nn.checks import check_dtype
from gpunet.nn.costs import LogLikelihood
from gpunet.nn.layers.base import Layer
from gpunet.nn.network import Network
from gpunet.nn.parameters import Shape
from gpunet.nn.step import run

# As in the book, dropout starts with the same random numbers in every program.
SEED = 0


class Core(Network):
    """A network of given layers, with the log-likelihood cost.

    `Network`'s own constructor is not called: it builds layers from their notation and draws their
    parameters.

    Args:
        layers: from the bottom; the last is softmax.
        n_in, n_out: numbers a sample at the bottom and at the top.
        dropout: the largest fraction that one of the layers drops.
        device: a name as `open_device` takes it, or a device.
        dtype: "float32" or "float64".

    Attributes:
        steps: the number trained so far, which determines the dropout masks.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        n_in: int,
        n_out: int,
        dropout: float,
        device: str | Device,
        dtype: Any,
    ) -> None:
        self.layers = tuple(layers)
        self.sizes = (n_in, n_out)
        self.cost = LogLikelihood()
        self.seed = SEED
        self.dropout = dropout
        self.dtype = check_dtype(dtype)
        self.input_scale = 1.0
        self.device = open_device(device)
        self.parameters = self.flat()
        self.steps = 0

    @property
    def input_shape(self) -> Shape:
        return (self.sizes[0],)

    def __repr__(self) -> str:
        layers = ", ".join(self.activations)
        return f"<network3's core, {layers}, {self.dtype}, {self.device.name}>"

    def outputs(self, x: Any, layer: int, training: bool = False) -> HostArray:
        """What the layer of that number gives for samples x (m, n_in): (m, its outputs).

        In training, with the dropout masks of the next step.
        """
        device = self.device
        with device.active():
            source = device.put(np.asarray(x, dtype=self.dtype))
            clock = device.put(np.array([self.steps], np.uint64)) if training else None
            most, parts = self.most_at_once, []
            with device.computing(self.macs * min(most, len(source))):
                for start in range(0, len(source), most):
                    bound = self.bind(source[start : start + most], clock)
                    run(bound.forward())
                    parts.append(np.array(device.host(bound.layers[layer].output)))
        return np.concatenate(parts)

    def expression(
        self, x: Expression, layer: int, shape: tuple[int, ...], training: bool = False
    ) -> Expression:
        """The same as an expression of x, each sample in that shape."""
        compute = partial(self.outputs, layer=layer, training=training)
        return shaped(Applied(compute, (x,)), shape)


def shaped(rows: Expression, shape: tuple[int, ...]) -> Expression:
    """An expression of (m, n) with each sample in that shape."""
    return Applied(lambda array: array.reshape(len(array), *shape), (rows,))


class Parameter(Shared):
    """Weights or biases: on the host until a network contains their layer, then in its parameters.

    Args:
        value: the first ones, in the book's shape.
        name: w or b.
        turn: converts between the book's orientation and that of `gpunet.nn`, in both directions.
    """

    def __init__(self, value: HostArray, name: str, turn: Callable[[Any], Any]) -> None:
        super().__init__(value, name)
        self.shape = self.array.shape
        self.turn = turn
        self.core: Core | None = None

    def join(self, core: Core, view: Any) -> None:
        """Be stored in a network's parameters from now on, starting with the present values."""
        value = self.get_value()
        self.core, self.view = core, view
        self.set_value(value)

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> HostArray:
        """A copy on the host, in the book's shape."""
        if self.core is None:
            return super().get_value(borrow)
        return np.ascontiguousarray(self.turn(np.array(self.core.device.host(self.view))))

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the values by others of the same shape; the network's next step starts with them.

        Raises:
            InputError: the shape differs.
        """
        value = np.asarray(new_value)
        if value.shape != self.shape:
            raise InputError(f"{self.name} has shape {self.shape}, the new value {value.shape}")
        if self.core is None:
            super().set_value(value, borrow)
            return
        device = self.core.device
        with device.active():
            transposed = np.ascontiguousarray(self.turn(value))
            self.view[...] = device.put(transposed, self.core.dtype)
