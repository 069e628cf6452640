"""Optimizers: what a step does with the gradients.

An optimizer may write them straight into the parameters, as plain gradient descent does, or into
its velocities, or collect them in a flat array of its own (see `gradient_optimizers`).
"""

from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.optimizers.base import Optimizer, add_weights, flush
from gpunet.nn.parameters import ParameterVector


class SGD(Optimizer):
    """w ← (1 − ηλ/n) w − (η/m) Σ ∂Cₓ/∂w; biases do not decay.

    Chapter 1 equations (20) and (21) with λ = 0, chapter 3 equation (93) with an L2 penalty.
    """

    name = "sgd"

    def targets(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        alpha = -self.learning_rate / batch_size
        return [GradientSink(alpha, 1.0, places, self.decay) for places in parameters.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        return ()


class Momentum(Optimizer):
    """v ← μ v − η ∇C, w ← w + v, chapter 3 equations (107) and (108).

    Velocities, as `state` keeps them between steps, are μ v. η ∇C includes the L2 penalty's.
    """

    name = "momentum"

    def __init__(
        self, learning_rate: float, momentum: float, velocity: ParameterVector, l2: float = 0.0
    ) -> None:
        super().__init__(learning_rate, l2)
        self.momentum = momentum
        self.velocity = velocity
        self.state = {"velocity": velocity.array}

    def targets(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        # The step −η ∇C is added onto μ v by the products themselves; `update` leaves μ v behind.
        alpha = -self.learning_rate / batch_size
        return [GradientSink(alpha, 1.0, places) for places in self.velocity.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        velocity, pull = self.velocity.array, self.decay - 1.0
        return (
            *(add_weights(p, parameters, pull, self.velocity) if self.l2 else ()),
            partial(p.xp.add, parameters.array, velocity, parameters.array),
            partial(p.xp.multiply, velocity, self.momentum, velocity),
            *flush(p, velocity),
        )
