"""Affine maps of images: shifted, turned, stretched and slanted about their centre."""

import numpy as np

from gpunet.backend.plain_resampling import PIXEL
from gpunet.core.arrays import HostArray
from gpunet.datasets.augmentation.deformation import Deformation


def draw_maps(
    deformation: Deformation, shape: tuple[int, int], samples: int, stream: np.random.Generator
) -> HostArray:
    """A random map for each image, uniform in every amount.

    Returns:
        int32 (samples, 6), as `make_maps`. The first of them are the same whatever the number of
        samples.
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
    """Maps of images that are stretched, then slanted, then turned, then shifted.

    Args:
        shape: (height, width).
        shift: pixels downwards and to the right, (2, samples).
        angle: degrees counter-clockwise, (samples,).
        factor: vertically and horizontally, (2, samples).
        shear: pixels to the right for each pixel downwards, (samples,).

    Returns:
        int32 (samples, 6): the inverses, from a pixel to the place it is taken from, in units of
        1/PIXEL, as `Primitives.resample` takes them.
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
    places: HostArray = np.rint(PIXEL * maps.reshape(6, -1).T)
    return places.astype(np.int32)
