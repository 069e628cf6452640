"""The options of `gpunet train` as Markdown, a table for each heading of its help.

    scripts/python scripts/options_table.py > options.md

It is made from the declarations that the command line itself is made from.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.cli.options import DeclaredOption
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.train import train
from gpunet.cli.values import Value
from gpunet.core.options import Option
from gpunet.core.rules import Choice, Rule

HEAD = "| option | values | default | what it does |\n|---|---|---|---|\n"


def main() -> None:
    """Print them."""
    print(sections_table(train), end="")


def sections_table(command: click.Command, level: int = 3) -> str:
    """The options of a command as Markdown, under their headings, which are of that level."""
    assert isinstance(command, SectionedCommand)
    sections = command.in_sections(click.Context(command)).items()
    return "\n".join(
        f"{'#' * level} {heading}\n\n{option_table(options)}" for heading, options in sections
    )


def option_table(options: Iterable[click.Parameter]) -> str:
    """The options among some parameters, as one table."""
    rows = [
        row_of_declared(each.declared) if isinstance(each, DeclaredOption) else row(each)
        for each in options
        if isinstance(each, click.Option)
    ]
    return HEAD + "".join(map(join, rows))


def row_of_declared(option: Option) -> list[str]:
    """An option's cells, from its declaration."""
    if option.is_flag:
        return [f"`{option.switch}`, `--no-{option.switch[2:]}`", "", "no", option.help]
    default = option.otherwise or code(option.default_in_words)
    return [code(option.switch), values_of(option.rule), default, option.help]


def values_of(rule: Rule) -> str:
    """What values a rule allows."""
    return ", ".join(map(code, rule.names)) if isinstance(rule, Choice) else rule.needed


def row(option: click.Option) -> list[str]:
    """The cells of an option that is one of the command line alone."""
    told, _, default = (option.help or "").partition("  [default: ")
    default = default.removesuffix("]")
    if not default and option.show_default:
        default = code(str(option.default))
    values = "" if option.is_flag else code(option.metavar or option.type.name.upper())
    if isinstance(option.type, Value):
        values = values_of(option.type.rule)
    return [code(max(option.opts, key=len)), values, default, told]


def code(text: str) -> str:
    """As it is typed."""
    return f"`{text}`"


def join(cells: Iterable[str]) -> str:
    """A line of a table; a bar within a cell would end it."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    main()
