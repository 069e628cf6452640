"""Optimizers whose gradients go at once to where they are used: into parameters or velocities.

The update is part of the products that make the gradients, which is why these are the fast ones.
They are used for sgd as long as nothing needs the whole gradient first (see `sgd`).
"""

from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.optimizers.base import (
    Optimizer,
    OptimizerConfig,
    Trainable,
    add_weights,
    flush,
    zeros_like,
)
from gpunet.nn.parameters import ParameterVector


class Direct(Optimizer):
    """The fused kernel supports these."""

    name = "sgd"

    @property
    def beyond_fused(self) -> str:
        return "max-norm" if self.config.max_norm else ""


class SGD(Direct):
    """w ← (1 − ηλ/n) w − (η/m) Σ ∂Cₓ/∂w; biases do not decay.

    Chapter 1 equations (20) and (21) with λ = 0, chapter 3 equation (93) with an L2 penalty.
    """

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return 0

    def sinks(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        alpha = -self.learning_rate / batch_size
        return [GradientSink(alpha, 1.0, places, self.decay) for places in parameters.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        return ()


class Momentum(Direct):
    """v ← μ v − η ∇C, w ← w + v, chapter 3 equations (107) and (108).

    Velocities, as `state` keeps them between steps, are μ v. η ∇C includes the L2 penalty's.
    """

    velocity: ParameterVector

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        super().__init__(network, config)
        self.velocity = zeros_like(network)
        self.state = {"velocity": self.velocity.array}

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return 1

    def sinks(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        # The step −η ∇C is added onto μ v by the products themselves; `update` leaves μ v behind.
        alpha = -self.learning_rate / batch_size
        return [GradientSink(alpha, 1.0, places) for places in self.velocity.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        velocity, pull = self.velocity.array, self.decay - 1.0
        return (
            *(add_weights(p, parameters, pull, self.velocity) if self.config.l2 else ()),
            partial(p.xp.add, parameters.array, velocity, parameters.array),
            partial(p.xp.multiply, velocity, self.config.momentum, velocity),
            *flush(p, velocity),
        )
