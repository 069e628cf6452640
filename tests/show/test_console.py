"""The console: whatever is printed, and however, the terminal is told nothing but what to show."""

import ast
import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

import gpunet
from gpunet.show.console import Console

HOSTILE = {
    "escape sequence": "\x1b]0;owned\x07\x1b[2J",
    "control sequence of one byte": "\x9b2J",
    "carriage return": "100 %\rfake",
    "markup": "[red]cat[/red]",
    "closing markup": "x[/y]",
    "link": "[link=http://a]cat[/link]",
    "emoji code": ":cat:",
    "right to left": "\u202egnp.exe",
    "lone surrogate": "caf\udce9",
}
# What rich itself sends: colours, and how a live display moves the cursor.
SENT_BY_RICH = re.compile(r"\x1b\[[0-9;?]*[mKAhlG]|\r")


def cells(text: str) -> Table:
    made = Table(text, title=text)
    made.add_row(text)
    return made


def progress(text: str, console: Console) -> None:
    with Progress(TextColumn("{task.description}", markup=False), console=console) as bar:
        bar.add_task(text)


WAYS: dict[str, Callable[[Console, str], Any]] = {
    "string": lambda console, text: console.print(text),
    "string, markup asked for": lambda console, text: console.print(text, markup=True, emoji=True),
    "text": lambda console, text: console.print(Text(text)),
    "table": lambda console, text: console.print(cells(text)),
    "panel": lambda console, text: console.print(Panel(Padding(text, 1), title=Text(text))),
    "progress": lambda console, text: progress(text, console),
    "rule": lambda console, text: console.rule(text),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("terminal", [True, False])
def test_the_terminal_is_only_shown_text(
    way: Callable[[Console, str], Any], text: str, terminal: bool
) -> None:
    file = StringIO()
    way(Console(file=file, force_terminal=terminal, width=120), text)
    for line in SENT_BY_RICH.sub("", file.getvalue()).split("\n"):
        assert line.isprintable(), repr(line)


@pytest.mark.parametrize("text", ["[red]cat[/red]", "x[/y]", ":cat:", "[link=http://a]cat[/link]"])
@pytest.mark.parametrize("way", ["string", "text", "table", "progress"])
def test_brackets_and_colons_are_text(way: str, text: str) -> None:
    file = StringIO()
    WAYS[way](Console(file=file, width=120), text)
    assert text in file.getvalue()


def test_columns_of_a_table_stay_in_line() -> None:
    made = Table.grid(padding=(0, 1))
    for name in ("\x1b[2Jcat", "dog"):
        made.add_row(name, "|")
    file = StringIO()
    Console(file=file, width=120).print(made)
    assert len({line.index("|") for line in file.getvalue().splitlines()}) == 1


def calls_and_imports() -> Iterator[tuple[str, str]]:
    """Of each module, what it calls and what it imports."""
    for path in sorted(Path(gpunet.__file__).parent.rglob("*.py")):
        name = path.relative_to(Path(gpunet.__file__).parent).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield name, ast.unparse(node.func)
            elif isinstance(node, ast.ImportFrom):
                yield from ((name, f"{node.module}.{alias.name}") for alias in node.names)


def test_there_is_no_other_way_to_a_terminal() -> None:
    """But for the programs of the book, which print what they always printed."""
    ways = re.compile(
        r"print|.*\.(secho|echo|stdout\.write|stderr\.write)|rich\.(console\.Console|print|get_console)"
    )
    used = {(name, what) for name, what in calls_and_imports() if ways.fullmatch(what)}
    assert {each for each in used if not each[0].startswith("book/")} == {
        ("cli/common.py", "click.echo"),
        ("interop/sklearn/watching.py", "print"),  # two numbers, as scikit-learn's verbose does
    }
