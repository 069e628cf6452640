"""Elastic displacements: random fields, smoothed by a Gaussian, the same bits on every device.

Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual
document analysis", 2003.

The smoothing is a product with a matrix on either side. float32 holds whole numbers below 2²⁴
exactly, in whatever order they are added up; so noise, Gaussian and half-smoothed fields are whole
numbers small enough for it, and no device can give other sums than another. The rounding costs
0.2 % of a typical displacement at σ = 4, and in proportion to σ.
"""

import numpy as np

from gpunet.backend.counter import draw_bits
from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation
from gpunet.backend.plain_resampling import PIXEL
from gpunet.core.arrays import HostArray

# The noise, twice a byte from −128 to 127 and 1 more, lies evenly about 0, and stands for −1 to 1.
NOISE = 256
NOISE_BYTES = 8  # in each number drawn
# The Gaussian's weights are multiples of 1/WEIGHT: noise and weights make 21 bits. Ten are kept
# between the two products, so that the second makes 23.
WEIGHT = 1 << 13
KEPT = 2.0**-11


class Displacements:
    """Displacements of some images at a time.

    Args:
        field: int32 (images, 2, height, width), filled in units of 1/PIXEL pixel.
        alpha: what the smoothed noise is multiplied by, in pixels.
        sigma: width of the Gaussian in pixels.
    """

    def __init__(self, device: Device, field: Array, alpha: float, sigma: float) -> None:
        xp = device.xp
        images, _, height, width = field.shape
        self.primitives = device.primitives
        self.field = field
        # Numbers drawn for an image: an image's noise must not depend on which come with it.
        self.draws = -(-2 * height * width // NOISE_BYTES)
        self.place = xp.zeros(1, dtype=xp.uint64)
        self.bits = xp.empty(images * self.draws, dtype=xp.uint64)
        self.noise = xp.empty(field.shape, dtype=xp.float32)
        self.half = xp.empty_like(self.noise)
        down, across = (gaussian_matrix(size, sigma) for size in (height, width))
        multiply = device.primitives.multiply_whole
        self.smooth_rows = multiply(
            self.noise.reshape(-1, width), device.put(across), self.half.reshape(-1, width)
        )
        self.smooth_columns = multiply(device.put(down), self.half, self.noise)
        # What the two products make of a smoothed noise of 1.
        unit = NOISE * WEIGHT * KEPT * WEIGHT
        self.kept = device.primitives.constant(KEPT, np.float32)
        self.strength = device.primitives.constant(alpha * PIXEL / unit, np.float32)
        self.one, self.two = (device.primitives.constant(n, np.float32) for n in (1.0, 2.0))
        self.draw: tuple[Operation, ...] = ()

    def begin(self, key: int) -> None:
        """Take the noise from the sequence of that key from now on."""
        self.draw = tuple(draw_bits(self.primitives, key, self.place, self.bits))

    def fill(self, first: int) -> None:
        """The displacements of the images from the first on."""
        xp, noise, half = self.primitives.xp, self.noise, self.half
        self.place[...] = first * self.draws
        for operation in self.draw:
            operation()
        images, _, height, width = noise.shape
        drawn = self.bits.view(xp.int8).reshape(images, NOISE_BYTES * self.draws)
        noise.reshape(images, -1)[...] = drawn[:, : 2 * height * width]
        xp.multiply(noise, self.two, noise)
        xp.add(noise, self.one, noise)
        self.smooth_rows()
        xp.multiply(half, self.kept, half)
        xp.rint(half, half)
        self.smooth_columns()
        xp.multiply(noise, self.strength, noise)
        xp.rint(noise, noise)
        self.field[...] = noise


def gaussian_matrix(size: int, sigma: float) -> HostArray:
    """The matrix that smooths `size` values in a row by a Gaussian, zeros beyond the ends.

    Returns:
        float32 (size, size), symmetric, whole numbers: WEIGHT times the weights.
    """
    reach = np.arange(-round(8 * sigma), round(8 * sigma) + 1)
    total = np.exp(-(reach**2) / (2 * sigma**2)).sum()
    places = np.arange(size)
    distance = places[:, np.newaxis] - places
    weights = np.exp(-(distance**2) / (2 * sigma**2)) / total
    whole_weights: HostArray = np.rint(WEIGHT * weights)
    return whole_weights.astype(np.float32)
