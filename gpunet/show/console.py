"""The console: rich's, without markup, and with invisible characters escaped.

Anything printed through it may come from outside, so text is never parsed as markup, and invisible
characters are escaped here, in one place, rather than wherever something is printed.
"""

from collections.abc import Iterable
from typing import Any

from rich import console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from gpunet.show.visible import visible


class Console(console.Console):
    """Prints text as it is: one line per string, including the cells of tables."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """A string as it is measured and printed, in tables too."""
        return super().render_str(visible(text), **options | {"markup": False, "emoji": False})

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of anything printed, control characters but line ends escaped."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield segment._replace(text="\n".join(map(visible, segment.text.split("\n"))))
