"""Small pictures as data URIs: images of a data set, and weights.

Both are drawn by transparency, so that they stand on paper of any colour.
"""

from base64 import b64encode
from io import BytesIO

import numpy as np
from PIL import Image

from gpunet.core.arrays import HostArray
from gpunet.report.markup import Markup, element

# Larger images are made smaller: a report shows many.
LARGEST = 56
POSITIVE, NEGATIVE = (47, 121, 196), (214, 96, 33)
ZERO = 127


def draw_ink(pixels: HostArray, max_pixel: int, says: str) -> Markup:
    """An image (height, width) of a data set: full ink is black, no ink is nothing."""
    opacity = shrink(pixels) * (255 / max_pixel)
    mask = Image.fromarray(np.rint(opacity.clip(0, 255)).astype(np.uint8))
    made = Image.new("LA", mask.size)
    made.putalpha(mask)
    return embed(made, says, "ink")


def draw_weights(values: HostArray, reach: float, says: str) -> Markup:
    """Weights (height, width): blue above zero, orange below, nothing at zero; full at `reach`."""
    shares = shrink(values) / (reach or 1.0)
    levels = Image.fromarray((np.rint(shares.clip(-1, 1) * ZERO) + ZERO).astype(np.uint8))
    made = Image.new("P", levels.size)
    made.frombytes(levels.tobytes())
    made.putpalette([c for k in range(2 * ZERO + 1) for c in (NEGATIVE, POSITIVE)[k > ZERO]])
    made.info["transparency"] = bytes(round(abs(k / ZERO - 1) * 255) for k in range(2 * ZERO + 1))
    return embed(made, says, "field")


def shrink(values: HostArray) -> HostArray:
    """Values (height, width) as float32, averaged where there are too many to show."""
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    factor = LARGEST / max(picture.size)
    if factor < 1:
        width, height = (max(1, round(factor * length)) for length in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    return np.asarray(picture)


def embed(made: Image.Image, says: str, class_: str) -> Markup:
    """A picture as an element that holds it."""
    kept = BytesIO()
    made.save(kept, "png", optimize=True)
    source = Markup(f"data:image/png;base64,{b64encode(kept.getvalue()).decode()}")
    width, height = map(str, made.size)
    return element("img", src=source, alt=says, width=width, height=height, class_=class_)
