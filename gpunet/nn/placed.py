"""A network's layers and parameters where they lie: on a device, and on the way to another."""

from typing import Any, Self

import numpy as np

from gpunet.backend.choose import open_device, reopen_device
from gpunet.backend.device import Device
from gpunet.backend.plain import Array
from gpunet.nn.architecture import Architecture
from gpunet.nn.layers.base import Layer
from gpunet.nn.parameters import ParameterVector, Shape, count
from gpunet.nn.step import Pass

# Outside training, as many samples are evaluated at a time as fit into this.
WORKSPACE_BYTES = 32 << 20


class PlacedLayers:
    """Layers, and their parameters on a device. They can be copied, pickled, and sent elsewhere.

    Attributes:
        architecture: the layers as they were given.
        sizes: numbers per sample at the input and after each of the layers given.
        layers: the layers.
        dtype: of the parameters.
        device: where they lie.
        parameters: all of them.
    """

    architecture: Architecture
    sizes: tuple[int, ...]
    layers: tuple[Layer, ...]
    dtype: np.dtype[Any]
    device: Device
    parameters: ParameterVector

    @property
    def input_shape(self) -> Shape:
        """(n_in,), or (height, width) where it takes images."""
        return self.architecture.inputs

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of each layer's activation, of those with neurons of their own."""
        return tuple(layer.activation.name for layer in self.layers if layer.shapes)

    @property
    def weights(self) -> tuple[Array, ...]:
        """W (n_out, n_in), (filters, channels, side, side) or (maps, 1) of each layer with some."""
        return tuple(views[0] for views in self.parameters.views if views)

    @property
    def biases(self) -> tuple[Array, ...]:
        """For each layer that has some, b (n_out,), or of each filter or map."""
        return tuple(views[1] for views in self.parameters.views if views)

    @property
    def macs(self) -> int:
        """How many multiply-adds the largest product takes for one sample."""
        return max(layer.macs for layer in self.layers)

    @property
    def workspace(self) -> int:
        """How many numbers a step holds for each sample, in addition to the parameters."""
        return self.sizes[0] + sum(layer.workspace for layer in self.layers)

    @property
    def most_at_once(self) -> int:
        """How many samples are taken through the network at a time outside training."""
        return max(1, WORKSPACE_BYTES // (self.workspace * self.dtype.itemsize))

    def flat(self, values: Any = None) -> ParameterVector:
        """A flat array on the network's device, laid out like its parameters; zeros by default."""
        shapes = [layer.shapes for layer in self.layers]
        with self.device.active():
            array = self.device.xp.zeros(count(shapes), dtype=self.dtype)
            if values is not None:
                array[...] = self.device.put(values, self.dtype)
            return ParameterVector(array, shapes)

    def bind(self, source: Array, clock: Array | None = None) -> Pass:
        """The network tied to an input array (m, n_in) of its own device and dtype.

        A training gives its clock as well, uint64 (1,) on the device: the steps so far.
        """
        return Pass(self.device, self.layers, self.parameters, source, clock)

    def copy_to(self, device: str | Device | None) -> Self:
        """The same network on a device, with parameters of its own.

        Args:
            device: a name as `open_device` takes it, or a device.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.device = open_device(device)
        other.parameters = other.flat(self.device.host(self.parameters.array))
        return other

    def __copy__(self) -> Self:
        return self.copy_to(self.device)

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy_to(self.device)

    def __getstate__(self) -> dict[str, Any]:
        """For pickle: parameters as NumPy's, and the device by its name."""
        values = self.device.host(self.parameters.array)
        device = (self.device.name, self.device.precision)
        return {**self.__dict__, "device": device, "parameters": values}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.device = reopen_device(*state["device"])
        self.parameters = self.flat(state["parameters"])
