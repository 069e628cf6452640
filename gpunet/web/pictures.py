"""What a page sends to be read, a drawing, a photograph, a digit found on one, as images."""

from io import BytesIO
from math import prod

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.photographs.reading import Seen, read_digits
from gpunet.datasets.readers.pictures import Style, decode_grey, fit_picture, from_full_scale

# A drawing is that many pixels high and wide: ten times as fine as MNIST's images.
SIDE = 280
# A photograph of a phone is some 3 to 12 million bytes.
MOST_BYTES = 25_000_000
# What the network sees of all digits of a photograph: so many pixels are sent back at most. These
# are all that the reader finds, unless the network's images are larger than 72 × 72.
MOST_SEEN = 1 << 20


def from_drawing(body: bytes, style: Style) -> HostArray:
    """A drawing, a byte of ink for each pixel, as an image for a network: uint8 (n_in,).

    Raises:
        InputError: it is of another size, or blank.
    """
    if len(body) != SIDE * SIDE:
        raise InputError(
            f"a drawing is {SIDE * SIDE:,} bytes, {SIDE} × {SIDE} grey levels; "
            f"these are {len(body):,}"
        )
    return fit_picture(np.frombuffer(body, np.uint8).reshape(SIDE, SIDE), style)


def from_photograph(
    body: bytes, style: Style, *, several: bool
) -> tuple[tuple[int, int], list[Seen]]:
    """An image file, read as `gpunet predict` reads it.

    Args:
        body: the file's bytes.
        style: of the network's images.
        several: whether digits are looked for; otherwise the picture is taken whole.

    Returns:
        (width, height) of the upright picture, and its digits in the order in which they are read.

    Raises:
        InputError: it cannot be read, is blank, or shows more than digits, or too many.
    """
    grey = decode_grey(BytesIO(body), "the picture")
    digits = read_digits(grey, style, several=several)
    most = max(1, MOST_SEEN // prod(style.shape))
    if len(digits) > most:
        raise InputError(
            f"the picture shows {len(digits)} digits, and of this network's images the page shows "
            f"at most {most}; let `gpunet predict` read them all"
        )
    height, width = grey.shape
    return (width, height), digits


def from_seen(body: bytes, style: Style) -> HostArray:
    """A digit of a photograph as the page was told that it is seen: uint8 (n_in,).

    Args:
        body: a byte for each pixel, 255 being full ink.
        style: of the network's images.

    Raises:
        InputError: it is of another size.
    """
    if len(body) != prod(style.shape):
        height, width = style.shape
        raise InputError(
            f"this network's images have {height} × {width} pixels, a byte each; "
            f"these are {len(body):,} bytes"
        )
    return from_full_scale(np.frombuffer(body, np.uint8), style)
