"""How sure an accuracy is: over test images, and over networks that differ by chance.

All intervals are two-sided, of 95 %. Accuracies are fractions.
"""

from collections.abc import Sequence
from math import fsum, sqrt

import numpy as np
from scipy.special import ndtri, stdtrit

from gpunet.core.arrays import HostArray

# The two-sided 95 % interval leaves 2.5 % above it.
QUANTILE = 0.975

Interval = tuple[float, float]


def deviation(values: Sequence[float]) -> float:
    """The sample standard deviation of two or more values, divided by n - 1."""
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def student(values: Sequence[float]) -> Interval:
    """The interval of the mean of two or more values, by Student's t with n - 1 degrees of freedom.

    Student, The probable error of a mean, Biometrika 6 (1908). It takes the values to be normally
    distributed, and may reach past 1.
    """
    n, mean = len(values), fsum(values) / len(values)
    reach = float(stdtrit(n - 1, QUANTILE)) * deviation(values) / sqrt(n)
    return mean - reach, mean + reach


def welch(first: Sequence[float], second: Sequence[float]) -> Interval:
    """The interval of the second mean less the first, of two or more values each.

    B. L. Welch, The generalization of "Student's" problem when several different population
    variances are involved, Biometrika 34 (1947): the two need not vary alike.
    """
    difference = fsum(second) / len(second) - fsum(first) / len(first)
    parts = [deviation(values) ** 2 / len(values) for values in (first, second)]
    variance = sum(parts)
    if not variance:
        return difference, difference
    freedom = variance**2 / sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True)
    )
    reach = float(stdtrit(freedom, QUANTILE)) * sqrt(variance)
    return difference - reach, difference + reach


def wilson(correct: float, total: float) -> Interval:
    """The interval of a network's accuracy, from its share of a sample of images.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22 (1927): it never leaves 0 to 1.

    Args:
        correct: of `total` images, 1 or more, were classified correctly.
    """
    z = float(ndtri(QUANTILE))
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    reach = z * sqrt(share * (1 - share) / total + weight / total / 4) / (1 + weight)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def over_images(right: HostArray) -> Interval:
    """The interval of the mean accuracy of some networks, over other test images of the same kind.

    Wilson's, of the effective number of images (L. Kish, Survey Sampling, 1965): as many as would
    give one network's accuracy the variance that this mean has. Networks mostly miss the same
    images, so it is little more than there are images; of one network it is just that.

    Args:
        right: whether each image was classified correctly, bool (networks, images) or (images,).
    """
    shares = np.atleast_2d(right).mean(axis=0, dtype=np.float64)
    mean, images = float(shares.mean()), shares.size
    variance, most = float(shares.var()), images * len(np.atleast_2d(right))
    effective = float(images)
    if 0 < mean < 1:  # else nothing varies, and nothing is known of how it would
        effective = min(images * mean * (1 - mean) / variance, most) if variance else most
    return wilson(mean * effective, effective)
