"""How training images are deformed: shifted, turned, stretched, slanted, and warped like rubber."""

from dataclasses import dataclass

from gpunet.core.errors import InputError
from gpunet.core.options import Config, option
from gpunet.core.rules import Number

# The largest sum of an image's height and width.
MOST_PIXELS = 4096
SECTION = "Deformed training images"


@dataclass(frozen=True, kw_only=True)
class Deformation(Config):
    """How strongly images are deformed; the amounts are drawn for each image and epoch.

    Stretching, turning and slanting are those of Cireşan, Meier, Gambardella and Schmidhuber,
    "Deep, big, simple neural nets for handwritten digit recognition", 2010. Elastic displacements
    are those of Simard, Steinkraus and Platt, "Best practices for convolutional neural networks
    applied to visual document analysis", 2003: random fields, uniform in [−1, 1), smoothed by a
    Gaussian of width sigma, times elastic, their α.

    No digit can be read long before the most of a strength is reached, and the places of pixels
    can still be counted in 32 bits.
    """

    shift: float = option(
        0.0,
        Number(0, 100),
        "Shift by up to this many pixels, vertically and horizontally.",
        section=SECTION,
    )
    rotation: float = option(
        0.0, Number(0, 180), "Rotate by up to this many degrees, either way.", section=SECTION
    )
    scaling: float = option(
        0.0,
        Number(0, 0.5),
        "Stretch and shrink by up to this fraction: 0.15 is by factors from 0.85 to 1.15.",
        section=SECTION,
    )
    shear: float = option(
        0.0,
        Number(0, 1),
        "Slant by up to this many pixels for each pixel of height.",
        section=SECTION,
    )
    elastic: float = option(
        0.0,
        Number(0, 1000),
        "Displace pixels at random, as if the paper were rubber: α, in pixels before smoothing; "
        "Simard et al. take 34.",
        section=SECTION,
    )
    sigma: float = option(
        4.0,
        Number(0.5, 64),
        "How far elastic displacements are smoothed, in pixels.",
        section=SECTION,
    )

    @property
    def active(self) -> bool:
        """Whether any image is deformed at all."""
        return any((self.shift, self.rotation, self.scaling, self.shear, self.elastic))


def check_shape(shape: tuple[int, int]) -> None:
    """Refuse samples that have no neighbouring pixels, or too many.

    Raises:
        InputError: samples of that (height, width) cannot be deformed.
    """
    height, width = shape
    if min(shape) < 2 or height + width > MOST_PIXELS:
        raise InputError(
            f"samples of {height} × {width} cannot be deformed: needed images, at least 2 × 2 and "
            f"at most {MOST_PIXELS:,} pixels of height and width in sum"
        )
