"""What a network is given, as arrays of any library: brought to its device, shape and range.

Whole numbers are pixels, from 0 to 255, and are scaled on their way in; fractions from 0 to 1 are
taken as they are. What else numbers mean has to be said, by a scale: taken unscaled, pixels up to
255 saturate a network, and it learns badly without a word.
"""

from math import inf, prod
from typing import Any, NamedTuple

from gpunet.backend.device import Device
from gpunet.backend.exchange import take_in
from gpunet.backend.plain import Array
from gpunet.core.errors import InputError
from gpunet.datasets.pixels import natural_max_pixel, scale_of
from gpunet.nn.checks import check_scale
from gpunet.nn.parameters import Shape

MOST_PIXEL = 255
# Fractions may lie so far beyond 0 and 1: dividing by their largest rounds.
ROUNDING = 1e-6


class Inputs(NamedTuple):
    """Samples on a device, not scaled yet.

    Attributes:
        rows: (m, n_in), of whatever type they came in.
        scale: what they are to be multiplied by.
        single: whether it was one sample, given by itself.
    """

    rows: Array
    scale: float
    single: bool = False

    def scaled(self, dtype: Any) -> Array:
        """(m, n_in) as a network computes with them."""
        rows = self.rows.astype(dtype, order="C", copy=False)
        return rows if self.scale == 1.0 else rows * dtype.type(self.scale)


def take_inputs(device: Device, x: Any, shape: Shape, what: str = "inputs") -> tuple[Array, bool]:
    """Samples as (m, n_in) on a device, whatever library and form they come in.

    Args:
        device: the network's.
        x: (m, n_in), (m, height, width), (m, height, width, 1) or (m, 1, height, width); or one
            sample, without m.
        shape: of the network's inputs, (n_in,) or (height, width).
        what: they are, for messages.

    Returns:
        The samples, and whether there was but one, given by itself.

    Raises:
        InputError: they are of another shape, or no numbers, or there are none.
    """
    array = take_in(device, x, what)
    n_in = prod(shape)
    if array.ndim == 0:
        raise InputError(f"{what}: one number is no sample: {needed((), shape)}")
    if array.size == 0:
        raise InputError(f"{what} have shape {tuple(array.shape)}: there are no samples in them")
    alone = alone_and_many(array.shape, n_in)
    if alone is None:
        raise InputError(f"{what} have shape {tuple(array.shape)}: {needed(array.shape, shape)}")
    check_sides(array.shape if alone else array.shape[1:], shape, what)
    return array.reshape(-1, n_in), alone


def alone_and_many(found: Shape, n_in: int) -> bool | None:
    """Whether an array of that shape is one sample; None if it holds no such samples."""
    *_, last = found or (0,)
    if len(found) == 1:
        return True if last == n_in else None
    if len(found) == 2 and last != n_in:
        return True if found[0] * last == n_in else None
    if len(found) > 4 or (len(found) == 4 and 1 not in (found[1], last)):
        return None
    return False if prod(found[1:]) == n_in else None


def check_sides(found: Shape, shape: Shape, what: str) -> None:
    """Raise InputError if an image has as many pixels as it should, but other sides."""
    sides = tuple(side for side in found if side != 1)
    if len(shape) == 2 and len(sides) == 2 and sides != shape:
        (height, width), (rows, columns) = sides, shape
        raise InputError(
            f"{what} are images of {height} × {width}, this network takes {rows} × {columns}"
        )


def needed(found: Shape, shape: Shape) -> str:
    """What shape inputs should have instead."""
    if len(found) == 4 and 3 in (found[1], found[-1]):
        return "images in colour; average their channels first, so that they are grey"
    if len(shape) == 1:
        return f"this network takes (samples, {shape[0]})"
    height, width = shape
    return f"this network takes (samples, {height * width}), or images (samples, {height}, {width})"


class Meaning(NamedTuple):
    """What numbers mean to a network.

    Attributes:
        pixels: what whole numbers are multiplied by.
        floats_too: whether fractions are multiplied by it as well: a scale was said.
        learnt: "fractions", "pixels", or "" where it was not trained yet.
        largest: the largest number that it can compute with.
    """

    pixels: float
    floats_too: bool
    learnt: str
    largest: float


def find_scale(
    device: Device, rows: Array, said: float | None, meaning: Meaning, what: str, strict: bool
) -> float:
    """What samples are to be multiplied by.

    Args:
        device: they lie on.
        rows: the samples.
        said: by the user, or None.
        meaning: of numbers to the network.
        what: they are, for messages.
        strict: whether fractions must lie from 0 to 1. If not, all are taken as a formula takes
            them, but for those that can only be pixels: whole, none below 0, some above 1.

    Raises:
        InputError: they hold NaN or infinity, or need a scale and none was said.
    """
    said = check_scale(said) if said is not None else None
    if said is None and meaning.floats_too:
        said = meaning.pixels
    kind, whole = rows.dtype.kind, rows.dtype.kind in "ui"
    if said is None and kind == "b":
        return 1.0
    if said is None and rows.dtype == "uint8" and meaning.learnt != "fractions":
        return meaning.pixels
    # The host waits once for both.
    low, high = map(float, device.host(device.xp.stack([rows.min(), rows.max()])))
    if not (low > -inf and high < inf):  # neither holds of NaN
        raise InputError(f"{what} hold NaN or infinity: leave these samples out, or fill them in")
    if max(-low, high) * (said or 1.0) > meaning.largest:
        raise InputError(f"{what} hold numbers as large as {max(-low, high):g}: give smaller ones")
    if said is not None:
        return said
    check_range(device, rows, (low, high), what, strict)
    if whole and meaning.learnt == "fractions":  # what they are, no network has been told yet
        return scale_of(natural_max_pixel(int(high)))
    return meaning.pixels if whole else 1.0


def check_range(
    device: Device, rows: Array, found: tuple[float, float], what: str, strict: bool
) -> None:
    """Raise InputError unless numbers are pixels or shares of one; arguments as `find_scale`."""
    low, high = found
    floats = rows.dtype.kind == "f"
    most, numbers = (1, "floats") if floats else (MOST_PIXEL, "whole numbers")
    beyond = low < -ROUNDING or high > most + ROUNDING
    if beyond and (strict or not floats or are_pixels(device, rows, low)):
        full = 16 if high == 16 else max(high, MOST_PIXEL)  # as scikit-learn has its digits
        raise InputError(
            f"{what} hold {numbers} from {low:g} to {high:g}, beyond 0 to {most}: say what they "
            f"are to be multiplied by, scale=1/{full:g} for pixels up to {full:g}, or scale=1 to "
            "take them as they are"
        )


def are_pixels(device: Device, rows: Array, low: float) -> bool:
    """Whether fractions, some of them above 1, are whole numbers, and none below 0."""
    return low >= 0 and bool(device.host((rows == device.xp.rint(rows)).all()))
