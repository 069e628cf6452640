"""The numbers that decide a training run, checked once."""

from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.rules import Rule, choice, flag, number, whole
from gpunet.datasets.augmentation.deformation import LIMITS, Deformation, check_strength
from gpunet.training.schedules import SPELLINGS, spell


@dataclass(frozen=True)
class TrainingConfig:
    """How to train. Defaults are those of chapter 1.

    Attributes:
        epochs: how often every training sample is visited.
        batch_size: m, samples a step; the last step of an epoch may have fewer. A batch larger
            than the data is taken as all of the data.
        learning_rate: η.
        schedule: how η goes on from there, from epoch to epoch: constant; step:EPOCHS:FACTOR;
            exponential:FACTOR; cosine; or halving:EPOCHS, halved when the accuracy has not
            improved in so many epochs, until it is 1/128 of the first.
        warm_up: epochs in which η rises in equal steps before that.
        optimizer: sgd; nesterov; adam; or adamw.
        momentum: μ, the share of the velocity kept from step to step; 0 for plain SGD.
        l1: λ, the strength of the L1 penalty (λ/n) Σ |w| on the weights, chapter 3 equation (95).
        l2: λ, the strength of the L2 penalty (λ/2n) Σ w² on the weights, chapter 3 equation (85),
            n being the number of training samples.
        max_norm: the largest length of the weights that come into a neuron; 0 for any.
        clip: the largest length of a step's gradient; 0 for any.
        patience: training ends when the accuracy has not improved in so many epochs; 0 for never.
        keep_best: whether the network of the best epoch is kept, rather than that of the last.
        expand: whether every training image is joined by its four shifts by one pixel.
        shift, rotation, scaling, shear, elastic, sigma: how training images are deformed, anew in
            every epoch: see `Deformation`.
    """

    epochs: int = 30
    batch_size: int = 10
    learning_rate: float = 3.0
    schedule: str = "constant"
    warm_up: int = 0
    optimizer: str = "sgd"
    momentum: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    max_norm: float = 0.0
    clip: float = 0.0
    patience: int = 0
    keep_best: bool = False
    expand: bool = False
    shift: float = 0.0
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    sigma: float = 4.0

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(
                self, field.name, check_setting(field.name, getattr(self, field.name))
            )

    @property
    def deformation(self) -> Deformation:
        """How training images are deformed."""
        return Deformation(**{name: getattr(self, name) for name in LIMITS})


# The names of all of them, in their order.
NAMES = tuple(field.name for field in fields(TrainingConfig))


def schedule(value: Any) -> str:
    """A schedule, as it is typed."""
    if not isinstance(value, str):
        raise ValueError(f"give {SPELLINGS}")
    return spell(value)


def optimizer(value: Any) -> str:
    """The name of an optimizer."""
    from gpunet.nn.optimizers.table import OPTIMIZERS  # not before it is asked: NumPy comes along

    return str(choice(*OPTIMIZERS)(value))


STRENGTH = number(lambda x: 0 <= x <= 1e6, "a number from 0 to 1,000,000")
RULES: dict[str, Rule] = {
    "epochs": whole(1, 1_000_000),
    "batch_size": whole(1, 2**31),
    "learning_rate": number(lambda x: 0 < x <= 1e6, "a number above 0, at most 1,000,000"),
    "momentum": number(lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "schedule": schedule,
    "warm_up": whole(0, 1_000_000),
    "optimizer": optimizer,
    "l1": STRENGTH,
    "l2": STRENGTH,
    "max_norm": STRENGTH,
    "clip": STRENGTH,
    "patience": whole(0, 1_000_000),
    "keep_best": flag,
    "expand": flag,
    **{name: partial(check_strength, name) for name in LIMITS},
}


def check_setting(name: str, value: Any, called: str | None = None) -> Any:
    """The value of a setting, as a plain Python one.

    Args:
        name: the attribute of `TrainingConfig`.
        value: what it is to be.
        called: what to call it in the message; its name by default.

    Raises:
        InputError: it makes no sense; says what would.
    """
    try:
        return RULES[name](value)
    except ValueError as error:
        raise InputError(f"{called or name.replace('_', ' ')} {value!r}: {error}") from None
