"""The accuracy and the cost of a network on some of the book's samples."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gpunet.backend.plain import Array
from gpunet.book.core import CachedOutputs, Core
from gpunet.book.costs import MatrixCost
from gpunet.book.samples import Pair, gather_labels, stack, unit_rows, unzip


class Monitor:
    """Samples stored on the device once, on which the network is evaluated.

    After a change of the network `cached.stale` must be set.

    Args:
        core: the network.
        x: (n, n_in), on the core's device.
        ys: for each sample a label, or a column (n_out, 1).
        labelled: which of the two.
        name: of the data, for error messages.
    """

    def __init__(
        self, core: Core, x: Array, ys: Sequence[Any], labelled: bool, name: str = "training data"
    ) -> None:
        self.core = core
        self.ys = ys
        self.labelled = labelled
        self.name = name
        self.cached = CachedOutputs(core, x)

    @cached_property
    def labels(self) -> Array:
        """(n,) on the device; of a column, the index of its largest number."""
        if self.labelled:
            labels = gather_labels(self.ys, self.name)
        else:
            labels = np.argmax(stack(self.ys, self.core.n_out, f"{self.name} outputs"), axis=1)
        return self.core.device.put(labels)

    @cached_property
    def targets(self) -> Array:
        """(n, n_out) on the device; of a label, its unit vector.

        Raises:
            InputError: there are columns where labels are expected, or the other way round.
        """
        n_out = self.core.n_out
        if self.labelled:
            targets = unit_rows(gather_labels(self.ys, self.name), n_out, self.name)
        else:
            targets = stack(self.ys, n_out, f"{self.name} outputs")
        return self.core.device.put(targets, np.float64)

    def accuracy(self) -> int:
        """For how many samples the most active output is that of the label.

        Raises:
            InputError: as `targets`.
        """
        device, labels, a = self.core.device, self.labels, self.cached.outputs()
        with device.active():
            return int(device.host((device.xp.argmax(a, axis=1) == labels).sum()))

    def cost(self, kind: MatrixCost, lmbda: float) -> float:
        """The mean cost of a sample, and ½ λ/n Σ w²: chapter 3 equation (85).

        Raises:
            InputError: as `targets`.
        """
        device, y, n, a = self.core.device, self.targets, len(self.ys), self.cached.outputs()
        with device.active(), np.errstate(over="ignore"):
            of_samples = kind.terms(device.xp, a, y).sum(axis=1)
            mean = float(device.host((of_samples / n).sum()))
        return mean + 0.5 * (lmbda / n) * self.core.squared_weights()


def monitor(core: Core, data: Sequence[Pair], labelled: bool, name: str) -> Monitor:
    """A monitor of some pairs.

    Raises:
        InputError: there are none, or their x are not columns (n_in, 1).
    """
    xs, ys = unzip(data, name)
    x = core.device.put(stack(xs, core.n_in, f"{name} inputs"))
    return Monitor(core, x, ys, labelled, name)
