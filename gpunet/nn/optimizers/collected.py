"""Optimizers that collect the gradients of a step in one flat array before they use them."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.optimizers.base import (
    PENALTIES,
    Optimizer,
    OptimizerConfig,
    Trainable,
    add_weights,
    zeros_like,
)
from gpunet.nn.optimizers.constraints import clip_norm
from gpunet.nn.parameters import ParameterVector


class Collected(Optimizer):
    """g ← ∇C, clipped, with the penalties' gradients λ₂/n w and λ₁/n sgn(w) added.

    Chapter 3 equations (91) and (96); clipping as in Pascanu, Mikolov and Bengio (2013), before the
    penalties. The update by g is the subclass's `rule`.

    Attributes:
        decoupled: whether weights decay by themselves, w ← (1 − ηλ/n) w, λ₂/n w staying out of g.
        gradient: g.
        scratch: as large, for the rule to use.
    """

    takes = PENALTIES
    decoupled = False

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        super().__init__(network, config)
        self.gradient = zeros_like(network)
        self.scratch = zeros_like(network).array

    @property
    def beyond_fused(self) -> str:
        return self.name

    def sinks(self, parameters: ParameterVector, batch_size: int) -> list[GradientSink]:
        return [GradientSink(1 / batch_size, 0.0, places) for places in self.gradient.views]

    def update(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        operations: list[Operation] = []
        config = self.config
        if config.clip:
            operations += clip_norm(p, self.gradient.array, config.clip)
        if config.l1:
            operations += self.add_signs(p, parameters)
        if config.l2 and not self.decoupled:
            operations += add_weights(p, parameters, config.l2, self.gradient)
        if config.l2 and self.decoupled:
            operations += [partial(p.xp.multiply, w, self.decay, w) for w in parameters.weights]
        return [*operations, *self.rule(p, parameters)]

    def add_signs(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """g ← g + λ₁/n sgn(w), for weights only."""
        operations: list[Operation] = []
        for weights, slope in zip(parameters.weights, self.gradient.weights, strict=True):
            scratch = p.xp.empty_like(weights)
            operations += [
                partial(p.xp.sign, weights, scratch),
                partial(p.xp.multiply, scratch, self.config.l1, scratch),
                partial(p.xp.add, slope, scratch, slope),
            ]
        return operations

    @abstractmethod
    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        """Operations that change the parameters by g, which they may overwrite."""
