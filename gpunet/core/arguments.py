"""Arguments as users give them: taken, or refused in a sentence."""

import errno
import os
from math import inf
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.words import shown


def check_path(path: Any, what: str) -> Path:
    """A path that the system takes, whether there is something or not.

    Args:
        path: text, or a path.
        what: lies there, for the message: "file".

    Raises:
        InputError: it is neither, or empty, or longer than a path may be.
    """
    found = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(found, str) or not found.strip():
        raise InputError(f"{what} {shown(path)}: give its path, as text or as a pathlib.Path")
    try:
        os.lstat(found)
    except ValueError:
        raise InputError(f"{what} {shown(path)}: no path holds such a character") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(f"{what} {shown(path)}: too long a path; give another") from None
    return Path(found)


def check_flag(value: Any, what: str) -> bool:
    """True or False, NumPy's among them; InputError for all else."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise InputError(f"{what} {shown(value)}: give True or False")
    return bool(value)


def check_text(value: Any, what: str) -> str:
    """Text that can be written to a file, or InputError."""
    if not isinstance(value, str) or not is_writable(value):
        raise InputError(f"{what} {shown(value)}: give text")
    return value


def check_texts(values: Any, what: str) -> tuple[str, ...]:
    """Names, as a list or an array of text, or InputError."""
    listed = None if isinstance(values, str | bytes | dict | set) else as_list(values)
    if listed is None:
        raise InputError(f"{what} {shown(values)}: give a list of names")
    return tuple(check_text(each, what) for each in listed)


def is_writable(text: str) -> bool:
    """Whether it has no half of a character, as names of files may."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_whole(value: Any, what: str, least: int) -> int:
    """A whole number from the least on, or InputError."""
    if not is_integer(value) or value < least:
        raise InputError(f"{what} {shown(value)}: give a whole number, {least} or more")
    return int(value)


def is_integer(value: Any) -> bool:
    """Whether it is a whole number, of Python's or NumPy's."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether it is a number that Python's can hold, NaN and infinity among them."""
    beyond = is_integer(value) and abs(as_float(value)) == inf
    return isinstance(value, Real) and not isinstance(value, bool) and not beyond


def as_list(values: Any) -> list[Any] | None:
    """What is in something, one after the other; None where that is not how it is made."""
    try:
        return list(values)
    except TypeError:
        return None


def as_float(value: Any) -> float:
    """A number as Python's; infinite where it is larger than all of these."""
    try:
        return float(value)
    except OverflowError:
        return inf
