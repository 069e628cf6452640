"""Samples of any kind: inputs, what is to be learnt of each, and how much it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from gpunet.backend.plain import Array
from gpunet.core.arguments import check_whole


class Kinds:
    """What kind of samples there are, for whatever holds their arrays."""

    images: Array
    labels: Array
    weights: Array | None

    @property
    def labelled(self) -> bool:
        """Whether each sample is of one class, rather than has targets."""
        return bool(self.labels.ndim == 1)

    @property
    def plain(self) -> bool:
        """Whether these are pixels of labelled images that all count alike."""
        return self.labelled and self.weights is None and bool(self.images.dtype == np.uint8)


@dataclass(frozen=True, eq=False, repr=False)
class Samples(Kinds):
    """Some samples, on the host or on a device.

    Attributes:
        images: (n, features), uint8 or floats.
        labels: whole numbers from 0 (n,), or targets (n, outputs), floats.
        weights: (n,), how much each sample counts, 1 on average; None where all count alike.
    """

    images: Array
    labels: Array
    weights: Array | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"<{kind} of {len(self):,} samples, {self.images.shape[1]} features>"

    def __getitem__(self, rows: Any) -> Self:
        weights = None if self.weights is None else self.weights[rows]
        return type(self)(self.images[rows], self.labels[rows], weights)

    def spread(self, most: int) -> Self:
        """At most so many samples, evenly spread over all: some data are sorted by class."""
        if check_whole(most, "most", 1) >= len(self):
            return self
        return self[np.linspace(0, len(self) - 1, most).astype(int)]


class Data(Protocol):
    """What can be trained on: a data set, or arrays.

    Attributes:
        name: for messages.
        train: the samples to train on.
        splits: by name, those to train on and others.
        shape: (height, width) of an image; (1, features) where a sample is no image.
        max_pixel: the pixel value of full ink.
        scale: what images are multiplied by before a network sees them.
        input_scale: what the network that is trained multiplies whole numbers by from then on;
            None for what it does already.
        scale_floats: whether it multiplies fractions by it, too.
        names: of the classes, where they are not just numbers.
        learnt: what a network learns from them: "pixels" or "fractions".
    """

    @property
    def name(self) -> str: ...
    @property
    def train(self) -> Samples: ...
    @property
    def splits(self) -> Mapping[str, Samples]: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def max_pixel(self) -> int: ...
    @property
    def scale(self) -> float: ...
    @property
    def input_scale(self) -> float | None: ...
    @property
    def scale_floats(self) -> bool: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def learnt(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Arrays:
    """Samples that were given as arrays, to train on and perhaps to watch: a kind of `Data`."""

    train: Samples
    validation: Samples | None
    shape: tuple[int, int]
    scale: float
    input_scale: float | None = None
    scale_floats: bool = False
    names: tuple[str, ...] = ()
    learnt: str = "pixels"
    max_pixel: int = 255
    name: str = "the arrays"

    @property
    def splits(self) -> dict[str, Samples]:
        """Those there are, by name."""
        others = {} if self.validation is None else {"validation": self.validation}
        return {"train": self.train, **others}
