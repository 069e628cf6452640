"""Optimizers that collect the gradients of a step in one flat array before they use them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer, add_weights, flush
from gpunet.nn.optimizers.constraints import clip_norm
from gpunet.nn.parameters import ParameterVector


@dataclass(frozen=True)
class Penalties:
    """What is asked of the gradients beside the cost.

    Attributes:
        l1, l2: λ/n, n being the number of training samples; on weights only.
        clip: the largest Euclidean norm of all gradients together, before penalties; 0 for any.
    """

    l1: float = 0.0
    l2: float = 0.0
    clip: float = 0.0


class Collected(Optimizer):
    """g ← ∇C, clipped, with the penalties' gradients λ₂/n w and λ₁/n sgn(w) added.

    Chapter 3 equations (91) and (96); clipping as in Pascanu, Mikolov and Bengio (2013).
    """

    # Whether weights decay by themselves, w ← (1 − ηλ/n) w, the penalty staying out of g.
    decoupled = False

    def __init__(self, network: Network, learning_rate: float, penalties: Penalties) -> None:
        super().__init__(learning_rate, penalties.l2)
        self.penalties = penalties
        self.gradient = network.flat()
        self.scratch = network.flat().array

    def targets(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        return [GradientSink(1 / batch_size, 0.0, places) for places in self.gradient.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        operations: list[Operation] = []
        if self.penalties.clip:
            operations += clip_norm(p, self.gradient.array, self.penalties.clip)
        if self.penalties.l1:
            operations += self.add_signs(p, parameters)
        if self.l2 and not self.decoupled:
            operations += add_weights(p, parameters, self.l2, self.gradient)
        if self.l2 and self.decoupled:
            operations += [partial(p.xp.multiply, w, self.decay, w) for w in parameters.weights]
        return [*operations, *self.rule(p, parameters)]

    def add_signs(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """g ← g + λ₁/n sgn(w), for weights only."""
        operations: list[Operation] = []
        for weights, slope in zip(parameters.weights, self.gradient.weights, strict=True):
            scratch = p.xp.empty_like(weights)
            operations += [
                partial(p.xp.sign, weights, scratch),
                partial(p.xp.multiply, scratch, self.penalties.l1, scratch),
                partial(p.xp.add, slope, scratch, slope),
            ]
        return operations

    @abstractmethod
    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """Operations that change the parameters by g, which they may use up."""


class Descent(Collected):
    """w ← w − η g, or with momentum v ← μ v − η g, w ← w + v, chapter 3 (107) and (108).

    Nesterov's momentum takes w ← w + μ v − η g instead (Sutskever et al. 2013).
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float,
        penalties: Penalties,
        momentum: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(network, learning_rate, penalties)
        self.name = "nesterov" if nesterov else "momentum" if momentum else "sgd"
        self.momentum = momentum
        self.nesterov = nesterov
        if momentum:
            self.state = {"velocity": network.flat().array}

    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        xp, w, g = p.xp, parameters.array, self.gradient.array
        down = partial(xp.multiply, g, -self.learning_rate, g)
        if not self.momentum:
            return (down, partial(xp.add, w, g, w))
        v, step = self.state["velocity"], self.scratch
        ahead = (
            (partial(xp.multiply, v, self.momentum, step), partial(xp.add, step, g, step))
            if self.nesterov
            else ()
        )
        return (
            down,
            partial(xp.multiply, v, self.momentum, v),
            partial(xp.add, v, g, v),
            *ahead,
            partial(xp.add, w, step if ahead else v, w),
            *flush(p, v),
        )


class Adam(Collected):
    """m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², w ← w − η m̂ / (√ŝ + ε).

    m̂ and ŝ are m / (1 − β₁ᵗ) and s / (1 − β₂ᵗ) at step t (Kingma and Ba 2015). AdamW's weights
    decay by themselves (Loshchilov and Hutter 2019).
    """

    BETAS = (0.9, 0.999)
    EPSILON = 1e-8

    def __init__(
        self,
        network: Network,
        learning_rate: float,
        penalties: Penalties,
        decoupled: bool = False,
    ) -> None:
        super().__init__(network, learning_rate, penalties)
        self.name = "adamw" if decoupled else "adam"
        self.decoupled = decoupled
        with network.device.active():
            self.betas = network.device.put(list(self.BETAS), network.dtype)
            self.state = {
                "mean": network.flat().array,
                "square": network.flat().array,
                "powers": network.device.xp.ones(2, dtype=network.dtype),  # β₁ᵗ, β₂ᵗ
            }

    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        xp, w, g, scratch = p.xp, parameters.array, self.gradient.array, self.scratch
        mean, square, powers = self.state.values()
        beta1, beta2 = self.BETAS
        missing = xp.empty_like(powers)  # 1 − β₁ᵗ, √(1 − β₂ᵗ)
        return (
            partial(xp.multiply, powers, self.betas, powers),
            partial(xp.subtract, 1.0, powers, missing),
            partial(xp.sqrt, missing[1:], missing[1:]),
            partial(xp.divide, -self.learning_rate, missing[:1], missing[:1]),
            partial(xp.multiply, mean, beta1, mean),
            partial(xp.multiply, g, 1.0 - beta1, scratch),
            partial(xp.add, mean, scratch, mean),
            partial(xp.multiply, square, beta2, square),
            partial(xp.multiply, g, g, g),
            partial(xp.multiply, g, 1.0 - beta2, g),
            partial(xp.add, square, g, square),
            partial(xp.sqrt, square, scratch),
            partial(xp.divide, scratch, missing[1:], scratch),
            partial(xp.add, scratch, self.EPSILON, scratch),
            partial(xp.divide, mean, scratch, g),
            partial(xp.multiply, g, missing[:1], g),
            partial(xp.add, w, g, w),
            *flush(p, mean),
            *flush(p, square),
        )
