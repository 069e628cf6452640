"""Options made from their declarations: see `core.options`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from gpunet.cli.values import Value
from gpunet.core.names import DTYPES, ENGINES, PRECISIONS
from gpunet.core.options import Config, Option, option, options_of, switch
from gpunet.core.rules import MOST_NETWORKS, Choice, Whole
from gpunet.sweeps.grid import NAMES

Command = TypeVar("Command", bound=Callable[..., Any])

CHANCE = "Chance and repetition"
COMPUTING = "Where and how it is computed"


@dataclass(frozen=True, kw_only=True)
class Launch(Config):
    """The other options of one run, or of many, on the command line."""

    seed: int = option(0, Whole(0), "Decides everything random.", section=CHANCE)
    networks: int = option(
        1,
        Whole(1, MOST_NETWORKS),
        "Train this many networks, with seeds counted up from --seed: a mean with an error bar.",
        section=CHANCE,
    )
    dtype: str = option(
        "float32", Choice(*DTYPES), "The numbers it computes with.", section=COMPUTING
    )
    engine: str = option(
        "auto",
        Choice(*ENGINES, table="gpunet.engines.choose:ENGINES"),
        "How steps are launched: one by one (eager); on a GPU captured (graph), or thousands at "
        "once (fused); on the CPU thousands at once, by Numba (compiled).",
        section=COMPUTING,
    )
    precision: str | None = option(
        None,
        Choice(*PRECISIONS),
        "How a GPU multiplies float32 matrices.",
        section=COMPUTING,
        otherwise="float32",
    )


# Options that define a run; a resumed run has them already, and may only be given more epochs.
DECIDED = (
    *(name for name in NAMES if name != "epochs"),
    *("seed", "networks", "dtype", "out", "overwrite", "recipe"),
)


class DeclaredOption(click.Option):
    """An option of the command line, made from a declaration.

    Attributes:
        declared: the declaration.
    """

    def __init__(self, names: Sequence[str], declared: Option, **others: Any) -> None:
        super().__init__(names, help=help_of(declared), **others)
        self.declared = declared

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record and self.is_flag:
            return f"--[no-]{self.opts[0][2:]}", record[1]
        return record


def options_from(kind: type[Config], *, grid: bool = False) -> Callable[[Command], Command]:
    """Decorate a command with the options of a configuration, passed by name.

    Args:
        kind: a `Config`.
        grid: whether each may be given more than once. The command then gets a list of all its
            values, empty if it is not given; defaults are not filled in.
    """

    def decorate(command: Command) -> Command:
        for each in reversed(options_of(kind)):
            command = make_option(each, grid)(command)
        return command

    return decorate


def make_option(declared: Option, grid: bool) -> Callable[[Command], Command]:
    """Decorate a command with one declared option."""
    name = declared.switch
    about: dict[str, Any] = {"cls": DeclaredOption, "declared": declared}
    if not grid:
        about["default"] = declared.default
    if declared.is_flag:
        return click.option(f"{name}/--no-{name[2:]}", **{"default": None, **about})
    return click.option(name, type=Value(declared.rule), multiple=grid, **about)


def help_of(declared: Option) -> str:
    """What it does, the names to choose from, and the default."""
    text = declared.help
    if isinstance(declared.rule, Choice):
        text += f"  [{', '.join(declared.rule.names)}; default: {declared.default_in_words}]"
    else:
        text += f"  [default: {'no' if declared.is_flag else declared.default_in_words}]"
    return text


def grid_of(options: dict[str, Any]) -> dict[str, list[Any]]:
    """The values given for options of the grid, without duplicates; only of options given."""
    given = {name: options[name] for name in NAMES if options[name] not in (None, (), [])}
    given = {k: [values] if isinstance(values, bool) else values for k, values in given.items()}
    return {
        name: [value for k, value in enumerate(values) if value not in values[:k]]
        for name, values in given.items()
    }


def only_epochs(options: dict[str, Any]) -> int | None:
    """The epochs given with --resume, or None."""
    values: tuple[int, ...] = options["epochs"]
    if len(values) > 1:  # elsewhere that makes a grid
        raise click.UsageError("--epochs: give it once for one network")
    return values[0] if values else None


def refuse_decided(context: click.Context) -> None:
    """Refuse options that define a run when given with --resume."""
    for name in DECIDED:
        if is_given(context, name):
            raise click.UsageError(
                f"{switch(name)} cannot be changed in a run that is resumed; leave it out, "
                "or start a new run"
            )


def check_precision(precision: str | None, dtype: str) -> None:
    """Refuse fewer bits for float32 products where there are none."""
    if precision not in (None, "float32") and dtype != "float32":
        raise click.UsageError(
            f"--precision {precision} is of float32 matrices, and these networks compute in "
            f"{dtype}; leave it out"
        )


def recipe_options(context: click.Context, name: str) -> dict[str, Any]:
    """The options of a recipe, except those given on the command line."""
    from gpunet.runs.recipe import find_recipe

    return {
        option: [value] if option in NAMES else value
        for option, value in find_recipe(name).options.items()
        if not is_given(context, option)
    }


def is_given(context: click.Context, name: str) -> bool:
    """Whether an option was given on the command line."""
    from click.core import ParameterSource

    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
