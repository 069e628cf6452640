"""Layers. A layer knows its shapes; bound to a batch, it knows how to run forward and backward.

Another kind of layer joins by subclassing `Layer` and `BoundLayer`, and `Part` for how it is
written; neither the network nor the training loop asks what kind it has.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation
from gpunet.nn.activations import Activation
from gpunet.nn.initializers import Initializer
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class GradientSink:
    """Where a layer's gradients go: each place becomes alpha · Σ over the samples + beta · place.

    For gradients alpha = 1/m and beta = 0. Plain gradient descent writes straight into the
    parameters, alpha = −η/m and beta = 1: the update is part of the product. Weights, not biases,
    are multiplied by `decay` as well, again within the product.
    """

    alpha: float
    beta: float
    places: tuple[Array, ...]
    decay: float = 1.0


@dataclass(frozen=True)
class Binding:
    """What a layer is tied to for one batch.

    Attributes:
        device: where everything lies.
        parameters: the layer's own, in the order of its `shapes`.
        source: (m, n_in), its input, read at every run.
        order: "C" or "F", how output and gradient are to lie in memory.
        clock: uint64 (1,), counts the steps of a training, on the device; None outside of one.
    """

    device: Device
    parameters: tuple[Array, ...]
    source: Array
    order: str
    clock: Array | None

    def empty(self, n: int) -> Array:
        """(m, n) for outputs or gradients, not filled."""
        shape, dtype = (len(self.source), n), self.source.dtype
        return self.device.xp.empty(shape, dtype=dtype, order=self.order)


class BoundLayer(ABC):
    """A layer tied to its parameters, its input and workspaces for one batch.

    Attributes:
        output: (m, n_out), written by `forward`.
        gradient: (m, n_out); what comes down from above is written here.
    """

    output: Array
    gradient: Array

    @abstractmethod
    def forward(self) -> Sequence[Operation]:
        """Operations that write `output` from the input."""

    @abstractmethod
    def chain(self) -> Sequence[Operation]:
        """Operations that take `gradient` from ∂C/∂output to ∂C/∂z."""

    @abstractmethod
    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        """From ∂C/∂z in `gradient`: write ∂C/∂input into `below`, then send gradients to `sink`.

        In that order, since `sink` may be the parameters themselves.
        """


class Layer(ABC):
    """One layer of a network.

    Attributes:
        activation: what `BoundLayer.chain` differentiates.
        only_in_training: whether it is left out outside training.
        needs_clock: whether in training it does another thing at each step.
        fused: whether the fused kernel can hold it, being fully connected.
    """

    activation: Activation
    only_in_training: bool = False
    needs_clock: bool = False

    @property
    @abstractmethod
    def fused(self) -> bool: ...

    @property
    @abstractmethod
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of its parameters: of its weights, and of its biases; none if it has none."""

    @property
    def units(self) -> int:
        """How many neurons, or maps, there are in what comes out, where it has parameters."""
        return self.shapes[-1][0]

    @property
    @abstractmethod
    def macs(self) -> int:
        """How many multiply-adds its largest product takes for one sample."""

    @property
    @abstractmethod
    def workspace(self) -> int:
        """How many numbers it holds for each sample when it is bound to train."""

    @abstractmethod
    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        """Host arrays of the first parameters."""

    @abstractmethod
    def bind(self, to: Binding) -> BoundLayer:
        """The layer tied to an input and its parameters, with workspaces of its own."""


@dataclass(frozen=True)
class Extended(Layer):
    """A layer with something on top that has no parameters of its own.

    Attributes:
        lower: the layer.
        activation: of both together, as `BoundLayer.chain` differentiates it.
    """

    lower: Layer
    activation: Activation
    fused = False

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return self.lower.shapes

    @property
    def macs(self) -> int:
        return self.lower.macs

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        return self.lower.initialize(initializer, rng)
