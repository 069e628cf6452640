"""Digits: the parts of the ink that belong together, in the order in which they are read."""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.photographs.ink import find_ink
from gpunet.datasets.readers.photographs.paper import measure_darkness

# Digits are looked for in a copy whose longer side is at most so many pixels.
LONGEST = 900
# Less ink than this share of the part with the most is a speck.
SPECK = 0.02
MOST_PARTS, MOST_DIGITS = 1000, 200
# A gap narrower than this share of a stroke's breadth is a flaw of the paper or the light.
BRIDGED = 0.6
# How far apart parts of one digit may be, and how tall it may become: shares of a digit's height.
NEAR, TALLEST = 0.14, 1.35
# Sizes of digits among each other, against the usual height.
SMALLEST, LARGEST, WIDEST = 0.45, 2.2, 2.0
# MNIST's strokes are about an eighth as broad as its digits are tall; thinner than this is
# drawn broader.
THINNEST = 0.1


Box = tuple[int, int, int, int]


class Digit(NamedTuple):
    """One digit in a picture.

    Attributes:
        box: left, top, width and height in pixels of the picture.
        ink: uint8 (height, width), light on dark, cropped.
    """

    box: Box
    ink: HostArray


def find_digits(grey: HostArray) -> list[Digit]:
    """The digits in a picture, from left to right and line by line: at least one.

    Args:
        grey: uint8 (height, width).

    Raises:
        InputError: there is no ink on it, or there is more than digits.
    """
    factor = -(-max(grey.shape) // LONGEST)
    image = Image.fromarray(grey).reduce(factor) if factor > 1 else grey
    copy = np.asarray(image, dtype=np.float32)
    ink, strokes = find_ink(measure_darkness(copy))
    labels, mass = join(ink, strokes)
    objects = ndimage.find_objects(labels)
    kept = np.flatnonzero(mass >= SPECK * mass.max())
    if len(kept) > MOST_PARTS:
        raise too_much(f"{len(kept):,} parts")
    boxes = np.array(
        [(s[1].start, s[0].start, s[1].stop, s[0].stop) for s in (objects[k] for k in kept)]
    )
    groups = choose(boxes, group(boxes, mass[kept]), mass[kept], copy.shape)
    found = []
    for box, members in groups:
        left, top, right, bottom = box
        window = (slice(top, bottom), slice(left, right))
        own = np.isin(labels[window], kept[members] + 1)
        # A pencil's digit is full ink for itself, though a marker's beside it is darker.
        full = max(float(np.median(ink[window][own])), 0.1)
        drawn = broaden(
            np.minimum(ink[window] / full, 1) * ndimage.binary_dilation(own, np.ones((3, 3))), own
        )
        across = min(grey.shape[1], right * factor) - left * factor
        down = min(grey.shape[0], bottom * factor) - top * factor
        found.append(Digit((left * factor, top * factor, across, down), drawn))
    return found


def join(ink: HostArray, strokes: HostArray) -> tuple[HostArray, HostArray]:
    """The parts of a picture: the number of each at its pixels, from 1, and how much ink it has.

    Specks are left out, and parts between which there is hardly a gap are one.
    """
    broad = breadth(strokes)
    single, count = ndimage.label(strokes, np.ones((3, 3)))
    mass = ndimage.sum_labels(ink, single, np.arange(count + 1))
    large = mass >= mass[1:].max() * SPECK / 4
    large &= mass >= min(broad**2, mass[1:].max()) / 2
    large[0] = False
    solid = large[single]
    joined = ndimage.maximum_filter(solid, 2 * max(1, round(BRIDGED / 2 * broad)) + 1)
    labels, count = ndimage.label(joined, np.ones((3, 3)))
    labels *= solid
    return labels, ndimage.sum_labels(ink, labels, np.arange(1, count + 1))


def broaden(ink: HostArray, own: HostArray) -> HostArray:
    """A digit's ink as grey levels, its strokes no thinner than MNIST's: uint8."""
    size = max(own.shape)
    missing = THINNEST * size - breadth(own)
    if missing > 1:
        reach = round(missing / 2 + 0.5)
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        ink = np.pad(ink, reach)
        ink = ndimage.grey_dilation(ink, footprint=x * x + y * y <= (missing / 2) ** 2 + 0.5)
    levels: HostArray = np.rint(255 * ink).astype(np.uint8)
    return levels


def breadth(strokes: HostArray) -> float:
    """How broad most strokes of a mask are, in pixels."""
    inside = ndimage.distance_transform_edt(np.pad(strokes, 1))
    ridge = inside[(inside == ndimage.maximum_filter(inside, 3)) & (inside > 0)]
    usual = np.average(ridge, weights=ridge**2)  # specks have ridges too, small ones
    return max(1.0, 2 * float(usual) - 1)


def group(boxes: HostArray, mass: HostArray) -> list[list[int]]:
    """The parts that belong to one digit: their numbers, digit by digit.

    Args:
        boxes: (n, 4): left, top, right and bottom of each part.
        mass: (n,): how much ink each has.
    """
    height = usual_height(boxes, mass)
    groups = [[number] for number in range(len(boxes))]
    while len(groups) > 1:
        outer = np.array([hull(boxes, members) for members in groups])
        pair = closest(outer, height)
        if pair is None:
            break
        one, other = pair
        groups[one] += groups.pop(other)
    return groups


def closest(boxes: HostArray, height: float) -> tuple[int, int] | None:
    """Two boxes that are parts of one digit, the nearest such; None if there are none."""
    left, top, right, bottom = boxes.T[:, :, None].astype(float)
    tall = bottom - top
    across = np.maximum(left, left.T) - np.minimum(right, right.T)  # negative: they overlap
    down = np.maximum(top, top.T) - np.minimum(bottom, bottom.T)
    gap = np.maximum(across, 0) + np.maximum(down, 0)
    narrower = np.minimum(right - left, (right - left).T)
    joint = np.maximum(bottom, bottom.T) - np.minimum(top, top.T)
    wide = np.maximum(right, right.T) - np.minimum(left, left.T)
    above = (-across >= 0.5 * narrower) & (down <= 2 * NEAR * height)
    small = np.minimum(tall, tall.T) < 0.7 * height
    beside = small & (gap <= NEAR * height)
    within = (across < 0) & (down < 0) & (across * down > 0.5 * narrower * np.minimum(tall, tall.T))
    fits = (joint <= TALLEST * height) & (wide <= TALLEST * height)
    apart = np.where(((above | beside) & fits) | within, gap, np.inf)
    np.fill_diagonal(apart, np.inf)
    one, other = np.unravel_index(np.argmin(apart), apart.shape)
    if not np.isfinite(apart[one, other]):
        return None
    return (int(min(one, other)), int(max(one, other)))


def usual_height(boxes: HostArray, mass: HostArray) -> float:
    """The height of most parts, those with much ink counting more."""
    tall = boxes[:, 3] - boxes[:, 1]
    order = np.argsort(tall)
    share = np.cumsum(mass[order]) / mass.sum()
    return float(tall[order][np.searchsorted(share, 0.5)])


def hull(boxes: HostArray, members: list[int]) -> Box:
    """The box around several."""
    left, top = boxes[members, :2].min(axis=0)
    right, bottom = boxes[members, 2:].max(axis=0)
    return (int(left), int(top), int(right), int(bottom))


def choose(
    boxes: HostArray, groups: list[list[int]], mass: HostArray, shape: tuple[int, ...]
) -> list[tuple[Box, list[int]]]:
    """The groups that are digits, in reading order.

    Raises:
        InputError: some are much too large or too wide for digits, or there are too many.
    """
    outer = np.array([hull(boxes, members) for members in groups])
    ink = np.array([mass[members].sum() for members in groups])
    height = usual_height(outer, ink)
    digits = []
    for box, members, amount in zip(outer, groups, ink, strict=True):
        left, top, right, bottom = map(int, box)
        tall, wide = bottom - top, right - left
        if tall < SMALLEST * height or amount < 0.08 * np.median(ink):
            continue  # a speck, a point, a dash
        if tall > LARGEST * height or wide > WIDEST * height:
            if left == 0 or top == 0 or right == shape[1] or bottom == shape[0]:
                continue  # what lies beside the paper
            raise too_much(
                f"a part of {wide / height:.1f} × {tall / height:.1f} heights of a digit"
            )
        digits.append(((left, top, right, bottom), members))
    if len(digits) > MOST_DIGITS or not digits:
        raise too_much(f"{len(digits)} parts of a digit's size")
    return in_reading_order(digits)


def in_reading_order(digits: list[tuple[Box, list[int]]]) -> list[tuple[Box, list[int]]]:
    """Line by line; a line may slope, as each digit is compared to the one before it."""
    lines: list[list[tuple[Box, list[int]]]] = []
    for digit in sorted(digits, key=lambda digit: digit[0][0]):
        _, top, _, bottom = digit[0]
        best, most = None, 0.4
        for line in lines:
            _, above, _, below = line[-1][0]
            overlap = (min(bottom, below) - max(top, above)) / min(bottom - top, below - above)
            if overlap > most:
                best, most = line, overlap
        if best is None:
            lines.append([digit])
        else:
            best.append(digit)
    lines.sort(key=lambda line: float(np.mean([box[1] + box[3] for box, _ in line])))
    return [digit for line in lines for digit in line]


def too_much(found: str) -> InputError:
    return InputError(
        f"the image shows more than digits ({found}); "
        "photograph digits alone, apart from each other"
    )
