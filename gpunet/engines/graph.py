"""The graph engine: a block of steps captured once and replayed."""

from functools import partial
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.engines.base import Engine
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.step import run

# Graph: steps captured into one graph; more would gain nothing measurable.
CAPTURED_STEPS = 20


class Graph(Engine):
    """The same operations, captured once and replayed: one launch for a block of steps.

    The batch is found by a counter on the device, so that the same graph works for every batch.
    """

    name = "graph"
    rank = 1
    needs_gpu = True

    @classmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        if network.device.supports_graphs:
            return ""
        return f"{network.device.name} has no graphs: {network.device.graphs_missing}"

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, dataset, batch_size)
        xp = network.device.xp
        self.order = xp.zeros(len(dataset), dtype=np.int32)
        self.counter = xp.zeros((), dtype=np.int32)
        self.bind_steps()

    def bind_steps(self) -> None:
        finish = self.bind_finish()
        self.step_operations = self.prepare(self.batch_size, finish)
        self.last_operations = self.prepare(self.rest, finish) if self.rest else []
        self.captured = False

    def prepare(self, samples: int, finish: list[Operation]) -> list[Operation]:
        """One step over that many samples, gathering included, ended by those operations."""
        order = self.order[-samples:] if samples == self.rest else self.order
        if not self.dataset.plain:
            return self.prepare_any(samples, order, finish)
        network, dataset, xp = self.network, self.dataset, self.network.device.xp
        x = xp.empty((samples, network.sizes[0]), dtype=network.dtype)
        y = xp.empty((samples, network.sizes[-1]), dtype=network.dtype)
        gather = network.device.primitives.gather_next(
            dataset.images, dataset.small_labels, order, self.counter, dataset.scale, x, y
        )
        return [*gather, *self.bind(x, y, finish)]

    def prepare_any(self, samples: int, order: Array, finish: list[Operation]) -> list[Operation]:
        """As `prepare`, for samples of any kind: with a launch for each thing that is gathered."""
        network, xp = self.network, self.network.device.xp
        loader = BatchBuffer(self.dataset, samples, network.sizes[-1], network.dtype)
        own = xp.arange(samples, dtype=np.int32)
        places, rows = xp.empty_like(own), xp.empty_like(own)
        first, size = xp.empty_like(self.counter), xp.asarray(samples, dtype=np.int32)
        one = xp.asarray(1, dtype=np.int32)
        return [
            partial(xp.multiply, self.counter, size, first),
            partial(xp.add, own, first, places),
            partial(xp.take, order, places, axis=0, out=rows),
            partial(loader.load, rows),
            partial(xp.add, self.counter, one, self.counter),
            *self.bind(loader.x, loader.y, finish, loader.weights),
        ]

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.steps_before = steps_before
        device = self.network.device
        self.order[...] = device.put(np.asarray(order), np.int32)
        if not self.captured:
            self.capture(device)

    def capture(self, device: Device) -> None:
        """Run everything once, so that it is compiled, put the state back, and capture it."""
        arrays = [self.network.parameters.array, self.counter]
        arrays += self.optimizer.state.values()
        kept = [array.copy() for array in arrays]
        try:
            for operations in (self.step_operations, self.last_operations):
                self.counter[...] = 0
                run(operations)
        finally:  # a step that fails in the middle must not be taken for trained
            for array, before in zip(arrays, kept, strict=True):
                array[...] = before
        self.single = device.capture(self.step_operations)
        self.block = device.capture(self.step_operations * CAPTURED_STEPS)
        if self.last_operations:
            self.last = device.capture(self.last_operations)
        self.captured = True

    def run(self, step: int, most: int | None = None) -> int:
        self.clock.set(self.steps_before + step)
        if step == self.whole:
            self.counter[...] = 0  # the last batch has the end of the order to itself
            self.last()
            return 1
        self.counter[...] = step
        if min(self.whole - step, most or self.whole) < CAPTURED_STEPS:
            self.single()
            return 1
        self.block()
        return CAPTURED_STEPS
