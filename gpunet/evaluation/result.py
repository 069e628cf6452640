"""What an evaluation found: accuracy, cost, confusion matrix."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from gpunet.core.arguments import check_whole, is_number
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.evaluation.uncertainty import Interval, wilson


class ClassScore(NamedTuple):
    """How one class fared: of `total` samples `correct` were recognised, out of `claimed`."""

    label: int
    total: int
    correct: int
    claimed: int

    @property
    def recall(self) -> float:
        """The fraction of this class's samples that were recognised; 0 if there are none."""
        return self.correct / self.total if self.total else 0.0

    @property
    def precision(self) -> float:
        """The fraction of what was taken for this class that is of it; 0 if nothing was."""
        return self.correct / self.claimed if self.claimed else 0.0


@dataclass(frozen=True)
class Confusion:
    """`count` samples of class `true` were taken for class `predicted`."""

    true: int
    predicted: int
    count: int


@dataclass(frozen=True)
class TargetEvaluation:
    """What a network made of samples that have targets instead of classes.

    Attributes:
        cost: the mean cost of a sample.
        total: how many samples there were.
        accuracy: None, as there is nothing to be right about.
    """

    cost: float
    total: int
    accuracy: None = None


@dataclass(frozen=True)
class Evaluation:
    """What a network, or a committee, made of a split.

    Attributes:
        cost: the mean cost of a sample; a committee's is the log-likelihood cost, −ln of the
            averaged probability of the right class (chapter 3 equation (80)).
        confusion: int64 (classes, classes): row the true class, column the predicted one.
        members: of a committee, what each of its networks made of it alone.
        right: bool (samples,), which of them were classified correctly, as `compare` takes it;
            None where that was not kept.

    Raises:
        InputError: they are no such things.
    """

    cost: float
    confusion: HostArray
    members: tuple["Evaluation", ...] = ()
    right: HostArray | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not is_number(self.cost):
            raise InputError(f"an evaluation's cost {shown(self.cost)}: give a number")
        counts, alone = self.confusion, self.members
        square = isinstance(counts, np.ndarray) and counts.ndim == 2 and len({*counts.shape}) == 1
        if not square or counts.dtype.kind not in "ui":
            raise InputError(
                f"an evaluation's confusion {shown(counts)}: give counts, (classes, classes)"
            )
        if not isinstance(alone, tuple) or not all(isinstance(each, Evaluation) for each in alone):
            raise InputError(f"an evaluation's members {shown(alone)}: give a tuple of evaluations")
        if self.right is not None and not is_flags(self.right):
            raise InputError(
                f"an evaluation's right {shown(self.right)}: give an array of bool, (samples,)"
            )

    @property
    def total(self) -> int:
        """How many samples there were."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """How many were classified correctly."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """The fraction classified correctly; 0 if there were none."""
        return self.correct / max(1, self.total)

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the accuracy, over other samples of the kind: see `wilson`."""
        return wilson(self.correct, self.total) if self.total else (0.0, 1.0)

    def _repr_html_(self) -> str:
        """In a notebook: a table in colours."""
        from gpunet.evaluation.result_html import evaluation_html

        low, high = self.interval
        share = f"accuracy {100 * self.accuracy:.2f} % ({self.correct:,} of {self.total:,}; "
        share += f"95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
        members = [member.accuracy for member in self.members]
        return evaluation_html(f"{share}, cost {self.cost:.5f}", self.confusion, members)

    def per_class(self) -> list[ClassScore]:
        """How each class fared."""
        rows, columns = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return [
            ClassScore(label, int(rows[label]), int(hits), int(columns[label]))
            for label, hits in enumerate(np.diagonal(self.confusion))
        ]

    def most_confused(self, count: int = 3) -> list[Confusion]:
        """The pairs most often confused, so many of them, most frequent first."""
        check_whole(count, "count", 0)
        pairs = [
            Confusion(int(true), int(predicted), int(self.confusion[true, predicted]))
            for true, predicted in np.argwhere(self.confusion)
            if true != predicted
        ]
        return sorted(pairs, key=lambda pair: (-pair.count, pair.true, pair.predicted))[:count]


def is_flags(value: Any) -> bool:
    """Whether something is an array of True and False, one after the other."""
    return isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype == np.bool_
