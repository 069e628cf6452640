"""Help in sections, for a command with many options."""

from collections.abc import Iterable
from typing import Any

import click

from gpunet.core.options import Config, options_of

UNBROKEN = "\N{NON-BREAKING HYPHEN}"


class SectionedCommand(click.Command):
    """A command whose help lists options under headings.

    Args:
        sections: the names of the options under each heading; all others follow under
            "Other options".
    """

    def __init__(self, name: str, sections: dict[str, tuple[str, ...]], **others: Any) -> None:
        super().__init__(name, **others)
        self.sections = sections

    def in_sections(self, context: click.Context) -> dict[str, list[click.Parameter]]:
        """The options under each heading."""
        options = {str(each.name): each for each in self.get_params(context)}
        found = {
            heading: [options.pop(name) for name in names]
            for heading, names in self.sections.items()
        }
        return {**found, "Other options": list(options.values())}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections = {
            heading: [record for each in options if (record := each.get_help_record(ctx))]
            for heading, options in self.in_sections(ctx).items()
        }
        # Padded, so that the columns of all sections are aligned; names are never broken at
        # their hyphens.
        width = max(len(names) for records in sections.values() for names, _ in records)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(names.ljust(width), text.replace("-", UNBROKEN)) for names, text in records]
                )
        formatter.buffer = [text.replace(UNBROKEN, "-") for text in formatter.buffer]


def sections_of(*kinds: type[Config]) -> dict[str, tuple[str, ...]]:
    """The names of the options of configurations under each of their headings."""
    declared = [option for kind in kinds for option in options_of(kind)]
    headings: Iterable[str] = dict.fromkeys(option.section for option in declared)
    return {
        heading: tuple(option.name for option in declared if option.section == heading)
        for heading in headings
    }
