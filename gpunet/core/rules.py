"""What values an option may have: rules that take a value, or say what to give instead."""

from collections.abc import Callable
from math import isfinite
from numbers import Integral, Real
from typing import Any

# Gives the value as a plain Python one, which JSON knows; ValueError says what to give instead.
Rule = Callable[[Any], Any]


def whole(least: int, most: int) -> Rule:
    """A whole number within limits."""

    def rule(value: Any) -> int:
        is_whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not is_whole or not least <= int(value) <= most:
            raise ValueError(f"give a whole number from {least} to {most:,}")
        return int(value)

    return rule


def number(allowed: Callable[[float], bool], needed: str) -> Rule:
    """A finite number for which `allowed` holds, `needed` being those in words."""

    def rule(value: Any) -> float:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not isfinite(value) or not allowed(float(value)):
            raise ValueError(f"give {needed}")
        return float(value)

    return rule


def choice(*names: str) -> Rule:
    """One of some names."""

    def rule(value: Any) -> str:
        if value not in names:
            raise ValueError(f"choose one of {', '.join(names)}")
        return str(value)

    return rule


def flag(value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ValueError("give True or False")
    return value
