"""Options, each declared once: a field of a configuration, with all that describes it.

    epochs: int = option(30, Whole(1, 100), "How often every image is seen.", section="Learning")

The command line's options, the names of a grid, the checks and their messages, what run.json
holds and the table of the documentation are made from that; only `fit` writes the options out
again, for editors and type checkers, and a test says where it differs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from textwrap import fill
from typing import Any, Self, TypeVar

from gpunet.core.errors import InputError
from gpunet.core.rules import Rule
from gpunet.core.words import did_you_mean, shown

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Option:
    """Everything that is declared about an option.

    Attributes:
        name: of the field, in Python and in run.json.
        type: of its values.
        default: a value.
        rule: what values it may have.
        help: what it does, in a sentence or two.
        section: the heading it is listed under.
        otherwise: the default in words, where its value does not show it.
    """

    name: str
    type: Any
    default: Any
    rule: Rule
    help: str
    section: str
    otherwise: str

    @property
    def switch(self) -> str:
        """As it is typed: --learning-rate."""
        return switch(self.name)

    @property
    def is_flag(self) -> bool:
        """Whether it is a switch without a value."""
        return self.type is bool

    @property
    def default_in_words(self) -> str:
        """The default, as it is typed."""
        return self.otherwise or show_value(self.default)

    def check(self, value: Any) -> Any:
        """The value as a plain Python one; ValueError says what to give instead."""
        return None if value is None is self.default else self.rule.check(value)


def option(default: Value, rule: Rule, says: str, *, section: str, otherwise: str = "") -> Value:
    """Declare an option: a field of a `Config`. The arguments are those of `Option`."""
    about = {"rule": rule, "help": says, "section": section, "otherwise": otherwise}
    declared: Any = field(default=default, metadata=about)
    return declared  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True, eq=False)
class Config:
    """A dataclass whose fields are options, or a `Config` with options of its own.

    Raises:
        InputError: a value is not allowed; says which are.
    """

    def __post_init__(self) -> None:
        for each in own_options(type(self)):
            value = getattr(self, each.name)
            try:
                object.__setattr__(self, each.name, each.check(value))
            except ValueError as error:
                called = each.name.replace("_", " ")
                raise InputError(f"{called} {shown(value)}: {error}") from None
        for name, kind in parts_of(type(self)).items():
            if not isinstance(getattr(self, name), kind):
                raise InputError(f"{name} {shown(getattr(self, name))}: give a {kind.__name__}")

    def to_json(self) -> dict[str, Any]:
        """Every option's value by name, those of parts among them, as JSON knows it."""
        values = {each.name: getattr(self, each.name) for each in own_options(type(self))}
        values = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        for name in parts_of(type(self)):
            values |= getattr(self, name).to_json()
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """What `to_json` gave; an option missing from an older file has its default.

        Raises:
            InputError: a name is no option, or a value is not allowed.
        """
        check_names(cls, values)
        own = {each.name: values[each.name] for each in own_options(cls) if each.name in values}
        parts = {
            name: kind.from_json({k: values[k] for k in names_of(kind) if k in values})
            for name, kind in parts_of(cls).items()
        }
        return cls(**own, **parts)


# A cache, since every point of a grid asks for them.
FOUND: dict[type[Config], tuple[Option, ...]] = {}


def own_options(kind: type[Config]) -> tuple[Option, ...]:
    """The options of a configuration, without those of its parts."""
    if kind not in FOUND:
        parts = parts_of(kind)
        FOUND[kind] = tuple(
            Option(each.name, each.type, each.default, **each.metadata)
            for each in fields(kind)
            if each.name not in parts
        )
    return FOUND[kind]


def parts_of(kind: type[Config]) -> dict[str, type[Config]]:
    """The configurations that are parts of one, by the names of their fields."""
    found = ((each.name, each.type) for each in fields(kind))
    return {name: of for name, of in found if isinstance(of, type) and issubclass(of, Config)}


def options_of(kind: type[Config]) -> tuple[Option, ...]:
    """All options of a configuration, in their order, its own first, then those of its parts."""
    in_parts = (each for part in parts_of(kind).values() for each in options_of(part))
    return (*own_options(kind), *in_parts)


def names_of(kind: type[Config]) -> tuple[str, ...]:
    """The names of all options of a configuration."""
    return tuple(each.name for each in options_of(kind))


def check_names(kind: type[Config], given: Mapping[str, Any]) -> None:
    """Raise InputError if a name is none of a configuration's options."""
    known = names_of(kind)
    for name in given:
        if name not in known:
            others = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise InputError(f"there is no option {shown(name)}{others}")


def documented(kind: type[Config]) -> Callable[[Function], Function]:
    """Let the docstring of a function that takes these options say what each of them is."""

    def decorate(function: Function) -> Function:
        lines = "".join(
            fill(
                f"{each.name}: {each.help} [{each.rule.needed}; default: {each.default_in_words}]",
                width=100,
                initial_indent=" " * 8,
                subsequent_indent=" " * 12,
            )
            + "\n"
            for each in options_of(kind)
        )
        if function.__doc__:  # there is none under python -OO
            function.__doc__ = f"{function.__doc__.rstrip()}\n\n    Options:\n{lines}    "
        return function

    return decorate


def switch(name: str) -> str:
    """An option as it is typed: "learning_rate" as "--learning-rate"."""
    return f"--{name.replace('_', '-')}"


def show_value(value: Any) -> str:
    """An option's value as it is typed: [30, 30] as "30,30"."""
    if isinstance(value, list | tuple):
        return ",".join(map(show_exactly, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "default" if value is None else str(value)


def show_exactly(value: Any) -> str:
    """One of several values as it is typed: with all its digits, where six are too few."""
    short = show_value(value)
    return repr(value) if isinstance(value, float) and float(short) != value else short
