"""Help that all commands have alike: options and commands under headings, examples at the end."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import click

from gpunet.core.options import Config, options_of

# What stands for a hyphen or a space at which no line may end, until the line is made.
HYPHEN, SPACE = "\N{NON-BREAKING HYPHEN}", "\N{NO-BREAK SPACE}"
# The heading of --device, where it has one of its own.
WHERE = "Where it is computed"
# A default of a few words, and sizes such as 28 × 28.
TOGETHER = re.compile(r"\[?default: [^\]]{1,20}\]|\d × \d+")


class Formatter(click.HelpFormatter):
    """Breaks lines between words only, and not within a default."""

    def write(self, string: str) -> None:
        super().write(string.replace(HYPHEN, "-").replace(SPACE, " "))

    def write_text(self, text: str) -> None:
        super().write_text(unbroken(text))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        super().write_dl([(name, unbroken(text)) for name, text in rows], col_max, col_spacing)

    def write_sections(self, sections: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """Write definition lists under headings, their columns aligned; empty ones are left out."""
        told = {heading: list(rows) for heading, rows in sections.items()}
        width = max((len(name) for rows in told.values() for name, _ in rows), default=0)
        for heading, rows in told.items():
            if rows:
                with self.section(heading):
                    self.write_dl([(name.ljust(width), text) for name, text in rows])

    def write_examples(self, examples: Iterable[str]) -> None:
        """Write commands, each on a line of its own, however long."""
        with self.section("Examples"):
            for example in examples:
                self.write(f"{'':>{self.current_indent}}{example}\n")


def unbroken(text: str) -> str:
    """A text with what must stay on one line held together."""
    return TOGETHER.sub(lambda found: found[0].replace(" ", SPACE), text).replace("-", HYPHEN)


class Context(click.Context):
    """Has help written by `Formatter`."""

    formatter_class = Formatter


class Sectioned(click.Command):
    """A command whose help is written by this module's formatter, whatever asks for it."""

    context_class = Context

    def get_help(self, ctx: click.Context) -> str:
        formatter = Formatter(width=ctx.terminal_width, max_width=ctx.max_content_width)
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")


class SectionedCommand(Sectioned):
    """A command whose help lists options under headings, and ends in examples.

    Args:
        examples: commands that work as they are written.
        sections: the names of the options under each heading; all others follow under
            "Other options".
    """

    def __init__(
        self,
        name: str,
        examples: tuple[str, ...],
        sections: Mapping[str, tuple[str, ...]] | None = None,
        **others: Any,
    ) -> None:
        super().__init__(name, **others)
        self.examples, self.sections = examples, sections or {}

    def in_sections(self, context: click.Context) -> dict[str, list[click.Option]]:
        """The options under each heading."""
        parameters = self.get_params(context)
        options = {str(each.name): each for each in parameters if isinstance(each, click.Option)}
        found = {
            heading: [options.pop(name) for name in names]
            for heading, names in self.sections.items()
        }
        return {**found, "Other options" if found else "Options": list(options.values())}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, Formatter)
        formatter.write_sections(
            {
                heading: [record for each in options if (record := each.get_help_record(ctx))]
                for heading, options in self.in_sections(ctx).items()
            }
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, Formatter)
        formatter.write_examples(self.examples)


class SectionedGroup(Sectioned, click.Group):
    """A group whose help lists commands under headings, and ends in examples.

    Args:
        examples: commands that work as they are written.
    """

    command_class = SectionedCommand

    def __init__(self, name: str, examples: tuple[str, ...], **others: Any) -> None:
        super().__init__(name, **others)
        self.examples = examples
        self.headings: dict[str, str] = {}

    def add_section(self, heading: str, *commands: click.Command) -> None:
        """Add commands under a heading; those added otherwise stand under "Commands"."""
        for command in commands:
            self.add_command(command)
            self.headings[str(command.name)] = heading

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, Formatter)
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            rows = sections.setdefault(self.headings.get(name, "Commands"), [])
            # Of a command all of its first sentence is told.
            rows.append((name, command.get_short_help_str(limit=1000)))
        records = [each.get_help_record(ctx) for each in self.get_params(ctx)]
        sections["Options"] = [record for record in records if record]
        formatter.write_sections(sections)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, Formatter)
        formatter.write_examples(self.examples)


def sections_of(*kinds: type[Config]) -> dict[str, tuple[str, ...]]:
    """The names of the options of configurations under each of their headings."""
    declared = [option for kind in kinds for option in options_of(kind)]
    headings: Iterable[str] = dict.fromkeys(option.section for option in declared)
    return {
        heading: tuple(option.name for option in declared if option.section == heading)
        for heading in headings
    }
