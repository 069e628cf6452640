"""The network: layers, a cost, and their parameters on a device."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.backend.errors import InputError
from gpunet.backend.plain import Array
from gpunet.nn.activations import Activation, find_activation
from gpunet.nn.costs import Cost, find_cost
from gpunet.nn.initializers import find_initializer
from gpunet.nn.layers import Dense, Layer, Target
from gpunet.nn.parameters import Flat, count
from gpunet.nn.seeds import Stream, check_seed, stream_of
from gpunet.nn.step import Pass, run

DTYPES = ("float32", "float64")


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
        sizes: numbers of neurons from the input layer to the output layer, such as [784, 30, 10].
        activation: "sigmoid", "tanh", "relu", "softmax" or "linear"; one name for the hidden
            layers, the output layer then being what the cost calls for (sigmoid for the
            cross-entropy, softmax for the log-likelihood, the same as the hidden layers for the
            quadratic cost); or one name for each layer above the input.
        cost: "quadratic", "cross-entropy" or "log-likelihood".
        device: a name as `open_device` takes it, or a device.
        dtype: "float32" or "float64".
        seed: decides the first parameters, and the order of samples when training.
        initializer: "large" (chapter 1), "scaled" (chapter 3), or None for "large" with sigmoid
            neurons and the quadratic cost, as in chapter 1, and "scaled" with all others.
        input_scale: what pixels, that is whole numbers, are multiplied by on their way in.

    Attributes:
        weights, biases: for each layer, views into `parameters.array`; assign with `[...] =`.

    Raises:
        InputError: an argument makes no sense; says which, and what would.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str | Sequence[str] = "sigmoid",
        cost: str | Cost = "quadratic",
        device: str | Device | None = "cpu",
        dtype: Any = "float32",
        seed: int = 0,
        initializer: str | None = None,
        input_scale: float = 1 / 256,
    ) -> None:
        self.sizes = check_sizes(sizes)
        self.cost = find_cost(cost)
        activations = find_activations(activation, len(self.sizes) - 1, self.cost)
        self.cost.check(activations[-1])
        self.layers: tuple[Layer, ...] = tuple(
            Dense(n_in, n_out, function)
            for (n_in, n_out), function in zip(pairwise(self.sizes), activations, strict=True)
        )
        self.dtype = check_dtype(dtype)
        self.seed = check_seed(seed)
        self.input_scale = check_scale(input_scale)
        self.device = open_device(device)
        check_memory(self.sizes, count([layer.shapes for layer in self.layers]), self.device)
        self.initializer = initializer or default_initializer(activations, self.cost)
        draw, stream = find_initializer(self.initializer), stream_of(seed, Stream.WEIGHTS)
        drawn = [array for layer in self.layers for array in layer.initialize(draw, stream)]
        self.parameters = self.flat(np.concatenate([array.ravel() for array in drawn]))

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of each layer's activation."""
        return tuple(layer.activation.name for layer in self.layers)

    @property
    def weights(self) -> tuple[Array, ...]:
        """For each layer, W (n_out, n_in)."""
        return tuple(views[0] for views in self.parameters.views)

    @property
    def biases(self) -> tuple[Array, ...]:
        """For each layer, b (n_out,)."""
        return tuple(views[1] for views in self.parameters.views)

    @property
    def multiply_adds(self) -> int:
        """How many multiply-adds the largest product takes for one sample."""
        return max(layer.multiply_adds for layer in self.layers)

    def flat(self, values: Any = None) -> Flat:
        """A flat array on the network's device, laid out like its parameters; zeros by default."""
        shapes = [layer.shapes for layer in self.layers]
        with self.device.active():
            array = self.device.xp.zeros(count(shapes), dtype=self.dtype)
            if values is not None:
                array[...] = self.device.put(values, self.dtype)
            return Flat(array, shapes)

    def bind(self, source: Array) -> Pass:
        """The network tied to an input array (m, n_in) of its own device and dtype."""
        return Pass(self.device, self.layers, self.parameters, source)

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
            bound = self.bind(source)
            with self.device.computing(self.multiply_adds * len(source)):
                run(bound.forward())
            return bound.output[0] if single else bound.output

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
            places = [Target(1 / len(source), 0.0, views) for views in gradients.views]
            with self.device.computing(self.multiply_adds * len(source)):
                run(bound.forward() + bound.backward(self.cost, targets, places))
            weights, biases = zip(*gradients.views, strict=True)
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

    def __repr__(self) -> str:
        shape = "-".join(map(str, self.sizes))
        layers = ", ".join(self.activations)
        return f"<Network {shape}, {layers}, {self.cost.name}, {self.dtype}, {self.device.name}>"


def check_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """The sizes as a tuple, or InputError."""
    try:
        checked = tuple(sizes)
    except TypeError:
        checked = ()
    if len(checked) < 2 or not all(
        isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0
        for size in checked
    ):
        raise InputError(
            f"layer sizes {sizes!r}: give two or more positive whole numbers, as in [784, 30, 10]"
        )
    return tuple(int(size) for size in checked)


def check_memory(sizes: tuple[int, ...], parameters: int, device: Device) -> None:
    """Raise InputError if a network's parameters alone would not fit into the memory free."""
    free, needed = device.memory().free, 8 * parameters
    if free and needed > free:
        raise InputError(
            f"layer sizes {list(sizes)}: {parameters:,} parameters need about "
            f"{needed / 1e9:,.1f} GB, and {device.name} has {free / 1e9:,.1f} GB free; "
            "give smaller layers"
        )


def check_scale(scale: float) -> float:
    """The scale, or InputError unless it is a positive number."""
    if not isinstance(scale, Real) or not (isfinite(scale) and scale > 0):
        raise InputError(f"input scale {scale!r}: give a positive number")
    return float(scale)


def check_dtype(dtype: Any) -> np.dtype[Any]:
    """float32 or float64, however it was spelled, or InputError."""
    try:
        checked: np.dtype[Any] = np.dtype(object if dtype is None else dtype)
    except TypeError:
        checked = np.dtype(object)
    if checked.name not in DTYPES:
        raise InputError(f"dtype {dtype!r}: choose one of {', '.join(DTYPES)}")
    return checked


def find_activations(names: str | Sequence[str], layers: int, cost: Cost) -> tuple[Activation, ...]:
    """One activation for each layer above the input."""
    if isinstance(names, str):
        hidden = find_activation(names)
        chosen_by_cost = None if cost.name == "quadratic" else cost.partner
        top = find_activation(chosen_by_cost) if chosen_by_cost else hidden
        return (*[hidden] * (layers - 1), top)
    if not isinstance(names, Sequence):
        raise InputError(f"activation {names!r}: give a name, or one for each layer")
    if len(names) != layers:
        raise InputError(
            f"{len(names)} activations for {layers} layers: give one, or one for each layer "
            "above the input"
        )
    return tuple(map(find_activation, names))


def default_initializer(activations: Sequence[Activation], cost: Cost) -> str:
    """Chapter 1's large weights for chapter 1's network; chapter 3's scaled ones elsewhere."""
    first_chapter = cost.name == "quadratic" and {a.name for a in activations} == {"sigmoid"}
    return "large" if first_chapter else "scaled"
