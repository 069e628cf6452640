"""Deformed training images, different in every epoch, decided by the seed alone."""

import numpy as np

from gpunet.core.errors import InputError
from gpunet.core.seeds import RngPurpose, generator_for, key_for
from gpunet.datasets.augmentation.affine import draw_maps
from gpunet.datasets.augmentation.deformation import Deformation, check_shape
from gpunet.datasets.augmentation.elastic import Displacements
from gpunet.datasets.batches import DeviceDataset


class Deformer:
    """A copy of some samples, whose images are deformed again for every epoch.

    What an image becomes in an epoch depends on the seed, the epoch and its place among the samples
    and on nothing else: to the byte the same on every device, in whatever chunks, and in a run that
    is resumed. For that, the maps are drawn on the host, and all that the device does with them and
    with the noise of the elastic part gives exact whole numbers, or is rounded once.

    Args:
        originals: the samples, which stay as they are; uint8.
        shape: (height, width) of an image.
        deformation: how strongly.
        seed: decides the amounts.

    Attributes:
        dataset: the samples to train on. Until `deform` is called the images hold anything.

    Raises:
        InputError: these are no images that can be deformed.
    """

    def __init__(
        self, originals: DeviceDataset, shape: tuple[int, int], deformation: Deformation, seed: int
    ) -> None:
        check_shape(shape)
        if originals.images.dtype != np.uint8:
            raise InputError(
                f"images of type {originals.images.dtype} cannot be deformed: needed uint8"
            )
        self.device, self.shape, self.deformation, self.seed = (
            originals.device,
            shape,
            deformation,
            seed,
        )
        xp, primitives = originals.device.xp, originals.device.primitives
        with self.device.active():
            images = xp.empty(originals.images.shape, dtype=np.uint8)
            self.dataset = DeviceDataset(
                originals.device, images, originals.labels, originals.scale, originals.weights
            )
            displacement_bytes = 2 * 4 * images.shape[1]
            self.dataset.changes = True
            self.chunk = max(
                1, min(len(originals), originals.device.chunk_bytes // displacement_bytes)
            )
            self.maps = xp.empty((len(originals), 6), dtype=np.int32)
            field = xp.zeros((self.chunk, 2, *shape), dtype=np.int32)
            self.resample = primitives.resample(originals.images, shape, self.maps, field, images)
            self.displacements = (
                Displacements(originals.device, field, deformation.elastic, deformation.sigma)
                if deformation.elastic
                else None
            )

    def deform(self, epoch: int) -> None:
        """Fill `dataset` with the images of an epoch, counted from 0."""
        samples, seed = len(self.dataset), self.seed
        stream = generator_for(seed, RngPurpose.DEFORMATION, epoch)
        maps = draw_maps(self.deformation, self.shape, samples, stream)
        # Each product is small; a second thread would only make it wait.
        with self.device.computing(0):
            self.maps[...] = self.device.put(maps)
            if self.displacements:
                self.displacements.begin(key_for(seed, RngPurpose.DEFORMATION, epoch))
            for first in range(0, samples, self.chunk):
                if self.displacements:
                    self.displacements.fill(first)
                self.resample(first, min(self.chunk, samples - first))
