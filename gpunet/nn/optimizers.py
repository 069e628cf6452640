"""Optimizers: what a step does with the gradients.

An optimizer may write them straight into the parameters (plain gradient descent does) or collect
them in a flat array of its own and work on whole flat arrays afterwards.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any

from gpunet.backend.plain import Operation
from gpunet.nn.layers import Target
from gpunet.nn.parameters import Flat


class Optimizer(ABC):
    """Holds its state for one network.

    Attributes:
        learning_rate: η.
        momentum: μ, 0 where there is none.
        state: by name, flat arrays that a checkpoint must keep.
    """

    learning_rate: float
    momentum: float = 0.0
    state: dict[str, Flat]

    @abstractmethod
    def targets(self, parameters: Flat, batch_size: int) -> list[Target]:
        """For each layer, where a step over that many samples sends its gradients."""

    @abstractmethod
    def update(self, xp: Any, parameters: Flat) -> Sequence[Operation]:
        """Operations that follow, once all gradients are there."""


class SGD(Optimizer):
    """w ← w − (η/m) Σ ∂Cₓ/∂w, chapter 1 equations (20) and (21)."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.state = {}

    def targets(self, parameters: Flat, batch_size: int) -> list[Target]:
        alpha = -self.learning_rate / batch_size
        return [Target(alpha, 1.0, places) for places in parameters.views]

    def update(self, xp: Any, parameters: Flat) -> Sequence[Operation]:
        return ()


class Momentum(Optimizer):
    """v ← μ v − η ∇C, w ← w + v, chapter 3 equations (107) and (108).

    Velocities are kept in `state`.
    """

    def __init__(self, learning_rate: float, momentum: float, velocity: Flat) -> None:
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.state = {"velocity": velocity}

    def targets(self, parameters: Flat, batch_size: int) -> list[Target]:
        # The step −η ∇C is added onto μ v by the products themselves; `update` leaves μ v behind.
        alpha = -self.learning_rate / batch_size
        return [Target(alpha, 1.0, places) for places in self.state["velocity"].views]

    def update(self, xp: Any, parameters: Flat) -> Sequence[Operation]:
        velocity = self.state["velocity"].array
        # Adding and taking away a tiny number turns to zero the velocities of weights that see
        # no input, before they become denormal and slow the processor down threefold.
        return (
            partial(xp.add, parameters.array, velocity, parameters.array),
            partial(xp.multiply, velocity, self.momentum, velocity),
            partial(xp.add, velocity, 1e-20, velocity),
            partial(xp.subtract, velocity, 1e-20, velocity),
        )
