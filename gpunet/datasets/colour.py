"""Images with channels, made images without: colours become grey."""

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.pixels import blocks

# Of red, green and blue in ITU-R BT.601's luma, in 65,536ths: as Pillow has them.
WEIGHTS = np.array([19595, 38470, 7471], np.uint32)


def without_channels(images: HostArray, source: str) -> tuple[HostArray, str]:
    """Images without an axis of channels.

    Args:
        images: uint8 (n, features), (n, height, width), (n, height, width, 1 or 3) or
            (n, 1, height, width).
        source: what messages call it.

    Returns:
        (n, features) or (n, height, width), and a note on what was done, "" for nothing.

    Raises:
        InputError: they have another shape.
    """
    if images.ndim < 4:
        return images, ""
    if images.ndim == 4 and images.shape[3] == 1:
        return images[..., 0], ""
    if images.ndim == 4 and images.shape[1] == 1 and images.shape[3] != 3:
        return images[:, 0], ""
    if images.ndim == 4 and images.shape[3] == 3:
        grey = np.empty(images.shape[:3], np.uint8)
        done = 0
        for block in blocks(images):
            grey[done : done + len(block)] = (block @ WEIGHTS + 0x8000) >> 16
            done += len(block)
        return grey, "colours turned to grey"
    raise InputError(
        f"{source}: images of shape {images.shape}; needed (n, height, width), with no channels "
        "behind it, or one, or three for red, green and blue"
    )
