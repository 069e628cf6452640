"""Statistics of the accuracies of several networks trained with one setting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any

from scipy.special import ndtri, stdtrit

from gpunet.sweeps.members import Entry, Member

# The two-sided 95 % interval leaves 2.5 % above it.
QUANTILE = 0.975


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
    std = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1))
    reach = float(stdtrit(n - 1, QUANTILE)) * std / sqrt(n)
    return Summary(n, mean, std, (mean - reach, mean + reach), min(values), max(values))


def wilson(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a network's accuracy, from its share of a sample of images.

    Wilson's score interval (1927): it never leaves 0 to 1.

    Args:
        correct: of `total` images, 1 or more, were classified correctly.
    """
    z = float(ndtri(QUANTILE))
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    reach = z * sqrt(share * (1 - share) / total + weight / total / 4) / (1 + weight)
    return max(0.0, middle - reach), min(1.0, middle + reach)


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
