"""Gradient descent, with momentum or without, and Nesterov's."""

from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.optimizers.base import (
    MOMENTUM,
    PENALTIES,
    Optimizer,
    OptimizerConfig,
    Trainable,
    flush,
    zeros_like,
)
from gpunet.nn.optimizers.collected import Collected
from gpunet.nn.optimizers.direct import SGD, Momentum, RisingMomentum
from gpunet.nn.parameters import ParameterVector


class Descent(Collected):
    """w ← w − η g, or with momentum v ← μ v − η g, w ← w + v, chapter 3 (107) and (108).

    Dampened, v ← μ v − (1 − μ) η g (Hinton et al. 2012, appendix A.1).
    """

    name = "sgd"
    takes = PENALTIES | MOMENTUM | {"dampening"}

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        super().__init__(network, config)
        if config.momentum:
            self.state = {"velocity": zeros_like(network).array}

    @classmethod
    def make(cls, network: Trainable, config: OptimizerConfig) -> Optimizer:
        if config.l1 or config.clip:  # these need the gradient as a whole
            return cls(network, config)
        if not config.momentum:
            return SGD(network, config)
        return (RisingMomentum if config.momentum_epochs else Momentum)(network, config)

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return int(config.momentum > 0)

    @property
    def beyond_fused(self) -> str:
        return "l1" if self.config.l1 else "clip"

    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        xp, w, g = p.xp, parameters.array, self.gradient.array
        down = partial(xp.multiply, g, -self.step, g)
        if not self.config.momentum:
            return (down, partial(xp.add, w, g, w))
        v = self.state["velocity"]
        return (
            down,
            partial(xp.multiply, v, self.momentum, v),
            partial(xp.add, v, g, v),
            partial(xp.add, w, v, w),
            *flush(p, v),
        )


class Nesterov(Collected):
    """v ← μ v − η g, w ← w + μ v − η g (Sutskever et al. 2013)."""

    name = "nesterov"
    takes = PENALTIES | MOMENTUM
    needs = frozenset({"momentum"})

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        super().__init__(network, config)
        self.state = {"velocity": zeros_like(network).array}

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return 1

    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        xp, w, g, step = p.xp, parameters.array, self.gradient.array, self.scratch
        v, momentum = self.state["velocity"], self.momentum
        return (
            partial(xp.multiply, g, -self.learning_rate, g),
            partial(xp.multiply, v, momentum, v),
            partial(xp.add, v, g, v),
            partial(xp.multiply, v, momentum, step),
            partial(xp.add, step, g, step),
            partial(xp.add, w, step, w),
            *flush(p, v),
        )
