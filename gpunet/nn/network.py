"""The network: layers, a cost, and their parameters on a device."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.backend.exchange import give_back
from gpunet.backend.plain import Array
from gpunet.core.arguments import check_flag
from gpunet.core.seeds import RngPurpose, check_seed, generator_for
from gpunet.datasets.deskewing import upright
from gpunet.nn.architecture import read_architecture
from gpunet.nn.assemble import default_initializer, find_activations, make_layers
from gpunet.nn.checks import check_deskew, check_dtype, check_memory, check_scale
from gpunet.nn.costs import Cost, find_cost
from gpunet.nn.initializers import find_initializer
from gpunet.nn.inputs import Inputs, Meaning, find_scale, take_inputs
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.layers.dropout import check_dropout, check_dropouts, find_dropout, simplest
from gpunet.nn.outputs import check_several, to_probabilities
from gpunet.nn.parameters import Shape, count
from gpunet.nn.placed import PlacedLayers
from gpunet.nn.step import run
from gpunet.nn.targets import to_targets


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


class Network(PlacedLayers):
    """A feed-forward network, in the orientation of the book: `weights[l]` is (n_out, n_in).

    Args:
        sizes: numbers of neurons from the input layer to the output layer, such as [784, 30, 10];
            with convolution and pooling (see `nn.architecture`) the shape of the images comes
            first: [(28, 28), "20C5", "MP2", 100, 10].
        activation: "sigmoid", "tanh", "relu", "softmax" or "linear"; one name for the hidden
            layers, the output layer then being what the cost calls for (sigmoid for the
            cross-entropy, softmax for the log-likelihood; for the quadratic cost the same as the
            hidden layers, or linear above ReLUs); or one name for each layer above the input,
            pooling not counted.
        cost: "quadratic", "cross-entropy" or "log-likelihood".
        device: a name as `open_device` takes it, or a device.
        dtype: "float32" or "float64".
        seed: decides the first parameters, and the order of samples when training.
        initializer: "large" (chapter 1), "scaled" (chapter 3), "glorot" (uniform), or None for
            "large" with sigmoid neurons and the quadratic cost, as in chapter 1, and "scaled" with
            all others.
        input_scale: what pixels, that is whole numbers, are multiplied by on their way in.
        scale_floats: whether fractions are multiplied by it as well; `fit` sets it where it was
            told a scale.
        dropout: the share of the neurons feeding a fully connected layer that is left out at each
            training step, drawn at random (chapter 3); or a list with one for each layer that feeds
            one, from the bottom: for each hidden layer, where there are no convolutions.
        input_dropout: the share of the network's inputs that is left out likewise.
        dropout_scaling: when neurons are scaled to make up for those left out: in "training", by
            one over the share kept, or in "evaluation", by that share (see `nn.layers.dropout`).
        deskew: (height, width) of the images, if each is to be slanted on its way in so that it
            stands upright (see `datasets.deskewing`).

    Attributes:
        architecture: the layers as they were given.
        sizes: numbers per sample at the input and after each of the layers given.
        weights, biases: for each layer that has some, views into `parameters.array`; assign with
            `[...] =`.
        classes: the names of the classes, if it was trained on names; else empty.
        trained_on: "pixels", "fractions" or "": what the numbers were that it was trained on.

    Raises:
        InputError: an argument is invalid; says which, and what is allowed.
    """

    scale_floats: bool = False
    input_dropout: float = 0.0
    trained_on: str = ""
    deskew: Shape = ()
    classes: tuple[str, ...] = ()

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
        scale_floats: bool = False,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        dropout_scaling: str = "training",
        deskew: tuple[int, int] | None = None,
    ) -> None:
        self.architecture = read_architecture(sizes)
        self.sizes = self.architecture.sizes
        self.cost = find_cost(cost)
        activations = find_activations(activation, len(self.architecture.stages), self.cost)
        self.cost.check(activations[-1])
        rates = check_dropouts(dropout)
        self.input_dropout = check_dropout(input_dropout, "input dropout")
        self.seed = check_seed(seed)
        kind = find_dropout(dropout_scaling)
        self.dropout_scaling = kind.scaling
        self.layers = make_layers(
            self.architecture, activations, rates, self.input_dropout, kind, self.seed
        )
        self.dropout = simplest(rates)
        self.dtype = check_dtype(dtype)
        self.input_scale = check_scale(input_scale)
        self.scale_floats = check_flag(scale_floats, "scale_floats")
        self.deskew = check_deskew(deskew, self.input_shape)
        self.device = open_device(device)
        check_memory(self.architecture, count([layer.shapes for layer in self.layers]), self.device)
        if initializer is None:
            initializer = default_initializer(activations, self.cost)
        self.initializer = initializer
        draw, rng = find_initializer(self.initializer), generator_for(seed, RngPurpose.WEIGHTS)
        drawn = [array for layer in self.layers for array in layer.initialize(draw, rng)]
        self.parameters = self.flat(np.concatenate([array.ravel() for array in drawn]))

    def feedforward(self, x: Any, *, scale: float | None = None) -> Array:
        """The outputs for inputs x.

        Args:
            x: samples (m, n_in), or images (m, height, width), (m, height, width, 1) or
                (m, 1, height, width); or one sample without m. An array of any library, or a list.
                Whole numbers from 0 to 255 are pixels, multiplied by `input_scale`. Fractions are
                taken as they are; but refused where all are whole and some above 1, as these are
                pixels that were to be scaled.
            scale: what x is multiplied by instead.

        Returns:
            (m, n_out), or (n_out,), where x lay, as an array of its library: NumPy's for lists and
            data frames.

        Raises:
            InputError: x is no such array; says what was found, and what is needed.
        """
        with self.device.active():
            return give_back(self.device, self.compute(x, scale, strict=False), x)

    def predict(self, x: Any, *, scale: float | None = None) -> Array:
        """The class of each sample, the output neuron that is most active: (m,), or a scalar.

        The name of the class, if the network was trained on names: then as a NumPy array. x is
        taken as by `feedforward`; fractions beyond 0 to 1 need a scale.
        """
        check_several(self.sizes[-1], "predict")
        with self.device.active():
            best = self.device.xp.argmax(self.compute(x, scale), axis=-1)
            if self.classes:
                return np.array(self.classes)[self.device.host(best)]
            return give_back(self.device, best, x)

    def predict_proba(self, x: Any, *, scale: float | None = None) -> Array:
        """The outputs as probabilities: float64 (m, n_out), or (n_out,), which sum to 1.

        Those of a softmax layer are probabilities; of others the positive parts are divided by
        their sum. Arguments and errors are those of `predict`.
        """
        check_several(self.sizes[-1], "predict_proba")
        with self.device.active():
            shares = to_probabilities(self.device.xp, self.compute(x, scale))
            return give_back(self.device, shares, x)

    def compute(self, x: Any, scale: float | None = None, *, strict: bool = True) -> Array:
        """As `feedforward`, on the network's device; `strict` as for `find_scale`."""
        with self.device.active():
            rows, factor, single = self.read(x, scale, strict=strict)
            most = self.most_at_once
            output = self.device.xp.empty((len(rows), self.sizes[-1]), dtype=self.dtype)
            with self.device.computing(self.macs * min(most, len(rows))):
                for start in range(0, len(rows), most):
                    part = Inputs(rows[start : start + most], factor)
                    bound = self.bind(part.scaled(self.dtype))
                    run(bound.forward())
                    output[start : start + most] = bound.output
            return output[0] if single else output

    def backprop(self, x: Any, y: Any) -> Gradients:
        """The gradients of the cost, averaged over the samples.

        Args:
            x: as `feedforward` takes it.
            y: labels (m,), or targets (m, n_out); for one sample a label, or (n_out,).
        """
        with self.device.active():
            inputs = self.read(x, strict=False)
            source, single = inputs.scaled(self.dtype), inputs.single
            shape = len(source), self.sizes[-1]
            targets = to_targets(self.device, y, shape, self.dtype, single)
            gradients = self.flat()
            bound = self.bind(source)
            sinks = [GradientSink(1 / len(source), 0.0, views) for views in gradients.views]
            with self.device.computing(self.macs * len(source)):
                run(bound.forward() + bound.backward(self.cost, targets, sinks))
            weights, biases = zip(*filter(None, gradients.views), strict=True)
            return Gradients(gradients.array, weights, biases)

    def read(
        self, x: Any, scale: float | None = None, what: str = "inputs", *, strict: bool = True
    ) -> Inputs:
        """Samples on the network's device, and their scale: see `find_scale`."""
        rows, single = take_inputs(self.device, x, self.input_shape, what)
        scale = find_scale(self.device, rows, scale, self.meaning, what, strict)
        if self.deskew:
            upright_rows = upright(self.device.host(rows), self.deskew)
            rows = self.device.put(upright_rows)
        return Inputs(rows, scale, single)

    @property
    def meaning(self) -> Meaning:
        """What numbers mean to it."""
        largest = float(np.finfo(self.dtype).max)
        return Meaning(self.input_scale, self.scale_floats, self.trained_on, largest)

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
