"""Text from outside, escaped so that a terminal only shows it.

Names of files, classes and arrays, and the contents of damaged files in error messages, may hold
anything: sequences that recolour or clear the screen, forge another line, or reverse text.
"""

import json
from collections.abc import Callable
from typing import Any


def visible(text: str) -> str:
    """The text, invisible characters escaped as in Python: "\\x1b", "\\n", "\\u202e".

    A byte of a file name that is not valid UTF-8 is shown as such: "\\xe9".
    """
    return replace_invisible(text, escape)


def to_json(value: Any) -> str:
    """JSON on one line, invisible characters in its strings escaped as in JSON: "\\u001b"."""
    return replace_invisible(json.dumps(value, ensure_ascii=False), lambda c: json.dumps(c)[1:-1])


def replace_invisible(text: str, escape: Callable[[str], str]) -> str:
    """The text with each invisible character replaced."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else escape(c) for c in text)


def escape(character: str) -> str:
    """One character, escaped as in Python."""
    if "\udc80" <= character <= "\udcff":  # how Python stores an undecodable byte of a file name
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
