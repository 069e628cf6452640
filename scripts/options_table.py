"""The options of `gpunet train` as Markdown, a table for each heading of its help.

    scripts/python scripts/options_table.py > options.md

It is made from the declarations that the command line itself is made from.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.cli.options import Launch
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.train import train
from gpunet.core.options import Option, options_of
from gpunet.core.rules import Choice
from gpunet.runs.config import RunConfig

HEADING = "| option | values | default | |\n|---|---|---|---|\n"


def main() -> None:
    """Print them."""
    print(options_table(), end="")


def options_table() -> str:
    """All options of `gpunet train`, under their headings, as Markdown."""
    assert isinstance(train, SectionedCommand)
    declared = {each.name: each for kind in (RunConfig, Launch) for each in options_of(kind)}
    context = click.Context(train, info_name="gpunet train")
    parts = []
    for heading, options in train.in_sections(context).items():
        rows = (
            row_of_declared(declared[name]) if (name := str(each.name)) in declared else row(each)
            for each in options
            if isinstance(each, click.Option)
        )
        parts.append(f"### {heading}\n\n{HEADING}{''.join(map(join, rows))}")
    return "\n".join(parts)


def row_of_declared(option: Option) -> list[str]:
    """An option's cells, from its declaration."""
    if option.is_flag:
        return [f"`{option.switch}`, `--no-{option.switch[2:]}`", "", "no", option.help]
    rule = option.rule
    values = ", ".join(map(code, rule.names)) if isinstance(rule, Choice) else rule.needed
    default = option.otherwise or code(option.default_in_words)
    return [code(option.switch), values, default, option.help]


def row(option: click.Option) -> list[str]:
    """The cells of an option that is one of the command line alone."""
    told, _, default = (option.help or "").partition("  [default: ")
    default = default.removesuffix("]")
    if not default and option.show_default:
        default = code(str(option.default))
    values = "" if option.is_flag else code(str(option.metavar))
    return [code(max(option.opts, key=len)), values, default, told]


def code(text: str) -> str:
    """As it is typed."""
    return f"`{text}`"


def join(cells: Iterable[str]) -> str:
    """A line of a table."""
    # A bar in a cell would end it; that in a metavar is between two choices.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    main()
