"""The numbers that decide a training run, checked once."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import isfinite
from numbers import Integral, Real
from typing import Any

from gpunet.backend.errors import InputError


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
            value = getattr(self, field.name)
            check_setting(field.name, value)
            # NumPy's numbers become Python's, which JSON knows.
            plain = int(value) if field.name in WHOLE else float(value)
            object.__setattr__(self, field.name, plain)


def check_setting(name: str, value: Any, called: str | None = None) -> None:
    """Raise InputError unless a setting has a sensible value.

    Args:
        name: the attribute of `Settings`.
        value: what it is to be.
        called: what to call it in the message; its name by default.
    """
    called = called or name.replace("_", " ")
    if name in WHOLE:
        if (
            isinstance(value, bool)
            or not isinstance(value, Integral)
            or not 1 <= int(value) <= WHOLE[name]
        ):
            raise InputError(f"{called} {value!r}: give a whole number from 1 to {WHOLE[name]:,}")
        return
    allowed, needed = NUMBERS[name]
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not allowed(value):
        raise InputError(f"{called} {value!r}: give {needed}")


WHOLE = {"epochs": 1_000_000, "batch_size": 2**31}
NUMBERS: dict[str, tuple[Callable[[float], bool], str]] = {
    "learning_rate": (lambda rate: 0 < rate <= 1e6, "a number above 0, at most 1,000,000"),
    "l2": (lambda strength: 0 <= strength <= 1e6, "a number from 0 to 1,000,000"),
    "momentum": (lambda share: 0 <= share < 1, "a number from 0 to below 1"),
}
