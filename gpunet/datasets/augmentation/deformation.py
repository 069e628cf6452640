"""How training images are deformed: shifted, turned, stretched, slanted, and warped like rubber."""

from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from gpunet.core.errors import InputError

# The least and the most of each strength. No digit can be read long before the most is reached,
# and the places of pixels can still be counted in 32 bits.
LIMITS: dict[str, tuple[float, float]] = {
    "shift": (0, 100),
    "rotation": (0, 180),
    "scaling": (0, 0.5),
    "shear": (0, 1),
    "elastic": (0, 1000),
    "sigma": (0.5, 64),
}
# The same for the sizes of images: height and width together.
MOST_PIXELS = 4096


@dataclass(frozen=True)
class Deformation:
    """How strongly images are deformed; each of them, every time, by amounts of its own.

    Attributes:
        shift: at most so many pixels, vertically and horizontally.
        rotation: at most so many degrees, either way.
        scaling: at most so large a part: 0.15 is factors from 0.85 to 1.15, vertically and
            horizontally apart (Cireşan et al., "Deep, big, simple neural nets for handwritten digit
            recognition", 2010).
        shear: slant, at most so many pixels to the side for each pixel upwards or downwards.
        elastic: α of Simard, Steinkraus and Platt ("Best practices for convolutional neural
            networks applied to visual document analysis", 2003): pixels are displaced by random
            fields, uniform in [−1, 1), smoothed by a Gaussian, times α pixels. Theirs is 34.
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
            value = getattr(self, field.name)
            try:
                object.__setattr__(self, field.name, check_strength(field.name, value))
            except ValueError as error:
                raise InputError(f"{field.name} {value!r}: {error}") from None

    @property
    def active(self) -> bool:
        """Whether it changes anything."""
        return any((self.shift, self.rotation, self.scaling, self.shear, self.elastic))


def check_strength(name: str, value: Any) -> float:
    """The value of a strength, as a plain float.

    Raises:
        ValueError: it makes no sense; says what would.
    """
    low, high = LIMITS[name]
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # NaN is refused too
        raise ValueError(f"give a number from {low:g} to {high:g}")
    return float(value)


def check_shape(shape: tuple[int, int]) -> None:
    """Refuse samples that have no neighbouring pixels, or too many.

    Raises:
        InputError: samples of that (height, width) cannot be deformed.
    """
    height, width = shape
    if min(shape) < 2 or height + width > MOST_PIXELS:
        raise InputError(
            f"samples of {height} × {width} cannot be deformed: needed images, at least 2 × 2 and "
            f"at most {MOST_PIXELS:,} pixels high and wide together"
        )
