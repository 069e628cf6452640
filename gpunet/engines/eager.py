"""The eager engine: every operation of every step is launched by the host."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gpunet.backend.plain import Array, Operation
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.engines.base import Engine
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.step import Pass, run

# Eager: several batches are gathered at a time, into a buffer that should stay in a core's cache.
GATHERED_BATCHES = 8
GATHERED_BYTES = 512 * 1024


def batches_gathered(bytes_a_batch: int) -> int:
    """How many batches of that size are gathered at a time."""
    return max(1, min(GATHERED_BATCHES, GATHERED_BYTES // bytes_a_batch))


class Answers(NamedTuple):
    """What a bound step leaves: outputs and targets (m, n_out), and weights (m, 1) or None."""

    a: Array
    y: Array
    weights: Array | None


class Eager(Engine):
    """Every operation of every step is launched by the host: the reference on every device.

    Attributes:
        answers: of the steps that are bound, in their order.
    """

    name = "eager"
    rank = 0
    measures = True

    @classmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        return ""

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, dataset, batch_size)
        # Every batch gathered has workspaces of its own, and they are to stay in the cache too.
        places = batches_gathered(batch_size * network.workspace * network.dtype.itemsize)
        classes, dtype = network.sizes[-1], network.dtype
        self.loader = BatchBuffer(dataset, places * batch_size, classes, dtype)
        if self.rest:
            self.last_loader = BatchBuffer(dataset, self.rest, classes, dtype)
        self.bind_steps()

    def bind_steps(self) -> None:
        self.answers: list[Answers] = []
        m, finish = self.batch_size, self.bind_finish()
        batches = [self.loader.part(start, m) for start in range(0, len(self.loader.x), m)]
        self.bound = [self.bind(x, y, finish, weights) for x, y, weights in batches]
        if self.rest:
            last = self.last_loader
            self.last = self.bind(last.x, last.y, finish, last.weights)

    def bind_layers(self, layers: Pass, y: Array, weights: Array | None) -> list[Operation]:
        self.answers.append(Answers(layers.output, y, weights))
        return super().bind_layers(layers, y, weights)

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.steps_before, self.measured = steps_before, 0.0
        self.order = self.network.device.put(np.asarray(order))

    def run(self, step: int, most: int | None = None) -> int:
        self.clock.set(self.steps_before + step)
        m = self.batch_size
        if step == self.whole:
            self.last_loader.load(self.order[step * m :])
            run(self.last)
            self.measure(self.answers[-1:])
            return 1
        steps = min(len(self.bound), self.whole - step, most or self.whole)
        self.loader.load(self.order[step * m : (step + steps) * m])
        for operations in self.bound[:steps]:
            for operation in operations:
                operation()
        self.measure(self.answers[:steps])
        return steps

    def measure(self, answers: Sequence[Answers]) -> None:
        """Add the costs of the samples just trained on; their outputs are still there."""
        if not self.measuring:
            return
        cost, xp = self.network.cost, self.network.device.xp
        # All of them at once: the cost of a few samples takes as long as that of many.
        a = xp.concatenate([each.a for each in answers])
        y = xp.concatenate([each.y for each in answers])
        found = cost.total(xp, a, y)
        weights = [each.weights for each in answers if each.weights is not None]
        if weights:
            found = xp.sum(cost.each(xp, a, y) * xp.concatenate(weights)[:, 0])
        self.measured += float(self.network.device.host(found))
