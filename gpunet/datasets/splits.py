"""Dividing samples into training, validation and test, each class in its proportion."""

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import count
from gpunet.datasets.dataset import Split

# The same division every time and for every seed of a run, so that figures can be compared; the
# number is the year in which the digits were published.
DIVISION_SEED = 1998


def divide(split: Split, *fractions: float, source: str = "the data set") -> list[Split]:
    """Divide a split, stratified by label: one part for each fraction, and one of what is left.

    The order within each part is the original one.
    """
    stream = np.random.default_rng(DIVISION_SEED)
    parts: list[list[HostArray]] = [[] for _ in range(len(fractions) + 1)]
    for label in np.unique(split.labels):
        rows = stream.permutation(np.flatnonzero(split.labels == label))
        ends = np.rint(np.cumsum(fractions) * len(rows)).astype(int)
        for part, chosen in zip(parts, np.split(rows, ends), strict=True):
            part.append(chosen)
    divided = [split[np.sort(np.concatenate(part))] for part in parts]
    if any(len(part) == 0 for part in divided):
        raise InputError(
            f"{source}: {count(len(split), 'sample is', 'samples are')} too few to divide "
            "into training, validation and test"
        )
    return divided
