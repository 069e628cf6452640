"""The book's expansion of a training set by shifts of one pixel."""

import numpy as np

from gpunet.datasets.augmentation.expansion import expand
from gpunet.datasets.dataset import Split

IMAGE = [[1, 2, 3], [4, 5, 6]]
# Down, up, right and left, by hand.
SHIFTED = [
    [[0, 0, 0], [1, 2, 3]],
    [[4, 5, 6], [0, 0, 0]],
    [[0, 1, 2], [0, 4, 5]],
    [[2, 3, 0], [5, 6, 0]],
]


def test_every_image_comes_with_its_four_shifts() -> None:
    other = [[9, 0, 0], [0, 0, 0]]
    split = Split(np.array([IMAGE, other], np.uint8).reshape(2, 6), np.array([7, 3], np.uint8))
    expanded = expand(split, (2, 3))
    assert expanded.images.dtype == np.uint8
    assert expanded.images[:5].reshape(5, 2, 3).tolist() == [IMAGE, *SHIFTED]
    assert expanded.images[5:].sum(axis=1).tolist() == [9, 9, 0, 9, 0]
    assert expanded.labels.tolist() == [7] * 5 + [3] * 5
    assert expanded.labels.dtype == np.uint8
    assert split.images.reshape(2, 2, 3).tolist() == [IMAGE, other]
