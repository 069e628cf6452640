"""Mini-batches: rows of a split, gathered on the device in the order the seed decides."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.plain import Array
from gpunet.backend.shuffle import shuffled
from gpunet.core.arrays import HostArray
from gpunet.datasets.samples import Kinds, Samples


class DeviceDataset(Kinds):
    """Samples put on a device once, the images still uint8.

    Attributes:
        images: uint8 (n, features), or floats where that is how they came.
        labels: (n,), or targets (n, outputs).
        scale: multiplies the images when they are gathered.
        weights: how much each sample counts (n, 1), or None.
        changes: whether the images are others in every epoch.
    """

    changes: bool = False
    source: "Samples | DeviceDataset | None" = None

    def __init__(
        self, device: Device, images: Any, labels: Any, scale: float, weights: Any = None
    ) -> None:
        self.device = device
        self.scale = scale
        self.images = device.put(images)
        self.labels = device.put(labels)
        self.weights = None if weights is None else device.put(weights).reshape(-1, 1)

    @classmethod
    def of(cls, device: Device, split: Samples, scale: float) -> "DeviceDataset":
        """The split on that device: what is on its hardware, if someone still holds it.

        So a hundred networks trained on the same data share them.
        """
        key = (device.hardware, id(split), scale)
        if (living := ON_DEVICE.get(key)) is None:
            living = cls(device, split.images, split.labels, scale, split.weights)
            living.source = split  # kept alive, so that its id is not reused
            device.synchronize()  # sibling devices would not wait for what it is still copying
            ON_DEVICE[key] = living  # from here on other threads may find it
        if living.device is device:
            return living
        shared = cls(device, living.images, living.labels, scale, living.weights)
        shared.source = living  # so that it is found as long as someone holds this one
        return shared

    @classmethod
    def is_there(cls, device: Device, split: Samples, scale: float) -> bool:
        """Whether `of` would find the split on that device's hardware."""
        return (device.hardware, id(split), scale) in ON_DEVICE

    @cached_property
    def small_labels(self) -> Array:
        """The labels as int32 (n,), as the kernels take them."""
        return self.labels.astype(np.int32)

    def __len__(self) -> int:
        return len(self.labels)


ON_DEVICE: WeakValueDictionary[tuple[object, int, float], DeviceDataset] = WeakValueDictionary()


class BatchBuffer:
    """A place for some samples, filled with the rows it is given.

    Attributes:
        x: (rows, features), scaled.
        y: (rows, classes), unit vectors; or targets.
        weights: (rows, 1), where samples have some; else None.
    """

    weights: Array | None = None

    def __init__(self, dataset: DeviceDataset, rows: int, classes: int, dtype: Any) -> None:
        xp, primitives = dataset.device.xp, dataset.device.primitives
        self.x: Array = xp.empty((rows, dataset.images.shape[1]), dtype=dtype)
        self.y: Array = xp.empty((rows, classes), dtype=dtype)
        self.load_x = primitives.gather_rows(dataset.images, dataset.scale, self.x)
        if dataset.labelled:
            self.load_y = primitives.gather_one_hot(dataset.labels, self.y)
        else:
            self.load_y = primitives.gather_rows(dataset.labels, 1.0, self.y)
        if dataset.weights is not None:
            self.weights = xp.empty((rows, 1), dtype=dtype)
            self.load_weights = primitives.gather_rows(dataset.weights, 1.0, self.weights)

    def load(self, rows: Array) -> None:
        """Fill the first len(rows) samples with those rows."""
        self.load_x(rows)
        self.load_y(rows)
        if self.weights is not None:
            self.load_weights(rows)

    def part(self, start: int, samples: int) -> tuple[Array, Array, Array | None]:
        """So many samples, from one on: x, y and weights."""
        rows = slice(start, start + samples)
        weights = None if self.weights is None else self.weights[rows]
        return self.x[rows], self.y[rows], weights


@dataclass(frozen=True)
class EpochOrder:
    """The order of the samples in one epoch, drawn where it is needed.

    `np.asarray` of it is int64 (samples,).
    """

    samples: int
    key: int
    epoch: int

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> HostArray:
        return shuffled(self.samples, self.key, self.epoch).astype(dtype or np.int64, copy=False)

    def __len__(self) -> int:
        return self.samples
