"""Paper: how much darker than the paper around it each point of a photograph is.

Light on a page falls off, and shadows have edges; what the paper itself looks like is therefore
taken from around each point. A morphological closing (J. Serra, Image Analysis and Mathematical
Morphology, 1982) fills in whatever dark is narrower than its window, and leaves slopes and edges
of the light where they are.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

from gpunet.core.arrays import HostArray
from gpunet.datasets.readers.pictures import border_of

# Light is measured in a copy whose shorter side is about so many pixels: noise is averaged away.
COARSE = 96
# Windows of the closing, as shares of the shorter side; the last is broader than any stroke. The
# narrowest that keeps the darkest ink is taken: it follows shadows best. Kept means so much of what
# is darkest in the broadest window, and so dark.
WINDOWS = (0.1, 0.15, 0.2, 0.3)
DARKEST, KEPT, SHARE = 0.75, 0.5, 0.9
# Smoothing of large pictures, the most of noisy ones, and how much noise is left in these.
LARGE, NOISY, LEFT = 1.2, 1.6, 2.0
LAPLACE = (1, -2, 1)
# Strokes narrower than this share of the shorter side tell whether they are dark or light.
STROKE = 0.1
# How much more the darkest of it weighs than shades and noise.
POWER = 3
# Ink on paper is the rule: light on dark must be so many times as likely.
DOUBT = 1.2
# A border is even if its middle half differs by less than this share of the whole range.
EVEN = 0.05
# Added to every level: light that a camera adds itself, so that noise in the dark is no ink.
BLACK = 8.0


def measure_darkness(grey: HostArray) -> HostArray:
    """How much of the paper's light is missing: about 0 on paper, 1 in black; float32.

    Args:
        grey: float32 (height, width), 0..255; light on dark is turned round first.
    """
    even = is_even(border_of(grey), float(np.ptp(grey)))
    levels = 255 - grey if is_light_on_dark(grey, even) else grey
    levels = ndimage.gaussian_filter(levels, smoothing_for(levels)) + BLACK
    # Beyond an even border there is more of the same paper; beyond any other, nobody knows.
    outside = float(np.median(border_of(levels))) if even else -1.0
    coarse, factor = shrink(levels)
    light = light_of(coarse, outside)
    height, width = levels.shape
    light = ndimage.gaussian_filter(light, 1)
    enlarged = Image.fromarray(light).resize(
        (width, height),
        Image.Resampling.BILINEAR,
        box=(0, 0, width / factor, height / factor),
    )
    return np.asarray(1 - levels / np.maximum(np.asarray(enlarged), 1))


def smoothing_for(levels: HostArray) -> float:
    """The standard deviation, in pixels, with which a picture is smoothed: noise is no ink.

    As far as its size allows without loss, and further where it is noisy.
    """
    noisy = noise_of(levels) / (2 * np.sqrt(np.pi) * LEFT)  # what it takes to leave so much
    return float(max(min(LARGE, min(levels.shape) / 250), min(NOISY, noisy)))


def noise_of(levels: HostArray) -> float:
    """The standard deviation of a picture's noise (J. Immerkær, 1996), by its median.

    The mask is the difference of two Laplacians, which edges and slopes hardly touch; of pixels
    with independent noise of deviation 1 it makes numbers of deviation 6. It is taken of means of
    2 × 2 pixels, whose noise is half as strong: a JPEG keeps little of what is finer.
    """
    halved = np.asarray(Image.fromarray(levels).reduce(2))
    found = ndimage.convolve(halved, np.outer(LAPLACE, LAPLACE))
    return 2 * float(np.median(np.abs(found))) / 0.6745 / 6


def light_of(levels: HostArray, outside: float) -> HostArray:
    """The level of the paper at each point of a coarse copy."""
    sides = [max(3, round(share * min(levels.shape)) | 1) for share in WINDOWS]
    broadest = close(levels, sides[-1], outside)
    darkness = 1 - levels / broadest
    darkest = darkness >= DARKEST * np.quantile(darkness, 0.998)
    for side in sides[:-1]:
        light = close(levels, side, outside)
        kept = (1 - levels / light)[darkest] >= KEPT * darkness[darkest]
        if kept.mean() >= SHARE:
            return light
    return broadest


def close(levels: HostArray, window: int, outside: float) -> HostArray:
    """A closing with a square window, the picture being surrounded by that level."""
    padded = np.pad(levels, window, constant_values=outside)
    closed: HostArray = ndimage.grey_closing(padded, (window, window))
    return closed[window:-window, window:-window]


def is_light_on_dark(grey: HostArray, even: bool) -> bool:
    """Whether strokes are lighter than what is around them."""
    if even:
        middle = (float(grey.min()) + float(grey.max())) / 2
        return bool(np.median(border_of(grey)) < middle)
    coarse, _ = shrink(grey)
    levels = np.log(ndimage.gaussian_filter(coarse, 0.7) + BLACK)  # dark and light weigh alike
    window = max(3, round(STROKE * min(levels.shape)) | 1)
    dark = close(levels, window, -1.0) - levels
    turned = levels.max() - levels
    light = close(turned, window, -1.0) - turned
    return bool((light**POWER).sum() > DOUBT * (dark**POWER).sum())


def is_even(border: HostArray, most: float) -> bool:
    """Whether nearly all of a border looks alike."""
    low, high = np.quantile(border, (0.25, 0.75))
    return bool(high - low <= EVEN * most)


def shrink(levels: HostArray) -> tuple[HostArray, int]:
    """A coarse copy, averaged, and how many pixels became one."""
    factor = max(1, min(levels.shape) // COARSE)
    return np.asarray(Image.fromarray(levels).reduce(factor)), factor
