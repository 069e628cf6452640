"""What a page sends to be read: a drawing, or a photograph, and how each becomes an image."""

from io import BytesIO

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.photographs.reading import read_digits
from gpunet.datasets.readers.pictures import Style, decode_grey, fit_picture

# A drawing is that many pixels high and wide: ten times as fine as MNIST's images.
SIDE = 280
# A photograph of a phone is some 3 to 12 million bytes.
MOST_BYTES = 25_000_000


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


def from_photograph(body: bytes, style: Style) -> HostArray:
    """An image file, read as `gpunet predict` reads it: uint8 (n_in,).

    Raises:
        InputError: it cannot be read, is blank, or shows more than one digit.
    """
    digits = read_digits(decode_grey(BytesIO(body), "the picture"), style)
    if len(digits) > 1:
        raise InputError(
            f"the picture shows {len(digits)} digits; give one at a time, or let `gpunet predict` "
            "read them all"
        )
    return digits[0].pixels
