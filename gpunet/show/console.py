"""The console: rich's, but for what it makes of text.

Whatever is printed through it may come from outside, so no text is read as markup, and what cannot
be seen in it is spelt out; nothing needs to be done, or remembered, where something is printed.
"""

from collections.abc import Iterable
from typing import Any

from rich import console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from gpunet.show.visible import visible


class Console(console.Console):
    """Prints text as it is: a line a string, cells of tables included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """A string as it is measured and printed, in tables too."""
        return super().render_str(visible(text), **options | {"markup": False, "emoji": False})

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What anything at all is printed as, in which lines alone may still end."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield segment._replace(text="\n".join(map(visible, segment.text.split("\n"))))
