"""Adam and AdamW."""

from collections.abc import Sequence
from functools import partial

from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.optimizers.base import OptimizerConfig, Trainable, flush, zeros_like
from gpunet.nn.optimizers.collected import Collected
from gpunet.nn.parameters import ParameterVector


class Adam(Collected):
    """m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², w ← w − η m̂ / (√ŝ + ε).

    m̂ and ŝ are m / (1 − β₁ᵗ) and s / (1 − β₂ᵗ) at step t (Kingma and Ba 2015).
    """

    name = "adam"
    limits_decay = False  # its steps do not grow with the penalty's gradient
    BETAS = (0.9, 0.999)
    EPSILON = 1e-8

    def __init__(self, network: Trainable, config: OptimizerConfig) -> None:
        super().__init__(network, config)
        device, dtype = network.device, network.parameters.array.dtype
        with device.active():
            self.betas = device.put(list(self.BETAS), dtype)
            self.state = {
                "mean": zeros_like(network).array,
                "square": zeros_like(network).array,
                "powers": device.xp.ones(2, dtype=dtype),  # β₁ᵗ, β₂ᵗ
            }

    @classmethod
    def states(cls, config: OptimizerConfig) -> int:
        return 2

    def rule(self, p: Primitives, parameters: ParameterVector) -> Sequence[Operation]:
        xp, w, g, scratch = p.xp, parameters.array, self.gradient.array, self.scratch
        mean, square, powers = self.state.values()
        beta1, beta2, epsilon, rest1, rest2 = (
            p.constant(number, w.dtype)
            for number in (*self.BETAS, self.EPSILON, *(1.0 - beta for beta in self.BETAS))
        )
        missing = xp.empty_like(powers)  # 1 − β₁ᵗ, 1 − β₂ᵗ
        # Each one object: CuPy copies an input that overlaps the output and is another.
        rate, root = missing[:1], missing[1:]  # become −η / (1 − β₁ᵗ) and √(1 − β₂ᵗ)
        return (
            partial(xp.multiply, powers, self.betas, powers),
            partial(xp.subtract, 1.0, powers, missing),
            partial(xp.sqrt, root, root),
            partial(xp.divide, -self.learning_rate, rate, rate),
            partial(xp.multiply, mean, beta1, mean),
            partial(xp.multiply, g, rest1, scratch),
            partial(xp.add, mean, scratch, mean),
            partial(xp.multiply, square, beta2, square),
            partial(xp.multiply, g, g, g),
            partial(xp.multiply, g, rest2, g),
            partial(xp.add, square, g, square),
            partial(xp.sqrt, square, scratch),
            partial(xp.divide, scratch, root, scratch),
            partial(xp.add, scratch, epsilon, scratch),
            partial(xp.divide, mean, scratch, g),
            partial(xp.multiply, g, rate, g),
            partial(xp.add, w, g, w),
            *flush(p, mean),
            *flush(p, square),
        )


class AdamW(Adam):
    """Adam whose weights decay by themselves (Loshchilov and Hutter 2019)."""

    name = "adamw"
    decoupled = True
    limits_decay = True
