"""Text from outside, made so that a terminal shows it and does nothing else.

Names of files, classes and arrays, and what damaged files are said to hold, may hold whatever their
makers liked: sequences that recolour or clear a screen, forge another line, or run text backwards.
"""

import json
from collections.abc import Callable
from typing import Any


def visible(text: str) -> str:
    """The text, what cannot be seen in it spelt as Python spells it: "\\x1b", "\\n", "\\u202e".

    A byte of a file's name that is no UTF-8 is spelt as what it is: "\\xe9".
    """
    return replace_unseen(text, spell)


def to_json(value: Any) -> str:
    """JSON on one line, what cannot be seen in its strings spelt as JSON spells it: "\\u001b"."""
    return replace_unseen(json.dumps(value, ensure_ascii=False), lambda c: json.dumps(c)[1:-1])


def replace_unseen(text: str, spell: Callable[[str], str]) -> str:
    """The text with each character that cannot be seen replaced."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else spell(c) for c in text)


def spell(character: str) -> str:
    """One character as Python spells it."""
    if "\udc80" <= character <= "\udcff":  # how Python keeps a byte of a file's name
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
