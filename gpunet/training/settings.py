"""The numbers that decide a training run, checked once."""

from dataclasses import dataclass, fields
from typing import Any

from gpunet.backend.errors import InputError
from gpunet.training.rules import Rule, number, whole


@dataclass(frozen=True)
class Settings:
    """How to train. Defaults are those of chapter 1.

    Attributes:
        epochs: how often every training sample is visited.
        batch_size: m, samples a step; the last step of an epoch may have fewer. A batch larger
            than the data is taken as all of the data.
        learning_rate: η.
        momentum: μ, the share of the velocity kept from step to step; 0 for plain SGD.
        l2: λ, the strength of the L2 penalty (λ/2n) Σ w² on the weights, chapter 3 equation (85),
            n being the number of training samples.
    """

    epochs: int = 30
    batch_size: int = 10
    learning_rate: float = 3.0
    momentum: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(
                self, field.name, check_setting(field.name, getattr(self, field.name))
            )


RULES: dict[str, Rule] = {
    "epochs": whole(1, 1_000_000),
    "batch_size": whole(1, 2**31),
    "learning_rate": number(lambda x: 0 < x <= 1e6, "a number above 0, at most 1,000,000"),
    "momentum": number(lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "l2": number(lambda x: 0 <= x <= 1e6, "a number from 0 to 1,000,000"),
}


def check_setting(name: str, value: Any, called: str | None = None) -> Any:
    """The value of a setting, as a plain Python one.

    Args:
        name: the attribute of `Settings`.
        value: what it is to be.
        called: what to call it in the message; its name by default.

    Raises:
        InputError: it makes no sense; says what would.
    """
    try:
        return RULES[name](value)
    except ValueError as error:
        raise InputError(f"{called or name.replace('_', ' ')} {value!r}: {error}") from None
