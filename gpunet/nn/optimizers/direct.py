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
from gpunet.nn.optimizers.constraints import is_limited
from gpunet.nn.parameters import ParameterVector


class Direct(Optimizer):
    """The fused kernel supports these."""

    name = "sgd"

    @property
    def beyond_fused(self) -> str:
        return "max-norm" if is_limited(self.config.max_norm) else ""


class SGD(Direct):
    """w ← (1 − ηλ/n) w − (η/m) Σ ∂Cₓ/∂w; biases do not decay.

    Chapter 1 equations (20) and (21) with λ = 0, chapter 3 equation (93) with an L2 penalty.
    """

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return 0

    def sinks(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        alpha = -self.step / batch_size
        return [GradientSink(alpha, 1.0, places, self.decay) for places in parameters.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        return ()


class Momentum(Direct):
    """v ← μ v − η ∇C, w ← w + v, chapter 3 equations (107) and (108); dampened, (1 − μ) η for η.

    Velocities, as `state` keeps them between steps, are μ v. ∇C includes the L2 penalty's.
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
        alpha = -self.step / batch_size
        return [GradientSink(alpha, 1.0, places) for places in self.velocity.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        velocity = self.velocity.array
        return (
            *self.move(p, parameters),
            partial(p.xp.multiply, velocity, self.momentum, velocity),
            *flush(p, velocity),
        )

    def move(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """v takes the L2 penalty's gradient in, and w ← w + v."""
        pull = self.decay - 1.0
        return (
            *(add_weights(p, parameters, pull, self.velocity) if self.config.l2 else ()),
            partial(p.xp.add, parameters.array, self.velocity.array, parameters.array),
        )


class RisingMomentum(Momentum):
    """The same with a μ that changes from epoch to epoch: the velocities that are kept are v.

    An epoch's first step multiplies them by its own μ, not by that of the epoch before.
    """

    @property
    def beyond_fused(self) -> str:
        return super().beyond_fused or "momentum-epochs"

    def sinks(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        alpha = -self.step / batch_size
        return [GradientSink(alpha, self.momentum, places) for places in self.velocity.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        return (*self.move(p, parameters), *flush(p, self.velocity.array))
