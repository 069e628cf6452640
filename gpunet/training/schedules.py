"""Learning-rate schedules: a factor for each epoch, known from the epochs before it alone.

So a resumed run needs no state of a schedule.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

from gpunet.core.words import did_you_mean
from gpunet.training.history import History

SPELLINGS = "constant, step:EPOCHS:FACTOR, exponential:FACTOR, cosine, or halving:EPOCHS"


class Schedule(ABC):
    """How the learning rate changes from its first value.

    Attributes:
        watches: whether it needs the accuracy after each epoch.
        spans: whether it depends on the number of epochs, which cannot be changed then.
    """

    watches = False
    spans = False

    @abstractmethod
    def factor(self, epoch: int, epochs: int, history: History) -> float:
        """What the learning rate is multiplied by.

        Args:
            epoch: counted from 0.
            epochs: in all.
            history: of the epochs before.
        """

    def ended(self, history: History) -> bool:
        """Whether training is to end, since a smaller rate would do nothing more."""
        return False


class Constant(Schedule):
    """Always the same."""

    def factor(self, epoch: int, epochs: int, history: History) -> float:
        return 1.0


@dataclass(frozen=True)
class Step(Schedule):
    """Multiplied by a factor after every `every` epochs."""

    every: int
    by: float

    def factor(self, epoch: int, epochs: int, history: History) -> float:
        return float(self.by ** (epoch // self.every))


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiplied by a factor after every epoch."""

    by: float

    def factor(self, epoch: int, epochs: int, history: History) -> float:
        return float(self.by**epoch)


class Cosine(Schedule):
    """Half a cosine from 1 in the first epoch to 0 after the last (Loshchilov and Hutter 2017)."""

    spans = True

    def factor(self, epoch: int, epochs: int, history: History) -> float:
        return 0.5 * (1 + cos(pi * epoch / epochs))


@dataclass(frozen=True)
class Halving(Schedule):
    """Halved when the accuracy has not improved in `after` epochs; ended at 1/128 of the first.

    Chapter 3, "How to choose a neural network's hyper-parameters?", its third exercise.
    """

    after: int
    watches = True

    def factor(self, epoch: int, epochs: int, history: History) -> float:
        best, since, factor = -1.0, 0, 1.0
        for record in history:
            since += 1
            if (record.accuracy or 0.0) > best:
                best, since = record.accuracy or 0.0, 0
            elif since == self.after:
                since, factor = 0, factor / 2
        return factor

    def ended(self, history: History) -> bool:
        return self.factor(0, 0, history) <= 1 / 128


# By name, made of the numbers that follow it.
SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": lambda: Constant(),
    "step": lambda every, by: Step(int(every), float(by)),
    "exponential": lambda by: Exponential(float(by)),
    "cosine": lambda: Cosine(),
    "halving": lambda after: Halving(int(after)),
}


def spell(text: str) -> str:
    """A schedule in the one way it is kept: "STEP:2:.50" as "step:2:0.5".

    Raises:
        ValueError: as `parse_schedule`.
    """
    numbers = vars(parse_schedule(text)).values()
    return ":".join([text.lower().partition(":")[0], *(f"{number:g}" for number in numbers)])


def parse_schedule(text: str) -> Schedule:
    """A schedule as it is typed.

    Raises:
        ValueError: it is none; says what to give.
    """
    name, *numbers = text.lower().split(":")
    try:
        schedule = SCHEDULES[name](*numbers)
    except (KeyError, TypeError, ValueError):
        near = "" if name in SCHEDULES else did_you_mean(name, SCHEDULES)
        raise ValueError(f"give {SPELLINGS}{near}") from None
    values = vars(schedule)
    if values.get("every", 1) < 1 or values.get("after", 1) < 1:
        raise ValueError("give a whole number of epochs, at least 1, after the colon")
    if not 0 < values.get("by", 1.0) <= 1:
        raise ValueError("give a factor above 0, at most 1")
    return schedule
