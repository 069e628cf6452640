"""Pieces of HTML for notebooks: without scripts and styles of their own, for light and dark pages.

Text and lines have the page's own colour; what is coloured is seen on white and on black.
"""

from collections.abc import Iterable, Sequence
from html import escape

RIGHT, WRONG = (42, 143, 217), (224, 96, 48)
LEFT, CENTRED, NUMBER = "text-align:left", "text-align:center", "text-align:right"


def tinted(colour: tuple[int, int, int], share: float) -> str:
    """A background: none for a share of 0, strong for 1."""
    red, green, blue = colour
    return f"background:rgba({red},{green},{blue},{0.12 + 0.55 * share:.2f})"


def line(text: str) -> str:
    """A paragraph of text."""
    return f"<p>{escape(text)}</p>"


def cell(content: str, style: str = NUMBER, kind: str = "td") -> str:
    """A cell of a table; its content is HTML already."""
    return f'<{kind} style="{style};padding:2px 8px">{content}</{kind}>'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls where it is wider than the page.

    Args:
        headings: text, escaped here; the first column is aligned left, the others right.
        rows: of cells as `cell` makes them.
    """
    head = "".join(
        cell(escape(text), NUMBER if number else LEFT, "th") for number, text in enumerate(headings)
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    made = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div style="overflow-x:auto"><table style="margin:0">{made}</table></div>'
