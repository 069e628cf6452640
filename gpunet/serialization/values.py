"""Plain values, as JSON has them: what is needed of one, in words, and whether something is it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Value(NamedTuple):
    """A plain value: what is needed, in words, and whether something is it."""

    needed: str
    fits: Callable[[Any], bool]


def whole(least: int, most: int) -> Value:
    """A whole number within limits."""
    # JSON gives plain types: True, an int in Python, is no number here.
    return Value(
        f"a whole number from {least:,} to {most:,}",
        lambda found: type(found) is int and least <= found <= most,
    )


def number(least: float, most: float) -> Value:
    """A number within limits, which NaN is not."""
    return Value(
        f"a number from {least:g} to {most:g}",
        lambda found: type(found) in (int, float) and least <= found <= most,
    )


def choice(*names: str) -> Value:
    """One of some texts."""
    return Value(
        f"one of {', '.join(names)}", lambda found: isinstance(found, str) and found in names
    )


def named(table: Mapping[str, Any]) -> Value:
    """A name of that table, as it is when it is looked up."""
    return Value(
        f"one of {', '.join(table)}", lambda found: isinstance(found, str) and found in table
    )


def optional(value: Value) -> Value:
    """Such a value, or null."""
    return Value(f"{value.needed}, or null", lambda found: found is None or value.fits(found))


def one_or_more(value: Value) -> Value:
    """Such a value, or a list of some."""

    def fits(found: Any) -> bool:
        return all(map(value.fits, found if isinstance(found, list) and found else [found]))

    return Value(f"{value.needed}, or a list of such", fits)
