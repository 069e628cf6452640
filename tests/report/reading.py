"""A report as a browser reads it."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "wbr"}


class Page(HTMLParser):
    """A page, parsed; it is an error if an element is closed that is not open.

    Attributes:
        source: the file.
        headings: the text of h1, h2 and h3.
        elements: every element: its name and its attributes.
        words: all text that is not style.
        commands: the text within `pre`.
        figures: by the bold words of each caption, how many there are.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.open: list[str] = []
        self.headings: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.commands: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")
        if tag == "pre":
            self.commands.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        data = data.replace("\xa0", " ")
        self.words += data
        if {"h1", "h2", "h3"} & {*self.open}:
            self.headings[-1] += data
        if "pre" in self.open:
            self.commands[-1] += data

    def count(self, tag: str, class_: str | None = None) -> int:
        """How many elements there are of a name, and of a class."""
        found = [about.get("class", "").split() for name, about in self.elements if name == tag]
        return len(found) if class_ is None else sum(class_ in each for each in found)
