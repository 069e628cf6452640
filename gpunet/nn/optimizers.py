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
        decay: what weights are multiplied by in a step, 1 − ηλ/n.
        state: by name, flat arrays that a checkpoint must keep.
    """

    learning_rate: float
    momentum: float = 0.0
    decay: float = 1.0
    state: dict[str, Flat]

    @abstractmethod
    def targets(self, parameters: Flat, batch_size: int) -> list[Target]:
        """For each layer, where a step over that many samples sends its gradients."""

    @abstractmethod
    def update(self, xp: Any, parameters: Flat) -> Sequence[Operation]:
        """Operations that follow, once all gradients are there."""


class SGD(Optimizer):
    """w ← (1 − ηλ/n) w − (η/m) Σ ∂Cₓ/∂w; biases do not decay.

    Chapter 1 equations (20) and (21) with decay = 1, chapter 3 equation (93) with 1 − ηλ/n.
    """

    def __init__(self, learning_rate: float, decay: float = 1.0) -> None:
        self.learning_rate = learning_rate
        self.decay = decay
        self.state = {}

    def targets(self, parameters: Flat, batch_size: int) -> list[Target]:
        alpha = -self.learning_rate / batch_size
        return [Target(alpha, 1.0, places, self.decay) for places in parameters.views]

    def update(self, xp: Any, parameters: Flat) -> Sequence[Operation]:
        return ()


class Momentum(Optimizer):
    """v ← μ v − η ∇C, w ← w + v, chapter 3 equations (107) and (108).

    Velocities, as `state` keeps them between steps, are μ v. With decay < 1, η ∇C includes the L2
    penalty's (1 − decay) w.
    """

    def __init__(
        self, learning_rate: float, momentum: float, velocity: Flat, decay: float = 1.0
    ) -> None:
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.decay = decay
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
            *self.pull(xp, parameters),
            partial(xp.add, parameters.array, velocity, parameters.array),
            partial(xp.multiply, velocity, self.momentum, velocity),
            partial(xp.add, velocity, 1e-20, velocity),
            partial(xp.subtract, velocity, 1e-20, velocity),
        )

    def pull(self, xp: Any, parameters: Flat) -> Sequence[Operation]:
        """v ← v − (1 − decay) w, for weights only."""
        if self.decay == 1.0:
            return ()
        operations: list[Operation] = []
        for (weights, *_), (speed, *_) in zip(
            parameters.views, self.state["velocity"].views, strict=True
        ):
            scratch = xp.empty_like(weights)
            operations.append(partial(xp.multiply, weights, self.decay - 1.0, scratch))
            operations.append(partial(xp.add, speed, scratch, speed))
        return operations
