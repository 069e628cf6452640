"""The network: layers, a cost, and their parameters on a device."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.backend.plain import Array
from gpunet.core.errors import InputError
from gpunet.core.seeds import RngPurpose, check_seed, generator_for
from gpunet.nn.architecture import read_architecture
from gpunet.nn.assemble import default_initializer, find_activations, make_layers
from gpunet.nn.checks import check_dtype, check_memory, check_scale
from gpunet.nn.costs import Cost, find_cost
from gpunet.nn.initializers import find_initializer
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.layers.dropout import check_dropout, find_dropout
from gpunet.nn.parameters import ParameterVector, count
from gpunet.nn.step import Pass, run

# Outside training, as many samples are evaluated at a time as fit into this.
WORKSPACE_BYTES = 32 << 20


@dataclass(frozen=True)
class Gradients:
    """∂C/∂w and ∂C/∂b, laid out like the network's own parameters.

    Attributes:
        flat: all of them in one array.
        weights, biases: for each layer, views into it.
    """

    flat: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]


class Network:
    """A feed-forward network, in the orientation of the book: `weights[l]` is (n_out, n_in).

    Args:
        sizes: numbers of neurons from the input layer to the output layer, such as [784, 30, 10];
            with convolution and pooling (see `nn.architecture`) the shape of the images comes
            first: [(28, 28), "20C5", "MP2", 100, 10].
        activation: "sigmoid", "tanh", "relu", "softmax" or "linear"; one name for the hidden
            layers, the output layer then being what the cost calls for (sigmoid for the
            cross-entropy, softmax for the log-likelihood, the same as the hidden layers for the
            quadratic cost); or one name for each layer above the input, pooling not counted.
        cost: "quadratic", "cross-entropy" or "log-likelihood".
        device: a name as `open_device` takes it, or a device.
        dtype: "float32" or "float64".
        seed: decides the first parameters, and the order of samples when training.
        initializer: "large" (chapter 1), "scaled" (chapter 3), or None for "large" with sigmoid
            neurons and the quadratic cost, as in chapter 1, and "scaled" with all others.
        input_scale: what pixels, that is whole numbers, are multiplied by on their way in.
        dropout: the share of the neurons feeding a fully connected layer that is left out at each
            training step, drawn at random (chapter 3); the network's inputs are never left out.
        dropout_scaling: when neurons are scaled to make up for those left out: in "training", by
            one over the share kept, or in "evaluation", by that share (see `nn.layers.dropout`).

    Attributes:
        architecture: the layers as they were given.
        sizes: numbers per sample at the input and after each of the layers given.
        weights, biases: for each layer that has some, views into `parameters.array`; assign with
            `[...] =`.

    Raises:
        InputError: an argument is invalid; says which, and what is allowed.
    """

    def __init__(
        self,
        sizes: Sequence[Any],
        *,
        activation: str | Sequence[str] = "sigmoid",
        cost: str | Cost = "quadratic",
        device: str | Device | None = "cpu",
        dtype: Any = "float32",
        seed: int = 0,
        initializer: str | None = None,
        input_scale: float = 1 / 256,
        dropout: float = 0.0,
        dropout_scaling: str = "training",
    ) -> None:
        self.architecture = read_architecture(sizes)
        self.sizes = self.architecture.sizes
        self.cost = find_cost(cost)
        activations = find_activations(activation, len(self.architecture.stages), self.cost)
        self.cost.check(activations[-1])
        self.dropout = check_dropout(dropout)
        self.seed = check_seed(seed)
        kind = find_dropout(dropout_scaling)
        self.dropout_scaling = kind.scaling
        self.layers = make_layers(self.architecture, activations, self.dropout, kind, self.seed)
        self.dtype = check_dtype(dtype)
        self.input_scale = check_scale(input_scale)
        self.device = open_device(device)
        check_memory(self.architecture, count([layer.shapes for layer in self.layers]), self.device)
        self.initializer = initializer or default_initializer(activations, self.cost)
        draw, rng = find_initializer(self.initializer), generator_for(seed, RngPurpose.WEIGHTS)
        drawn = [array for layer in self.layers for array in layer.initialize(draw, rng)]
        self.parameters = self.flat(np.concatenate([array.ravel() for array in drawn]))

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of each layer's activation, of those with neurons of their own."""
        return tuple(layer.activation.name for layer in self.layers if layer.shapes)

    @property
    def weights(self) -> tuple[Array, ...]:
        """For each layer that has some, W (n_out, n_in), or (filters, channels, side, side)."""
        return tuple(views[0] for views in self.parameters.views if views)

    @property
    def biases(self) -> tuple[Array, ...]:
        """For each layer that has some, b (n_out,), or (filters,)."""
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

    def feedforward(self, x: Any) -> Array:
        """The outputs for inputs x.

        Args:
            x: (m, n_in), or (n_in,) for one sample; pixels as whole numbers, which are scaled by
                `input_scale`, or fractions, which are not.

        Returns:
            (m, n_out), or (n_out,), on the network's device.
        """
        with self.device.active():
            source, single = self.to_inputs(x)
            most = self.most_at_once
            output = self.device.xp.empty((len(source), self.sizes[-1]), dtype=self.dtype)
            with self.device.computing(self.macs * min(most, len(source))):
                for start in range(0, len(source), most):
                    bound = self.bind(source[start : start + most])
                    run(bound.forward())
                    output[start : start + most] = bound.output
            return output[0] if single else output

    def predict(self, x: Any) -> Array:
        """The class of each sample, the output neuron that is most active: (m,), or a scalar."""
        with self.device.active():
            return self.device.xp.argmax(self.feedforward(x), axis=-1)

    def backprop(self, x: Any, y: Any) -> Gradients:
        """The gradients of the cost, averaged over the samples.

        Args:
            x: as `feedforward` takes it.
            y: labels (m,), or targets (m, n_out); for one sample a label, or (n_out,).
        """
        with self.device.active():
            source, single = self.to_inputs(x)
            targets = self.to_targets(y, len(source), single)
            gradients = self.flat()
            bound = self.bind(source)
            sinks = [GradientSink(1 / len(source), 0.0, views) for views in gradients.views]
            with self.device.computing(self.macs * len(source)):
                run(bound.forward() + bound.backward(self.cost, targets, sinks))
            weights, biases = zip(*filter(None, gradients.views), strict=True)
            return Gradients(gradients.array, weights, biases)

    def to_inputs(self, x: Any) -> tuple[Array, bool]:
        """x as (m, n_in) of the network's device and dtype, and whether it was a single sample."""
        x = self.device.put(x)
        single = x.ndim == 1
        x = x.reshape(1, -1) if single else x
        n_in = self.sizes[0]
        if x.ndim != 2 or x.shape[1] != n_in or len(x) == 0:
            raise InputError(f"inputs have shape {x.shape}: this network takes (samples, {n_in})")
        if x.dtype.kind not in "uifb":
            raise InputError(f"inputs are of type {x.dtype}: this network takes numbers")
        scale = self.input_scale if x.dtype.kind in "ui" else 1.0
        x = x.astype(self.dtype, order="C", copy=False)
        return (x if scale == 1.0 else x * self.dtype.type(scale)), single

    def to_targets(self, y: Any, samples: int, single: bool = False) -> Array:
        """y as (m, n_out): labels become unit vectors."""
        y = self.device.put(y)
        n_out = self.sizes[-1]
        if single:
            y = y.reshape(1) if y.ndim == 0 else y.reshape(1, -1)
        if y.shape == (samples, n_out):
            return y.astype(self.dtype, order="C", copy=False)
        if y.shape != (samples,) or y.dtype.kind not in "ui":
            raise InputError(
                f"targets have shape {y.shape} and type {y.dtype}: {samples} samples need "
                f"whole-number labels ({samples},) or targets ({samples}, {n_out})"
            )
        low, high = int(y.min()), int(y.max())
        if low < 0 or high >= n_out:
            wrong = low if low < 0 else high
            raise InputError(f"label {wrong} is out of range: this network has {n_out} classes")
        return self.device.xp.eye(n_out, dtype=self.dtype)[y]

    def _repr_html_(self) -> str:
        """In a notebook: a table of its layers."""
        from gpunet.nn.network_html import network_html

        said = f"{self.cost.name} cost, {self.dtype}, {self.device.name}, seed {self.seed}"
        return network_html(self.architecture, self.activations, said)

    def __repr__(self) -> str:
        layers = ", ".join(self.activations)
        return (
            f"<Network {self.architecture}, {layers}, {self.cost.name}, {self.dtype}, "
            f"{self.device.name}>"
        )
