"""A picture of images and deformed versions of them."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from gpunet.backend.choose import open_device
from gpunet.core.arrays import HostArray
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.augmentation.deformer import Deformer
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset

# How many images are shown at most, and of each how many epochs.
MAX_LINES = 10
EPOCHS = 8
# Longer side of an image as drawn, at least, in pixels; and the spaces between.
DRAWN = 64
SPACE = 4
GAP = 16
PAPER = 128


def show_deformations(dataset: Dataset, deformation: Deformation, seed: int) -> bytes:
    """A PNG: the first training image of each class, and its deformed versions in some epochs."""
    _, firsts = np.unique(dataset.train.labels, return_index=True)
    shown = dataset.train[firsts[:MAX_LINES]]
    device = open_device("cpu")
    originals = DeviceDataset(device, shown.images, shown.labels, dataset.scale)
    deformer = Deformer(originals, dataset.shape, deformation, seed)
    versions = []
    for epoch in range(EPOCHS):
        deformer.deform(epoch)
        versions.append(device.host(deformer.dataset.images).copy())
    return draw_deformations(shown.images, versions, dataset.shape, dataset.max_pixel)


def draw_deformations(
    originals: HostArray, versions: Sequence[HostArray], shape: tuple[int, int], max_pixel: int
) -> bytes:
    """A row for each image: the original, then its deformed versions.

    Args:
        originals: uint8 (n, height · width).
        versions: of the same shape, one after the other.
        shape: (height, width).
        max_pixel: the pixel value of full ink.

    Returns:
        The bytes of a PNG.
    """
    zoom = -(-DRAWN // max(shape))
    height, width = (zoom * side for side in shape)
    columns = [SPACE, *(width + SPACE + GAP + k * (width + SPACE) for k in range(len(versions)))]
    across = columns[-1] + width + SPACE
    sheet = np.full((SPACE + len(originals) * (height + SPACE), across), PAPER, np.uint8)
    for images, left in zip((originals, *versions), columns, strict=True):
        tones = (images.astype(np.uint16) * 255 // max_pixel).astype(np.uint8)
        for line, image in enumerate(tones.reshape(-1, *shape)):
            top = SPACE + line * (height + SPACE)
            drawn = image.repeat(zoom, axis=0).repeat(zoom, axis=1)
            sheet[top : top + height, left : left + width] = drawn
    content = BytesIO()
    Image.fromarray(sheet).save(content, "PNG")
    return content.getvalue()
