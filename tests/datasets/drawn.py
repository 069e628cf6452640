"""Digits as large as MNIST's, made from those that come with the package."""

from functools import cache
from typing import Any

import numpy as np
from scipy import ndimage

from gpunet.datasets.load import load_dataset

SHAPE = (28, 28)


@cache
def large_digits(count: int) -> Any:
    """uint8 (count, 784): 8 × 8 digits drawn 20 × 20, with four dark pixels all round."""
    digits = load_dataset("digits").train.images[:count].reshape(-1, 8, 8)
    drawn = ndimage.zoom(digits.astype(float), (1, 2.5, 2.5), order=1) * (255 / 16)
    return np.pad(np.rint(drawn), [(0, 0), (4, 4), (4, 4)]).astype(np.uint8).reshape(count, -1)
