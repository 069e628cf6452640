"""Markup in which text from outside is only ever text."""

from collections.abc import Iterable
from html import escape

from gpunet.show.visible import visible

VOID = ("img", "meta", "br", "wbr")
# Names of runs and classes may be as long as somebody likes.
LONGEST = 80


class Markup(str):
    """Text that is markup already."""


Part = str | Markup | None


def text(plain: str) -> Markup:
    """Plain text as markup; a `Markup` stays what it is."""
    if isinstance(plain, Markup):
        return plain
    return Markup(escape(visible(plain)).replace(" %", "&nbsp;%"))


def short(name: str) -> str:
    """A name from outside, cut off where it is too long to be one."""
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"


def join(parts: Iterable[Part], between: str = "") -> Markup:
    """Several parts, one after the other."""
    return Markup(between.join(text(part) for part in parts if part is not None))


def element(tag: str, /, *parts: Part, **attributes: str | None) -> Markup:
    """An element: its contents, and its attributes, `class_` for "class"; None leaves one out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    opened = f"<{tag}{given}>"
    return Markup(opened if tag in VOID else f"{opened}{join(parts)}</{tag}>")


def table(headings: Iterable[Part], rows: Iterable[Iterable[Part]], class_: str = "") -> Markup:
    """A table in a box that scrolls where it is too wide; the first cell of a row heads it."""
    head = element("tr", *(element("th", each, scope="col") for each in headings))
    body = []
    for first, *rest in rows:
        cells = (element("td", each) for each in rest)
        body.append(element("tr", element("th", first, scope="row"), *cells))
    made = element("table", element("thead", head), element("tbody", *body), class_=class_ or None)
    return element("div", made, class_="wide", tabindex="0", role="group", aria_label="table")


def figure(picture: Markup, title: str, caption: Part, class_: str = "") -> Markup:
    """A picture with its title above and a sentence on how to read it below."""
    about = element("figcaption", element("b", title), " ", caption)
    return element("figure", picture, about, class_=class_ or None)
