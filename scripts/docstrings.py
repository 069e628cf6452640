"""What the reference's generator is to know of this project's docstrings; mkdocs.yml names it."""

import re
from typing import Any

from griffe import Extension

# A line of an Args or Attributes section that tells of several names at once, and what is indented
# below it.
TOGETHER = re.compile(
    r"^(?P<indent> +)(?P<names>\*{0,2}\w+(?:,\s+\w+)+): (?P<text>.*(?:\n(?P=indent) +\S.*)*)$", re.M
)


class SeveralNames(Extension):  # type: ignore[misc]
    """Gives each name of "weights, biases: views into it" an entry, with the same words."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Told of each module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = one_name_each(obj.docstring.value)


def one_name_each(docstring: str) -> str:
    """A docstring in which every entry has one name."""

    def apart(found: re.Match[str]) -> str:
        names = re.split(r",\s+", found["names"])
        return "\n".join(f"{found['indent']}{name}: {found['text']}" for name in names)

    return TOGETHER.sub(apart, docstring)
