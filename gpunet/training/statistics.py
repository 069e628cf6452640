"""What several networks' accuracies say of the setting they were trained with."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any

from scipy.special import stdtrit

# The two-sided 95 % interval leaves 2.5 % above it.
QUANTILE = 0.975


@dataclass(frozen=True)
class Summary:
    """Accuracies in short, all as fractions.

    Attributes:
        n: how many there are.
        mean, least, most: None if there is none.
        std: sample standard deviation (divided by n - 1); None below two.
        ci95: 95 % confidence interval of the mean, by Student's t with n - 1 degrees of freedom;
            None below two. It takes the accuracies to be spread normally, and may reach past 1.
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
