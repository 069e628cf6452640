"""Words used in messages throughout the package."""

import os
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from numbers import Number
from shlex import quote

# Characters of a value in a message, at most.
MOST_SHOWN = 60
PLAIN = (Number, bytes, bool, type(None), list, tuple, dict, set)


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


def written(path: object) -> str:
    """A path in a message: on one line, whatever characters it has."""
    text = str(path)
    return text if text.isprintable() else repr(text)


def shorten(text: str, most: int) -> str:
    """A text of so many characters at most: its beginning, where it is longer."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def shown(value: object) -> str:
    """A value in a message: as Python writes it where that is plain and short, else what it is."""
    if isinstance(value, str | os.PathLike):
        return repr(shorten(str(value), MOST_SHOWN))
    if isinstance(value, PLAIN):
        with suppress(ValueError):  # a number of thousands of digits is not written
            said = repr(value)
            if len(said) <= MOST_SHOWN and said.isprintable() and " at 0x" not in said:
                return said
    return called(value)


def called(value: object) -> str:
    """What a value is, in a few words: "a list", "an array of shape (3,)"."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(shape := getattr(value, "shape", None), tuple):
        return f"an array of shape {shape}"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeioAEIO' else 'a'} {kind}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """ "; did you mean epochs?" where one of the known names is near; else nothing."""
    near = get_close_matches(name.lower(), list(known), n=1) if isinstance(name, str) else ()
    return f"; did you mean {near[0]}?" if near else ""
