"""The base class of optimizers, and operations that several of them share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Protocol

from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.optimizers.constraints import limit_norms
from gpunet.nn.parameters import ParameterVector


@dataclass(frozen=True)
class OptimizerConfig:
    """The hyper-parameters of an optimizer.

    Attributes:
        learning_rate: η.
        momentum: μ, the share of the velocity kept from step to step.
        momentum_start, momentum_epochs: where μ begins, and in how many epochs it rises to its
            value; with 0 of them it does not change.
        dampening: whether a gradient is multiplied by 1 − μ.
        l1, l2: λ/n, the strengths of penalties on the weights, n being the number of training
            samples.
        max_norm: the largest length of the weights that come into a neuron; 0 for any; or one for
            each layer that has weights.
        clip: the largest length of a step's gradient; 0 for any.
    """

    learning_rate: float
    momentum: float = 0.0
    momentum_start: float = 0.0
    momentum_epochs: int = 0
    dampening: bool = False
    l1: float = 0.0
    l2: float = 0.0
    max_norm: float | Sequence[float] = 0.0
    clip: float = 0.0


# Any optimizer takes these, by way of `Collected.update` and `Optimizer.finish`.
PENALTIES = frozenset({"l1", "l2", "max_norm", "clip"})
# What goes with a velocity.
MOMENTUM = frozenset({"momentum", "momentum_start", "momentum_epochs"})


class Trainable(Protocol):
    """What has parameters on a device, as a network has."""

    device: Device
    parameters: ParameterVector


class Optimizer(ABC):
    """Holds its state for one network.

    Attributes:
        name: as the command line spells it.
        takes: the fields of an `OptimizerConfig` that it uses, in addition to the learning rate;
            others are refused.
        needs: those of them that it cannot do without.
        limits_decay: whether a step takes ηλ/n off every weight, which must therefore be below 1.
        config: its hyper-parameters.
        learning_rate, momentum: η and μ as they are now; after a change, between epochs, a step
            must be bound again.
        state: by name, arrays that a checkpoint must keep.
        velocity: the velocities that the fused kernel continues from; None where it has none.
    """

    name: ClassVar[str]
    takes: ClassVar[frozenset[str]]
    needs: ClassVar[frozenset[str]] = frozenset()
    limits_decay: ClassVar[bool] = True
    state: dict[str, Array]
    velocity: ParameterVector | None = None

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        self.config = config
        self.learning_rate = config.learning_rate
        self.momentum = config.momentum_start if config.momentum_epochs else config.momentum
        self.state = {}

    @classmethod
    def make(cls, network: Trainable, config: OptimizerConfig) -> "Optimizer":
        """The optimizer for a configuration; of another class, where that is faster."""
        return cls(network, config)

    @classmethod
    @abstractmethod
    def states(cls, config: OptimizerConfig) -> int:
        """How many arrays as large as all parameters `state` holds."""

    @property
    @abstractmethod
    def beyond_fused(self) -> str:
        """What of it the fused kernel does not support; empty if it supports everything."""

    @property
    def step(self) -> float:
        """What a gradient is multiplied by: η, or (1 − μ) η (Hinton et al. 2012, appendix A.1)."""
        return self.learning_rate * (1.0 - self.momentum if self.config.dampening else 1.0)

    @property
    def decay(self) -> float:
        """What weights are multiplied by in a step, 1 − ηλ/n."""
        return 1.0 - self.step * self.config.l2

    @abstractmethod
    def sinks(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        """For each layer, where a step over that many samples sends its gradients."""

    @abstractmethod
    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """Operations that change the parameters, once all gradients are there."""

    def finish(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """Operations that end a step: the update, and the limits it must keep."""
        return (*self.update(p, parameters), *limit_norms(p, parameters, self.config.max_norm))


def zeros_like(network: Trainable) -> ParameterVector:
    """Zeros on a network's device, laid out like its parameters."""
    with network.device.active():
        array = network.device.xp.zeros_like(network.parameters.array)
        return ParameterVector(array, network.parameters.shapes)


def add_weights(
    p: Primitives, parameters: ParameterVector, factor: float, to: ParameterVector
) -> Sequence[Operation]:
    """to ← to + factor · w, for weights only: what an L2 penalty asks for."""
    operations: list[Operation] = []
    for weights, place in zip(parameters.weights, to.weights, strict=True):
        scratch = p.xp.empty_like(weights)
        operations.append(
            partial(p.xp.multiply, weights, p.constant(factor, weights.dtype), scratch)
        )
        operations.append(partial(p.xp.add, place, scratch, place))
    return operations


def flush(p: Primitives, array: Array) -> Sequence[Operation]:
    """Make zero what decays step by step where there is no input, such as always dark pixels.

    Otherwise it becomes denormal, and slows the processor down threefold.
    """
    little = p.constant(1e-20, array.dtype)
    return (partial(p.xp.add, array, little, array), partial(p.xp.subtract, array, little, array))
