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
from gpunet.datasets.dataset import Split


class DeviceDataset:
    """Samples put on a device once, the images still uint8.

    Attributes:
        images: uint8 (n, features), or floats where that is how they came.
        labels: (n,).
        scale: multiplies the images when they are gathered.
    """

    source: "Split | DeviceDataset | None" = None

    def __init__(self, device: Device, images: Any, labels: Any, scale: float) -> None:
        self.device = device
        self.scale = scale
        self.images = device.put(images)
        self.labels = device.put(labels)

    @classmethod
    def of(cls, device: Device, split: Split, scale: float) -> "DeviceDataset":
        """The split on that device: what is on its hardware, if someone still holds it.

        So a hundred networks trained on the same data share them.
        """
        key = (device.hardware, id(split), scale)
        if (living := ON_DEVICE.get(key)) is None:
            living = ON_DEVICE[key] = cls(device, split.images, split.labels, scale)
            living.source = split  # kept alive, so that its id is not reused
            device.synchronize()  # sibling devices would not wait for what it is still copying
        if living.device is device:
            return living
        shared = cls(device, living.images, living.labels, scale)
        shared.source = living  # so that it is found as long as someone holds this one
        return shared

    @classmethod
    def is_there(cls, device: Device, split: Split, scale: float) -> bool:
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
        y: (rows, classes), unit vectors.
    """

    def __init__(self, dataset: DeviceDataset, rows: int, classes: int, dtype: Any) -> None:
        xp, primitives = dataset.device.xp, dataset.device.primitives
        self.x: Array = xp.empty((rows, dataset.images.shape[1]), dtype=dtype)
        self.y: Array = xp.empty((rows, classes), dtype=dtype)
        self.load_x = primitives.gather_rows(dataset.images, dataset.scale, self.x)
        self.load_y = primitives.gather_one_hot(dataset.labels, self.y)

    def load(self, rows: Array) -> None:
        """Fill the first len(rows) samples of x and y with those rows."""
        self.load_x(rows)
        self.load_y(rows)


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
