"""What every optimizer is, and what several of them do to the flat arrays."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Array, Operation, Primitives
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.optimizers.constraints import limit_norms
from gpunet.nn.parameters import ParameterVector


class Optimizer(ABC):
    """Holds its state for one network.

    Attributes:
        name: as the command line spells it.
        learning_rate: η; may be changed between epochs, whereafter a step must be bound anew.
        l2: λ/n, n being the number of training samples.
        momentum: μ, 0 where there is none.
        max_norm: see `limit_norms`; 0 for no limit.
        state: by name, arrays that a checkpoint must keep.
    """

    name: str
    momentum: float = 0.0
    max_norm: float = 0.0
    state: dict[str, Array]

    def __init__(self, learning_rate: float, l2: float = 0.0) -> None:
        self.learning_rate = learning_rate
        self.l2 = l2
        self.state = {}

    @property
    def decay(self) -> float:
        """What weights are multiplied by in a step, 1 − ηλ/n."""
        return 1.0 - self.learning_rate * self.l2

    @abstractmethod
    def targets(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        """For each layer, where a step over that many samples sends its gradients."""

    @abstractmethod
    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """Operations that change the parameters, once all gradients are there."""

    def finish(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """Operations that end a step: the update, and the limits it must keep."""
        limits = limit_norms(p, parameters, self.max_norm) if self.max_norm else ()
        return (*self.update(p, parameters), *limits)


def add_weights(
    p: Primitives, parameters: ParameterVector, factor: float, to: ParameterVector
) -> Sequence[Operation]:
    """to ← to + factor · w, for weights only: what an L2 penalty asks for."""
    operations: list[Operation] = []
    for weights, place in zip(parameters.weights, to.weights, strict=True):
        scratch = p.xp.empty_like(weights)
        operations.append(partial(p.xp.multiply, weights, factor, scratch))
        operations.append(partial(p.xp.add, place, scratch, place))
    return operations


def flush(p: Primitives, array: Array) -> Sequence[Operation]:
    """Turn to zero what decays step by step where there is no input, such as always dark pixels.

    Else it becomes denormal, and slows the processor down threefold.
    """
    return (partial(p.xp.add, array, 1e-20, array), partial(p.xp.subtract, array, 1e-20, array))
