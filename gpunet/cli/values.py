"""Values as they are typed: parsed by an option's rule, or refused with what it needs."""

from typing import Any

import click
from click.shell_completion import CompletionItem

from gpunet.core.rules import Choice, Rule


class Refused(click.BadParameter):
    """What was typed is not a value of this option.

    Attributes:
        typed: what was found.
    """

    def __init__(self, typed: str, needed: str, param: click.Parameter | None) -> None:
        super().__init__(needed, param=param)
        self.typed = typed


class Value(click.ParamType[Any]):
    """The values that a rule allows."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.metavar

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.rule.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        # While the shell completes, what stands before the cursor is of no interest; to look up
        # a name that is unknown would take long.
        if not isinstance(value, str) or (ctx and ctx.resilient_parsing):
            return value
        try:
            return self.rule.read(value)
        except ValueError as error:
            raise Refused(value, str(error), param) from None

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem[str]]":
        names = self.rule.names if isinstance(self.rule, Choice) else ()
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]
