"""Networks of one kind as the fused kernel takes them: arrays with a row for each."""

from collections.abc import Sequence

import numpy as np

from gpunet.backend.device import Device, FusedKernel
from gpunet.backend.plain import Array
from gpunet.datasets.batches import DeviceDataset
from gpunet.nn.optimizers.base import Optimizer


class FusedNetworks:
    """What a launch of the fused kernel reads and writes.

    Args:
        kernel: for the plan that all of them have.
        dataset: what they are trained on.
        parameters: (networks, size), trained in place.
        velocity: likewise; any array where the plan has no momentum.
        keys: what the orders of their samples are drawn with.

    Attributes:
        orders: int32 (networks, n), where an epoch's are drawn or put.
        outcomes: float64 (networks, 3), written at the end of a launch: right answers to a split,
            the cost summed over it, and whether all parameters are finite.
    """

    def __init__(
        self,
        kernel: FusedKernel,
        dataset: DeviceDataset,
        parameters: Array,
        velocity: Array,
        keys: Sequence[int],
    ) -> None:
        self.device: Device = dataset.device
        self.kernel, self.dataset = kernel, dataset
        self.parameters, self.velocity = parameters, velocity
        self.before, self.velocity_before = parameters, velocity
        xp, rows = self.device.xp, len(parameters)
        self.keys = self.device.put(np.array(keys, np.uint64))
        self.orders = xp.empty((rows, len(dataset)), np.int32)
        self.outcomes = xp.empty((rows, 3), np.float64)
        self.config: list[tuple[float, float, float]] = []

    def keep_before(self) -> None:
        """Have a place for the parameters and velocities that there were before a launch."""
        own = self.velocity is self.parameters
        self.before = self.device.xp.empty_like(self.parameters)
        self.velocity_before = self.before if own else self.device.xp.empty_like(self.velocity)

    def take_rates(self, optimizers: Sequence[Optimizer]) -> None:
        """Train with the learning rates, momenta and decays of these."""
        config = [(o.step, o.momentum, o.decay) for o in optimizers]
        if config != self.config:
            self.config = config
            self.rates, self.momenta, self.decays = (
                self.device.put(column, self.parameters.dtype)
                for column in zip(*config, strict=True)
            )

    def launch(
        self,
        members: Array,
        epoch: int = 0,
        first: int = 0,
        steps: int = 0,
        split: DeviceDataset | None = None,
        drawn: bool = True,
        keep: bool = False,
    ) -> None:
        """Train some of them, each by a thread block.

        Args:
            members: int32, the rows of those that are trained.
            epoch: whose order is drawn, counted from 0.
            first, steps: the first of the epoch's steps, and how many.
            split: what they are to answer to in the end.
            drawn: whether orders are drawn; otherwise `orders` holds them.
            keep: whether `before` is filled with what there was at the beginning.
        """
        seen, data = split or self.dataset, self.dataset
        arrays = (
            *(members, data.images, data.small_labels, self.orders, self.keys),
            *(self.parameters, self.velocity, self.before, self.velocity_before),
            *(self.rates, self.momenta, self.decays),
            *(seen.images, seen.small_labels, self.outcomes),
        )
        scored = len(split) if split else 0
        counts = (len(data), epoch, first, steps, scored, drawn, keep)
        scale = self.parameters.dtype.type(data.scale)
        self.kernel(len(members), *arrays, scale, *map(np.int32, counts))
