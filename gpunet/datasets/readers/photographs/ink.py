"""Ink: which of what is darker than the paper was written."""

import numpy as np
from PIL import Image
from scipy import ndimage

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.photographs.rules import remove_rules

# The fainter half of a stroke, as a share of the threshold: ink where it touches darker ink.
FAINT = 0.65
# Ink that is fainter than this against its paper, of 1, or than so many times the noise, is none.
FAINTEST, ABOVE_NOISE = 0.08, 4.0
# Paper is judged in so many tiles along the shorter side.
TILES = 14


def find_ink(darkness: HostArray) -> tuple[HostArray, HostArray]:
    """The ink in a picture.

    Args:
        darkness: float32 (height, width), as `measure_darkness` gives it.

    Returns:
        How much ink there is at each point, 0..1, and whether it belongs to a stroke.

    Raises:
        InputError: there is none.
    """
    darkness, noise = even_out(remove_rules(darkness))
    floor = np.minimum(ABOVE_NOISE * noise, 0.5)
    threshold = otsu(np.maximum(darkness, floor))
    strokes = darkness > np.maximum(threshold, floor)
    full = float(np.median(darkness[strokes])) if strokes.any() else 0.0
    if full < FAINTEST:
        raise InputError("the image is blank: no ink stands out from the paper")
    strokes = ndimage.binary_propagation(
        strokes, np.ones((3, 3)), mask=darkness > np.maximum(FAINT * threshold, 3 * noise)
    )
    bare = threshold / 3
    return np.clip((darkness - bare) / max(full - bare, 1e-3), 0, 1), strokes


def even_out(darkness: HostArray) -> tuple[HostArray, HostArray]:
    """The darkness against that of most paper nearby, and its noise there: both of that shape.

    In the shade noise is stronger, and paper seems darker against its lightest spots.
    """
    height, width = darkness.shape
    side = max(1, min(height, width) // TILES)
    rows, columns = max(1, height // side), max(1, width // side)
    tiles = darkness[: rows * side, : columns * side].reshape(rows, side, columns, side)
    low, middle = np.quantile(tiles, (0.05, 0.3), axis=(1, 3))
    deviation = (middle - low) / 1.12  # of a normal distribution these are 1.12 σ apart
    # Some tiles are full of ink: what is usual around them is taken there.
    middle, deviation = (ndimage.percentile_filter(each, 35, 7) for each in (middle, deviation))
    level, noise = (
        np.asarray(
            Image.fromarray(each.astype(np.float32)).resize(
                (width, height), Image.Resampling.BILINEAR
            )
        )
        for each in (middle + 0.52 * deviation, deviation)
    )
    return np.clip((darkness - level) / np.maximum(1 - level, 0.1), 0, 1), noise


def otsu(levels: HostArray) -> float:
    """The threshold that divides levels from 0 to 1 best into two (N. Otsu, 1979)."""
    counts = np.bincount((levels.ravel() * 255).astype(np.uint8), minlength=256).astype(float)
    middles = np.arange(256) / 255
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * middles).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    between = np.nan_to_num(between)
    best = between >= between.max() * (1 - 1e-9)  # a gap between the two: its middle
    return float(middles[best].mean() + 0.5 / 255)
