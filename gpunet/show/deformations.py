"""Deformed versions of images, and a picture of rows of images."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from gpunet.backend.choose import open_device
from gpunet.core.arrays import HostArray
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.augmentation.deformer import Deformer
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset, Split

# Of how many epochs deformed versions are shown, where there is room.
EPOCHS = 8
# Longer side of an image as drawn, at least, in pixels; and the spaces between.
DRAWN = 64
SPACE = 4
GAP = 16
PAPER = 128


def deformed(
    dataset: Dataset, shown: Split, deformation: Deformation, seed: int, epochs: int
) -> list[HostArray]:
    """Images as they are deformed in the first epochs, uint8 (n, height · width) for each."""
    device = open_device("cpu")
    originals = DeviceDataset(device, shown.images, shown.labels, dataset.scale)
    deformer = Deformer(originals, dataset.shape, deformation, seed)
    versions = []
    for epoch in range(epochs):
        deformer.deform(epoch)
        versions.append(device.host(deformer.dataset.images).copy())
    return versions


def draw_sheet(
    rows: Sequence[HostArray], shape: tuple[int, int], max_pixel: int, apart: bool
) -> bytes:
    """Rows of images.

    Args:
        rows: uint8 (n, height · width) for each row; they may differ in n.
        shape: (height, width).
        max_pixel: the pixel value of full ink.
        apart: whether the first of each row stands apart from the others.

    Returns:
        The bytes of a PNG.
    """
    zoom = -(-DRAWN // max(shape))
    height, width = (zoom * side for side in shape)
    gap = GAP - SPACE if apart else 0
    across = max(map(len, rows)) * (width + SPACE) + SPACE + gap
    sheet = np.full((SPACE + len(rows) * (height + SPACE), across), PAPER, np.uint8)
    for line, images in enumerate(rows):
        top = SPACE + line * (height + SPACE)
        tones = (images.astype(np.uint16) * 255 // max_pixel).astype(np.uint8)
        for column, image in enumerate(tones.reshape(-1, *shape)):
            left = SPACE + column * (width + SPACE) + (gap if column else 0)
            drawn = image.repeat(zoom, axis=0).repeat(zoom, axis=1)
            sheet[top : top + height, left : left + width] = drawn
    content = BytesIO()
    Image.fromarray(sheet).save(content, "PNG")
    return content.getvalue()
