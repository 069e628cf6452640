"""Write the tables of docs/ that come from the code: commands, options, recipes, cards.

    scripts/python scripts/make_docs.py

Each stands between two lines of its page, <!-- table: NAME --> and <!-- end -->; the tests fail
when one of them is not what the code says.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.cli.main import gpunet
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.train import train
from gpunet.runs.recipe import Expected, Recipe, list_recipes
from scripts.cards_table import cards_table
from scripts.options_table import option_table, sections_table

DOCS = Path(__file__).resolve().parent.parent / "docs"
PLACE = re.compile(r"(<!-- table: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Bring every page up to date."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if (filled := fill(text)) != text:
            page.write_text(filled, encoding="utf-8")
            print(f"{page}: brought up to date")


def fill(text: str) -> str:
    """A page with every table as the code has it now."""
    return PLACE.sub(lambda place: f"{place[1]}\n{TABLES[place['name']]()}\n\n{place[3]}", text)


def commands() -> str:
    """What every command does, takes and can be told."""
    return "\n\n".join(section for command in all_commands(gpunet, "gpunet") for section in command)


def all_commands(group: click.Group, name: str) -> list[list[str]]:
    """For each command, those of groups within groups included, its parts in Markdown."""
    found = []
    for called, command in group.commands.items():
        if isinstance(command, click.Group):
            found += all_commands(command, f"{name} {called}")
        else:
            found.append(describe(command, f"{name} {called}"))
    return found


def describe(command: click.Command, name: str) -> list[str]:
    """Heading, usage, description, options and examples of one command."""
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    arguments = [argument_of(p) for p in command.params if isinstance(p, click.Argument)]
    usage = " ".join([name, "[OPTIONS]", *arguments])
    parts = [f"## {name}", f"    {usage}", paragraphs(command.help or "")]
    if options:
        parts.append(option_table(options).rstrip())
    if isinstance(command, SectionedCommand):
        parts += ["Examples:", indent("\n".join(command.examples), " " * 4)]
    return parts


def argument_of(argument: click.Argument) -> str:
    """An argument as usage lines have it: NAME, [NAME], NAME..., [NAME...], [NAME]...."""
    name = (argument.metavar or str(argument.name).upper()).removesuffix("...")
    name = name if argument.nargs == 1 else f"{name}..."
    return name if argument.required or name.startswith("[") else f"[{name}]"


def paragraphs(text: str) -> str:
    """A docstring's paragraphs, each on one line; those that click is to leave alone as code."""
    parts = []
    for part in text.split("\n\n"):
        kept, _, lines = part.rpartition("\b\n")
        parts.append(
            indent(dedent(lines), " " * 4) if kept or "\b" in part else " ".join(part.split())
        )
    return "\n\n".join(parts)


def options() -> str:
    """The options of `gpunet train`, by the headings of its help."""
    return sections_table(train).rstrip()


def recipes() -> str:
    """Published beside measured."""
    head = "| recipe | published, % | test, % | validation, % | n | seconds a network |"
    rows = map(recipe_row, sorted(list_recipes(), key=lambda recipe: recipe.name))
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def recipe_row(recipe: Recipe) -> str:
    """A recipe's line of the table."""
    published = f"{recipe.figure}<br>{recipe.published_on}".removesuffix("<br>")
    return f"| `{recipe.name}`<br>{recipe.title} | {published} | {measured(recipe.expected)} |"


def measured(expected: Expected | None) -> str:
    """The cells on what was measured here."""
    if expected is None:
        return "not measured | | | "
    test, validation = (spread(expected, split) for split in ("test", "validation"))
    on = "" if expected.device == "cpu" else f" ({expected.device})"
    return f"{test} | {validation} | {expected.networks} | {expected.seconds:.0f}{on}"


def spread(expected: Expected, split: str) -> str:
    """A mean with its deviation over networks, kept on one line, and how sure it is over images."""
    if not (first := expected.over_networks(split)):
        return "trained on"
    return f"{first}<br>{expected.over_images(split)}".replace(" ", "&nbsp;")


TABLES: dict[str, Callable[[], str]] = {
    "cards": cards_table,
    "commands": commands,
    "options": options,
    "recipes": recipes,
}


if __name__ == "__main__":
    main()
