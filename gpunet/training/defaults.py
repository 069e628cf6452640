"""The learning rate and the momentum where none is given.

The learning rate is one that does not ruin a training of that kind, found by trying: networks of
one and two hidden layers, and with a convolution, of each activation and cost, on `digits` and
MNIST in batches of ten, with rates from 0.001 to 3. Chapter 1's network has chapter 1's rate; with
anything else that would leave a network guessing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar


class Rated(Protocol):
    """What has a learning rate, or needs one: a `TrainingConfig`."""

    @property
    def learning_rate(self) -> float | None: ...
    @property
    def optimizer(self) -> str: ...
    @property
    def momentum(self) -> float | None: ...
    @property
    def dampening(self) -> bool: ...


Config = TypeVar("Config", bound=Rated)

# Nesterov's method is one of momentum: without any it is plain descent.
NESTEROVS = 0.9
# Their steps have the length of η, whatever the gradient's.
ADAPTIVE = ("adam", "adamw")
IN_WORDS = (
    "3 for sgd with sigmoid neurons and the quadratic cost, 0.5 with another cost, 0.1 with other "
    "neurons; less with momentum without dampening, or where a convolution or linear outputs meet "
    "the quadratic cost; for adam and adamw 0.003 with sigmoid neurons, else 0.001"
)


def default_momentum(optimizer: str) -> float:
    """μ for an optimizer, where none is given."""
    return NESTEROVS if optimizer == "nesterov" else 0.0


def default_rate(
    optimizer: str,
    momentum: float,
    hidden: Sequence[str],
    output: str,
    cost: str,
    convolution: bool,
) -> float:
    """η for a training, where none is given.

    Args:
        optimizer, momentum: as in `TrainingConfig`; no momentum where it is dampened.
        hidden: the activations of the hidden layers; may be none.
        output: that of the output layer.
        cost: its name.
        convolution: whether there is a convolution.
    """
    sigmoid = {*(hidden or [output])} == {"sigmoid"}
    quadratic = cost == "quadratic"
    first_chapter = sigmoid and quadratic and output == "sigmoid"
    if optimizer in ADAPTIVE:
        return 0.003 if sigmoid else 0.001
    # A velocity adds up to 1 / (1 − μ) steps.
    slowed = 1 - momentum
    if first_chapter:
        # Here larger steps saturate the neurons, and then they learn no more.
        return round(min(1.0 if convolution else 3.0, max(3.0 * slowed**2, 0.3 * slowed)), 6)
    rate = 0.5 if sigmoid and not quadratic else 0.1
    if quadratic and output != "tanh":
        rate = 0.01 if convolution else 0.03
    return round(rate * slowed, 6)


def settle(config: Config, activations: Sequence[str], cost: str, convolution: bool) -> Config:
    """The configuration with a learning rate, its own or that for networks of this kind.

    Args:
        config: how to train.
        activations: one for each layer, the output layer's last.
        cost: its name.
        convolution: whether there is a convolution.
    """
    if config.learning_rate is not None:
        return config
    *hidden, output = activations
    # Dampened, a velocity adds up to one step.
    momentum = 0.0 if config.dampening else config.momentum or 0.0
    rate = default_rate(config.optimizer, momentum, hidden, output, cost, convolution)
    return replace(config, learning_rate=rate)  # type: ignore[type-var]
