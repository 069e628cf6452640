"""How training images are deformed: shifted, turned, stretched, slanted, and warped like rubber."""

from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

import numpy as np

from gpunet.backend.errors import InputError
from gpunet.backend.plain import PIXEL
from gpunet.datasets.dataset import HostArray

# The least and the most of each strength, beside which nothing is left of a digit.
LIMITS: dict[str, tuple[float, float]] = {
    "shift": (0, 100),
    "rotation": (0, 180),
    "scaling": (0, 0.5),
    "shear": (0, 1),
    "elastic": (0, 1000),
    "sigma": (0.5, 64),
}
# Height and width together; from here on places would no longer be counted in 32 bits.
MOST_PIXELS = 4096


@dataclass(frozen=True)
class Deformation:
    """How strongly images are deformed; every image each time by other amounts.

    Attributes:
        shift: at most so many pixels, vertically and horizontally.
        rotation: at most so many degrees, either way.
        scaling: at most so large a part: 0.15 is factors from 0.85 to 1.15, vertically and
            horizontally apart (Cireşan et al., "Deep, big, simple neural nets for handwritten digit
            recognition", 2010).
        shear: slant, at most so many pixels to the side for each pixel upwards or downwards.
        elastic: α of Simard, Steinkraus and Platt ("Best practices for convolutional neural
            networks applied to visual document analysis", 2003): every pixel is displaced by a
            random field, uniform in [−1, 1), smoothed by a Gaussian, times α pixels. Theirs is 34.
        sigma: the width of that Gaussian in pixels. Theirs is 4.

    Raises:
        InputError: one of them is no number, or out of its `LIMITS`.
    """

    shift: float = 0.0
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    sigma: float = 4.0

    def __post_init__(self) -> None:
        for field in fields(self):
            check_strength(field.name, getattr(self, field.name))

    @property
    def active(self) -> bool:
        """Whether it changes anything."""
        return any((self.shift, self.rotation, self.scaling, self.shear, self.elastic))


def check_strength(name: str, value: Any, called: str = "") -> None:
    """Refuse a strength that makes no sense, by the name it is called by."""
    low, high = LIMITS[name]
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (number and isfinite(value) and low <= value <= high):
        raise InputError(f"{called or name} {value!r}: give a number from {low:g} to {high:g}")


def check_shape(shape: tuple[int, int]) -> None:
    """Refuse what has no neighbouring pixels, or too many.

    Raises:
        InputError: images of that (height, width) cannot be deformed.
    """
    height, width = shape
    if min(shape) < 2 or height + width > MOST_PIXELS:
        raise InputError(
            f"samples of {height} × {width} cannot be deformed: needed images, at least 2 × 2 and "
            f"at most {MOST_PIXELS:,} pixels high and wide together"
        )


def draw_maps(
    deformation: Deformation, shape: tuple[int, int], samples: int, stream: np.random.Generator
) -> HostArray:
    """Where the pixels of each image come from, but for the elastic part.

    Returns:
        int32 (samples, 6), as `Primitives.resample` takes it. The first of them are the same
        whatever the number of samples.
    """
    drawn = stream.uniform(-1, 1, (samples, 6)).T
    return make_maps(
        shape,
        shift=deformation.shift * drawn[0:2],
        angle=deformation.rotation * drawn[2],
        factor=1 + deformation.scaling * drawn[3:5],
        shear=deformation.shear * drawn[5],
    )


def make_maps(
    shape: tuple[int, int], shift: HostArray, angle: HostArray, factor: HostArray, shear: HostArray
) -> HostArray:
    """Maps of images stretched, then slanted, then turned about their centre, then shifted.

    Args:
        shape: (height, width).
        shift: pixels downwards and to the right, (2, samples).
        angle: degrees counter-clockwise, (samples,).
        factor: vertically and horizontally, (2, samples).
        shear: pixels to the right for each pixel downwards, (samples,).

    Returns:
        int32 (samples, 6): the inverses, from a pixel to where it comes from.
    """
    sin, cos = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    inverse = np.array(
        [
            [cos / factor[0], sin / factor[0]],
            [(-sin - shear * cos) / factor[1], (cos - shear * sin) / factor[1]],
        ]
    )  # (2, 2, samples)
    centre = (np.array(shape)[:, np.newaxis] - 1) / 2
    offset = centre - np.einsum("ijn,jn->in", inverse, centre + shift)
    maps = np.concatenate([inverse, offset[:, np.newaxis]], axis=1)  # (2, 3, samples)
    return np.rint(PIXEL * maps.reshape(6, -1).T).astype(np.int32)
