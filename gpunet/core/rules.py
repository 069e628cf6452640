"""What values an option may have: rules that take a value, or say what to give instead."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any

from gpunet.core.arguments import as_float
from gpunet.core.words import did_you_mean

# In a population.
MOST_NETWORKS = 10_000


class Rule(ABC):
    """What values an option may have.

    Attributes:
        metavar: stands for a value in the help.
        needed: what a value must be, in words.
    """

    metavar: str

    @property
    @abstractmethod
    def needed(self) -> str: ...

    @abstractmethod
    def check(self, value: Any) -> Any:
        """The value as a plain Python one, which JSON knows; ValueError says what to give."""

    def read(self, text: str) -> Any:
        """The value of what was typed; ValueError says what to give."""
        return self.check(text)


@dataclass(frozen=True)
class Whole(Rule):
    """A whole number within limits, both included."""

    least: int
    most: float = inf
    metavar = "N"

    @property
    def needed(self) -> str:
        if self.most == inf:
            return f"a whole number, {self.least:,} or more"
        return f"a whole number from {self.least:,} to {self.most:,}"

    def check(self, value: Any) -> int:
        is_whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not is_whole or not self.least <= int(value) <= self.most:
            raise ValueError(f"give {self.needed}")
        return int(value)

    def read(self, text: str) -> int:
        return self.check(number_or_text(int, text))


@dataclass(frozen=True)
class Number(Rule):
    """A finite number within limits; one that is `open` is not included itself."""

    least: float
    most: float
    open_below: bool = False
    open_above: bool = False
    metavar = "X"

    @property
    def needed(self) -> str:
        least, most = (f"{end:,}" for end in (self.least, self.most))
        if self.open_below:
            return f"a number above {least}, {'below' if self.open_above else 'at most'} {most}"
        return f"a number from {least} to {'below ' if self.open_above else ''}{most}"

    def check(self, value: Any) -> float:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not self.holds(as_float(value)):
            raise ValueError(f"give {self.needed}")
        return float(value)

    def holds(self, value: float) -> bool:
        """Whether a number is within the limits."""
        above = value > self.least if self.open_below else value >= self.least
        below = value < self.most if self.open_above else value <= self.most
        return isfinite(value) and above and below

    def read(self, text: str) -> float:
        return self.check(number_or_text(float, text))


@dataclass(frozen=True)
class PerLayer(Rule):
    """A number for all layers, or several, one for each of them.

    Attributes:
        rule: what each number may be.
        example: of several, as they are typed.
        none: whether "none" and None stand for 0.
    """

    rule: Number
    example: str
    none: bool = False
    metavar = "X[,X...]"

    @property
    def needed(self) -> str:
        return f"{self.rule.needed}; or one for each layer, as in {self.example}"

    def check(self, value: Any) -> float | tuple[float, ...]:
        several = isinstance(value, list | tuple)
        try:
            numbers = tuple(map(self.check_one, value if several else [value]))
        except ValueError:
            numbers = ()
        if not numbers:
            raise ValueError(f"give {self.needed}")
        return numbers if several else numbers[0]

    def check_one(self, value: Any) -> float:
        """One of the numbers."""
        stands_for_0 = self.none and (value is None or (isinstance(value, str) and value == "none"))
        return self.rule.check(0 if stands_for_0 else value)

    def read(self, text: str) -> float | tuple[float, ...]:
        words = [word.strip().lower() for word in text.split(",")]
        numbers = [number_or_text(float, word) for word in words]
        return self.check(numbers if len(numbers) > 1 else numbers[0])


class Choice(Rule):
    """One of some names, in lower case; an underscore is as good as a hyphen.

    Args:
        names: those known beforehand.
        table: where names are registered, as "package.module:TABLE". It is looked into, and its
            module imported, for a name that was not known beforehand.
        metavar: stands for a name in the help.
    """

    def __init__(self, *names: str, table: str = "", metavar: str = "NAME") -> None:
        self.names = names
        self.table = table
        self.metavar = metavar

    @property
    def needed(self) -> str:
        return f"one of {', '.join(self.names)}"

    def check(self, value: Any) -> str:
        name = value.lower().replace("_", "-") if isinstance(value, str) else ""
        if name not in self.names and name not in (known := self.registered()):
            needed = f"choose one of {', '.join(known)}"
            raise ValueError(f"{needed}{did_you_mean(name, known)}")
        return str(name)

    def registered(self) -> list[str]:
        """The names known beforehand, and those in the table that were not."""
        if not self.table:
            return list(self.names)
        module, _, table = self.table.partition(":")
        return list(dict.fromkeys([*self.names, *getattr(import_module(module), table)]))


class Flag(Rule):
    """True or False."""

    metavar = ""
    needed = "True or False"

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"give {self.needed}")
        return value


def number_or_text(kind: type[int] | type[float], text: str) -> Any:
    """What was typed as a number; if it is none, as it is, to be refused."""
    try:
        return kind(text)
    except ValueError:
        return text
