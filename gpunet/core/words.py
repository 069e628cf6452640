"""Words used in messages throughout the package."""

from collections.abc import Iterable
from difflib import get_close_matches
from shlex import quote


def count(number: int, noun: str, several: str = "") -> str:
    """ "1 network", "2,000 networks", "3 classes"."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def listed(items: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def size(number: float) -> str:
    """Bytes in words: "512 bytes", "1.4 kB", "33.6 MB", "80.0 GB"."""
    if number < 1000:
        return count(int(number), "byte")
    unit, power = next((u, p) for u, p in (("GB", 9), ("MB", 6), ("kB", 3)) if number >= 10**p)
    return f"{number / 10**power:,.1f} {unit}"


def typed(path: object) -> str:
    """A path as it is typed at a prompt: quoted where it must be, and never taken for an option."""
    text = str(path)
    return quote(f"./{text}" if text.startswith("-") else text)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """ "; did you mean epochs?" where one of the known names is near; else nothing."""
    near = get_close_matches(str(name).lower(), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
