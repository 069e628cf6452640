"""Whether a difference in accuracy is larger than chance: of networks on the same samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from scipy.special import bdtr

from gpunet.core.arguments import check_flag
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.evaluation.uncertainty import Interval, student, welch

# Drawn with this seed, so that the same question has the same answer.
SEED = 1998
# Samples of images drawn by the bootstrap; and arrangements tried where there are too many to try
# them all.
DRAWN = 10_000
MOST_EXACT = 100_000
# Sums of the same accuracies in another order differ by less.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Comparison:
    """Two networks, or two groups of networks, on the same samples.

    Attributes:
        accuracies: of A and of B, means where there are several networks.
        networks: how many there are of A and of B.
        paired: whether each network of A goes with one of B, such as that of the same seed.
        chance: the probability that chance alone makes a difference as large, whichever is better:
            McNemar's exact test on samples for two networks, a permutation test over networks else.
        least_chance: the smallest that it could be with so many networks; 0 for two.
        over_images: the 95 % interval of B less A over test images, by paired bootstrap.
        over_networks: that over networks, by Student's t on pairs, or Welch's; None where there
            are too few.
        both, only_a, only_b, neither: of two networks, how many samples they classified correctly.
    """

    accuracies: tuple[float, float]
    networks: tuple[int, int]
    paired: bool
    chance: float
    least_chance: float
    over_images: Interval
    over_networks: Interval | None = None
    both: int | None = None
    only_a: int | None = None
    only_b: int | None = None
    neither: int | None = None

    @property
    def difference(self) -> float:
        """B's accuracy less A's."""
        return self.accuracies[1] - self.accuracies[0]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "accuracies": list(self.accuracies),
            "difference": self.difference,
            "chance": self.chance,
            "ci95_images": list(self.over_images),
            "ci95_networks": list(self.over_networks) if self.over_networks else None,
            "networks": list(self.networks),
            "paired": self.paired,
            "least_chance": self.least_chance,
            "both": self.both,
            "only_a": self.only_a,
            "only_b": self.only_b,
            "neither": self.neither,
        }


def compare(right_a: Any, right_b: Any, *, paired: bool = True) -> Comparison:
    """Compare two networks, or two groups of them, on the same samples.

    Args:
        right_a, right_b: which samples each classified correctly, as `Evaluation.right` has it:
            bool (samples,) of one network, or (networks, samples) of several.
        paired: whether row by row the networks belong together, such as by their seeds; of no
            account where there are not as many of one as of the other, or only one.

    Raises:
        InputError: they are no such arrays, or not of as many samples.
    """
    a, b = check_right(right_a, "right_a"), check_right(right_b, "right_b")
    if a.shape[1] != b.shape[1]:
        raise InputError(
            f"right_a is of {a.shape[1]:,} samples, right_b of {b.shape[1]:,}: give answers for "
            "the same ones"
        )
    paired = check_flag(paired, "paired")
    accuracies = a.mean(axis=1).tolist(), b.mean(axis=1).tolist()
    means = float(a.mean()), float(b.mean())
    sizes = len(a), len(b)
    images = bootstrap(a, b)
    if sizes == (1, 1):
        (one,), (other,) = a, b
        only_a, only_b = int((one & ~other).sum()), int((other & ~one).sum())
        both, neither = int((one & other).sum()), int((~one & ~other).sum())
        chance = mcnemar(only_a, only_b)
        counts = (both, only_a, only_b, neither)
        return Comparison(means, sizes, True, chance, 0.0, images, None, *counts)
    if paired and sizes[0] == sizes[1]:
        differences = [y - x for x, y in zip(*accuracies, strict=True)]
        chance, least = sign_test(differences), 2.0 ** (1 - sizes[0])
        return Comparison(means, sizes, True, chance, least, images, student(differences))
    chance = permutation_test(*accuracies)
    least = (1 + (sizes[0] == sizes[1])) / comb(sum(sizes), sizes[0])
    interval = welch(*accuracies) if min(sizes) > 1 else None
    return Comparison(means, sizes, False, chance, least, images, interval)


def check_right(given: Any, name: str) -> HostArray:
    """Answers as bool (networks, samples), or InputError."""
    good = isinstance(given, np.ndarray) and given.dtype == np.bool_ and given.ndim in (1, 2)
    if not good or not given.size:
        raise InputError(
            f"{name} {shown(given)}: give an array of bool, (samples,) or (networks, samples), "
            "such as what evaluate has as right"
        )
    return np.atleast_2d(given)


def mcnemar(only_a: int, only_b: int) -> float:
    """The probability that chance alone divides so unevenly the samples that only one classified.

    Q. McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, Psychometrika 12 (1947); exact, by the binomial distribution.
    """
    return min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def bootstrap(a: HostArray, b: HostArray) -> Interval:
    """The 95 % interval of B's mean accuracy less A's, over samples drawn anew (B. Efron 1979).

    Each draw takes as many samples as there are, with what both made of them; the ends are
    percentiles. Since a sample counts only by its difference, how often each value of this is drawn
    is enough: a multinomial draw.
    """
    differences = b.mean(axis=0, dtype=np.float64) - a.mean(axis=0, dtype=np.float64)
    turn = -1 if differences.sum() < 0 else 1  # so that it is the same for B and A
    values, counts = np.unique(turn * differences.round(12), return_counts=True)
    stream, total = np.random.default_rng(SEED), len(differences)
    means = stream.multinomial(total, counts / total, DRAWN) @ values / total
    low, high = sorted(turn * np.quantile(means, [0.025, 0.975]))
    return float(low), float(high)


def sign_test(differences: Sequence[float]) -> float:
    """The probability of a mean difference as far from 0, were the sign of each a coin's.

    The permutation test for pairs (R. A. Fisher, The Design of Experiments, 1935): exact up to
    100,000 arrangements, else for as many drawn at random, the one found being one more of them.
    """
    values, n = np.array(differences), len(differences)
    if 2**n <= MOST_EXACT:
        signs = (np.arange(2**n)[:, None] >> np.arange(n) & 1) * 2 - 1
        return share_as_far(signs @ values, float(values.sum()), exact=True)
    signs = np.random.default_rng(SEED).integers(0, 2, (DRAWN, n)) * 2 - 1
    return share_as_far(signs @ values, float(values.sum()), exact=False)


def permutation_test(first: Sequence[float], second: Sequence[float]) -> float:
    """The probability of means as far apart, were the two groups made by drawing lots.

    R. A. Fisher, The Design of Experiments, 1935; exact or by drawing as `sign_test`.
    """
    values = np.array([*first, *second])
    m, n = len(first), len(values)
    values = values - values.mean()
    found = float(values[:m].sum())
    if comb(n, m) <= MOST_EXACT:
        groups = np.array(list(combinations(range(n), m)))
        return share_as_far(values[groups].sum(axis=1), found, exact=True)
    stream = np.random.default_rng(SEED)
    drawn = [float(stream.permutation(values)[:m].sum()) for _ in range(DRAWN)]
    return share_as_far(np.array(drawn), found, exact=False)


def share_as_far(sums: HostArray, found: float, exact: bool) -> float:
    """How many of the sums are as far from 0 as the one found, as a share.

    Of those that were only drawn, the one found is counted too: B. Phipson and G. K. Smyth,
    Permutation P-values should never be zero, 2010.
    """
    as_far = int((np.abs(sums) >= abs(found) - ROUNDING).sum())
    return as_far / len(sums) if exact else (as_far + 1) / (len(sums) + 1)
