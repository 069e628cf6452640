"""Reading: a picture as images that a network takes, one for each digit in it."""

from typing import NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.datasets.readers.photographs.digits import Box, find_digits
from gpunet.datasets.readers.pictures import (
    INK,
    Style,
    border_of,
    fit_picture,
    from_full_scale,
    light_on_dark,
    set_in_middle,
)

# Smaller pictures are one digit: there is no paper around it to be judged.
SMALLEST_SIDE = 32
# What is drawn or scanned has one level of paper, within so much, on most of its border.
ALIKE, MOST = 2, 0.6
# A single digit is no wider than this, for its height.
WIDEST = 0.9


class Seen(NamedTuple):
    """What a network is shown of a picture, or of a part of it.

    Attributes:
        box: left, top, width and height of the part, in pixels of the upright picture.
        pixels: uint8 (height · width,) of the network's images.
    """

    box: Box
    pixels: HostArray


def read_digits(grey: HostArray, style: Style, *, several: bool = True) -> list[Seen]:
    """The digits in a picture as a network's images, from left to right and line by line.

    Args:
        grey: uint8 (height, width), upright.
        style: of the network's images; a picture of their size is taken as it is.
        several: whether digits are looked for; otherwise the whole picture is one image.

    Raises:
        InputError: there is nothing on it, or more than digits.
    """
    height, width = grey.shape
    several = several and grey.shape != style.shape and min(height, width) >= SMALLEST_SIDE
    if not several or is_cropped(grey):
        return [Seen((0, 0, width, height), fit_picture(grey, style))]
    return [
        Seen(digit.box, from_full_scale(set_in_middle(digit.ink, style), style))
        for digit in find_digits(grey)
    ]


def is_cropped(grey: HostArray) -> bool:
    """Whether this is one clean digit from the upper edge to the lower, all of it to be taken."""
    border = border_of(grey).astype(np.int16)
    if (np.abs(border - np.median(border)) <= ALIKE).mean() < MOST:
        return False
    ink = light_on_dark(grey) > INK
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    full = rows[0] == 0 and rows[-1] == len(grey) - 1
    return bool(full and columns[-1] - columns[0] < WIDEST * len(grey))
