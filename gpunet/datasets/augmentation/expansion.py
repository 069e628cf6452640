"""A training set five times as large: every image, and it a pixel down, up, right and left."""

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Split

# (axis, step): downwards, upwards, to the right, to the left, as the book's expand_mnist.py goes.
SHIFTS = ((0, 1), (0, -1), (1, 1), (1, -1))


def expand(split: Split, shape: tuple[int, int]) -> Split:
    """Every sample of a split, followed by its image shifted by one pixel in each direction.

    The book's expand_mnist.py (chapter 3), but for its shuffling at the end, which training does
    again. What is pushed over an edge is lost; the row or column left free is 0.

    Args:
        split: n samples.
        shape: (height, width) of an image.

    Returns:
        5n samples: the first, its four shifts, the second, …
    """
    images = split.images.reshape(-1, *shape)
    versions = np.stack([images, *(shifted(images, *way) for way in SHIFTS)], axis=1)
    return Split(versions.reshape(5 * len(split), -1), np.repeat(split.labels, 5))


def shifted(images: HostArray, axis: int, step: int) -> HostArray:
    """Images (n, height, width), one pixel further along an axis of theirs."""
    rolled = np.roll(images, step, axis + 1)
    rolled.swapaxes(0, axis + 1)[0 if step > 0 else -1] = 0
    return rolled
