"""Statistics of the accuracies of several networks trained with one setting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from gpunet.evaluation.result import Evaluation
from gpunet.evaluation.uncertainty import deviation, over_images, student
from gpunet.sweeps.members import Entry, Member


@dataclass(frozen=True)
class Summary:
    """Summary statistics of accuracies, all as fractions.

    Attributes:
        n: how many there are.
        mean, least, most: None if there are no accuracies.
        std: sample standard deviation (divided by n - 1); None below two.
        ci95: 95 % confidence interval of the mean, by Student's t with n - 1 degrees of freedom;
            None below two. It assumes normally distributed accuracies, and may reach past 1.
    """

    n: int
    mean: float | None = None
    std: float | None = None
    ci95: tuple[float, float] | None = None
    least: float | None = None
    most: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        interval = list(self.ci95) if self.ci95 else None
        return {
            "n": self.n,
            "mean": self.mean,
            "std": self.std,
            "ci95": interval,
            "min": self.least,
            "max": self.most,
        }


def summarise(values: Sequence[float]) -> Summary:
    """A summary of some accuracies."""
    n = len(values)
    if n == 0:
        return Summary(0)
    mean = fsum(values) / n
    if n == 1:
        return Summary(1, mean, None, None, values[0], values[0])
    return Summary(n, mean, deviation(values), student(values), min(values), max(values))


def summarise_members(members: Sequence[Evaluation]) -> dict[str, Any]:
    """A summary of a committee's members alone, with `ci95_images`, the interval over images."""
    right = [member.right for member in members if member.right is not None]
    summary = summarise([member.accuracy for member in members]).to_json()
    return {**summary, "ci95_images": list(over_images(np.stack(right))) if right else None}


def result_of(members: Iterable[Member], entries: Mapping[int, Entry]) -> dict[str, Any]:
    """The result of a population, as plain JSON values.

    Args:
        members: all of them.
        entries: the lines of population.jsonl, by number.

    Returns:
        `accuracy`, `correct` and `total`, pooled over all networks that did not diverge; and
        `settings`, for each its options, its summary and how many networks diverged.
    """
    by_setting: dict[Any, list[Entry]] = {}
    for member in members:
        by_setting.setdefault(member.config, []).append(entries[member.number])
    good = [entry for entry in entries.values() if not entry["diverged"]]
    correct, total = (sum(entry[key] for entry in good) for key in ("correct", "total"))
    settings = []
    for setting, of_it in by_setting.items():
        accuracies = [entry["accuracy"] for entry in of_it if not entry["diverged"]]
        summary = summarise(accuracies).to_json()
        diverged = len(of_it) - len(accuracies)
        settings.append({"options": setting.to_json(), **summary, "diverged": diverged})
    accuracy = correct / total if total else None
    return {"accuracy": accuracy, "correct": correct, "total": total, "settings": settings}
