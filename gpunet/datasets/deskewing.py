"""Deskewing: every image is slanted so that its principal axis stands upright.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998,
section III.A, call it deslanting. Here the moments are those of the pixels' values.
"""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.exchange import take_in
from gpunet.core.arguments import is_integer
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.datasets.dataset import Split
from gpunet.datasets.samples import Samples

# So many images at a time, since some arrays are eight times as large as they.
AT_ONCE = 1000
# One for all networks that take them so.
DESKEWED: WeakKeyDictionary[Split, dict[tuple[int, ...], Split]] = WeakKeyDictionary()


def deskew(images: Any, shape: tuple[int, int] | None = None) -> HostArray:
    """Images slanted so that μ₁₁, the covariance of ink between rows and columns, becomes 0.

    Row y of an image is shifted by −μ₁₁/μ₀₂ (y − ȳ) pixels, ȳ being the row of its centre of mass
    and μ₀₂ the spread of its ink over the rows; between pixels it is interpolated linearly, and
    beyond the edges all is 0. An image without ink, or whose ink is in one row, stays as it is.

    Args:
        images: (n, height, width), or with a shape (n, features), or one without n; whole numbers
            or fractions, 0 being no ink.
        shape: (height, width).

    Returns:
        NumPy's, of the same shape and type; whole numbers are rounded to nearest.

    Raises:
        InputError: they are no such images.
    """
    rows = np.asarray(take_in(open_device("cpu"), images, "images"))
    if rows.dtype.kind not in "uif":
        raise InputError(f"images are of type {rows.dtype}: needed whole numbers, or fractions")
    if shape is None and rows.ndim not in (2, 3):
        raise InputError(
            f"images have shape {rows.shape}: needed (n, height, width), or (n, features) with "
            "shape=(height, width)"
        )
    height, width = rows.shape[-2:] if shape is None else check_sides(shape)
    if rows.size == 0 or min(height, width) == 0 or rows.size % (height * width):
        raise InputError(f"images have shape {rows.shape}, which are none of {height} × {width}")
    return upright(rows.reshape(-1, height * width), (height, width)).reshape(rows.shape)


def check_sides(shape: Any, what: str = "shape") -> tuple[int, int]:
    """(height, width) of images that can be deskewed, or InputError."""
    whole = isinstance(shape, tuple | list) and len(shape) == 2 and all(map(is_integer, shape))
    if not whole or min(shape) < 2 or max(shape) > 2**15:
        raise InputError(
            f"{what} {shown(shape)}: give the height and width of images, such as (28, 28)"
        )
    return int(shape[0]), int(shape[1])


def upright(images: HostArray, shape: tuple[int, ...]) -> HostArray:
    """As `deskew`, for images (n, height · width) of that (height, width)."""
    done = np.empty_like(images)
    for start in range(0, len(images), AT_ONCE):
        some = images[start : start + AT_ONCE].reshape(-1, *shape).astype(np.float64)
        shifted = shift_rows(some, slopes(some)).reshape(len(some), -1)
        whole = images.dtype.kind != "f"
        done[start : start + AT_ONCE] = np.rint(shifted) if whole else shifted
    return done


def slopes(images: HostArray) -> HostArray:
    """How far the ink of images (n, height, width) leans: μ₁₁/μ₀₂ (n,), and ȳ (n,) beside it."""
    rows, columns = (np.arange(side, dtype=np.float64) for side in images.shape[1:])
    by_row, by_column = images.sum(axis=2), images.sum(axis=1)
    with np.errstate(all="ignore"):  # of images without ink
        ink = by_row.sum(axis=1)
        row, column = by_row @ rows / ink, by_column @ columns / ink
        from_row = rows - row[:, None]
        spread = (by_row * from_row**2).sum(axis=1)
        along = (images @ columns - by_row * column[:, None]) * from_row
        slope = along.sum(axis=1) / spread
    there = (ink > 0) & (spread > 1e-9 * ink) & np.isfinite(slope)
    return np.stack([np.where(there, slope, 0), np.where(there, row, 0)], axis=1)


def shift_rows(images: HostArray, leaning: HostArray) -> HostArray:
    """Images whose row y holds what was slope · (y − ȳ) pixels to the right."""
    height, width = images.shape[1:]
    slope, row = leaning.T[:, :, None]
    shift = slope * (np.arange(height) - row)
    # With a blank column on either side, where all that is beyond lies.
    wide = np.pad(images, ((0, 0), (0, 0), (1, 1)))
    place = np.clip(np.arange(1, width + 1) + shift[:, :, None], 0, width + 1)
    left = np.minimum(place.astype(np.int64), width)
    share = place - left
    found: HostArray = np.take_along_axis(wide, left, 2) * (1 - share)
    found += np.take_along_axis(wide, left + 1, 2) * share
    return found


def deskewed(split: Samples, shape: tuple[int, ...]) -> Samples:
    """The samples with each image deskewed, if there is a shape; the same object every time.

    Only of a data set's splits: what a network was given as arrays it has deskewed itself.
    """
    if not shape or not isinstance(split, Split):
        return split
    known = DESKEWED.setdefault(split, {})
    if shape not in known:
        known[shape] = Split(upright(split.images, shape), split.labels)
    return known[shape]
