"""Engines: how the bound training step is launched. What it computes is decided in `nn`."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.fused import FusedPlan
from gpunet.backend.plain import Array, Operation
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.engines.clock import Clock
from gpunet.nn.network import Network
from gpunet.nn.optimizers.direct import Momentum, Optimizer
from gpunet.nn.step import run

# Eager: several batches are gathered at a time, into a buffer that should stay in a core's cache.
GATHERED_BATCHES = 8
GATHERED_BYTES = 512 * 1024
# Graph: so many steps are captured into one graph; more would gain nothing measurable.
CAPTURED_STEPS = 20
# Fused: so many steps run in one launch, a few milliseconds, before the host looks in again.
LAUNCHED_STEPS = 2000


def batches_gathered(bytes_a_batch: int) -> int:
    """How many batches of that size are gathered at a time."""
    return max(1, min(GATHERED_BATCHES, GATHERED_BYTES // bytes_a_batch))


class Engine(ABC):
    """Runs the steps of an epoch.

    Attributes:
        name: as the command line spells it.
    """

    name: str

    def __init__(
        self, network: Network, optimizer: Optimizer, data: DeviceDataset, batch_size: int
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.data = data
        self.batch_size = batch_size
        self.whole, self.rest = divmod(len(data), batch_size)
        self.clock = Clock(network.device, ticking=network.dropout > 0)
        self.steps_before = 0

    def set_rate(self, rate: float) -> None:
        """Train with that learning rate from the next step on."""
        if rate != self.optimizer.learning_rate:
            self.optimizer.learning_rate = rate
            self.bind_steps()

    @abstractmethod
    def bind_steps(self) -> None:
        """Bind the steps to the optimizer's settings, which they hold as numbers."""

    @abstractmethod
    def begin(self, order: Any, steps_before: int = 0) -> None:
        """Take the order of an epoch's samples, (n,) on the host, and the steps run before it."""

    @abstractmethod
    def run(self, step: int, most: int | None = None) -> int:
        """Run some steps, from that one of the epoch on, at most `most`; returns how many."""

    def bind(self, x: Array, y: Array) -> list[Operation]:
        """One step over the samples in x (m, n_in) and y (m, n_out)."""
        network, optimizer = self.network, self.optimizer
        layers = network.bind(x, self.clock.steps)
        targets = optimizer.targets(network.parameters, len(x))
        return [
            *layers.forward(),
            *layers.backward(network.cost, y, targets),
            *optimizer.finish(network.device.primitives, network.parameters),
            *self.clock.tick(),
        ]


class Eager(Engine):
    """Every operation of every step is launched by the host: the truth on every device."""

    name = "eager"

    def __init__(
        self, network: Network, optimizer: Optimizer, data: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, data, batch_size)
        # Every batch gathered has workspaces of its own, and they are to stay in the cache too.
        places = batches_gathered(batch_size * network.workspace * network.dtype.itemsize)
        classes, dtype = network.sizes[-1], network.dtype
        self.loader = BatchBuffer(data, places * batch_size, classes, dtype)
        if self.rest:
            self.last_loader = BatchBuffer(data, self.rest, classes, dtype)
        self.bind_steps()

    def bind_steps(self) -> None:
        x, y, m = self.loader.x, self.loader.y, self.batch_size
        starts = range(0, len(x), m)
        self.bound = [self.bind(x[start : start + m], y[start : start + m]) for start in starts]
        if self.rest:
            self.last = self.bind(self.last_loader.x, self.last_loader.y)

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.steps_before = steps_before
        self.order = self.network.device.put(order)

    def run(self, step: int, most: int | None = None) -> int:
        self.clock.set(self.steps_before + step)
        m = self.batch_size
        if step == self.whole:
            self.last_loader.load(self.order[step * m :])
            run(self.last)
            return 1
        steps = min(len(self.bound), self.whole - step, most or self.whole)
        self.loader.load(self.order[step * m : (step + steps) * m])
        for operations in self.bound[:steps]:
            for operation in operations:
                operation()
        return steps


class Graph(Engine):
    """The same operations, captured once and replayed: one launch for a block of steps.

    The batch is found by a counter on the device, so that the same graph serves every batch.
    """

    name = "graph"

    def __init__(
        self, network: Network, optimizer: Optimizer, data: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, data, batch_size)
        xp = network.device.xp
        self.order = xp.zeros(len(data), dtype=np.int32)
        self.counter = xp.zeros((), dtype=np.int32)
        self.labels = data.labels.astype(np.int32)
        self.bind_steps()

    def bind_steps(self) -> None:
        self.step_operations = self.prepare(self.batch_size)
        self.last_operations = self.prepare(self.rest) if self.rest else []
        self.captured = False

    def prepare(self, samples: int) -> list[Operation]:
        """One step over so many samples, gathering included."""
        network, data, xp = self.network, self.data, self.network.device.xp
        x = xp.empty((samples, network.sizes[0]), dtype=network.dtype)
        y = xp.empty((samples, network.sizes[-1]), dtype=network.dtype)
        gather = network.device.primitives.gather_next(
            data.images, self.labels, self.order[-samples:] if samples == self.rest else self.order,
            self.counter, data.scale, x, y,
        )  # fmt: skip
        return [*gather, *self.bind(x, y)]

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.steps_before = steps_before
        device = self.network.device
        self.order[...] = device.put(order, np.int32)
        if not self.captured:
            self.capture(device)

    def capture(self, device: Device) -> None:
        """Run everything once, so that it is compiled, put the state back, and capture it."""
        arrays = [self.network.parameters.array, self.counter]
        arrays += self.optimizer.state.values()
        kept = [array.copy() for array in arrays]
        for operations in (self.step_operations, self.last_operations):
            self.counter[...] = 0
            run(operations)
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


class Fused(Engine):
    """One launch for thousands of steps, the network held by one multiprocessor."""

    name = "fused"

    def __init__(
        self, network: Network, optimizer: Optimizer, data: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, data, batch_size)
        device, dtype = network.device, network.dtype
        plan = plan_fused(network, optimizer, batch_size)
        plan.check()
        self.kernel = device.compile_fused(plan)
        self.labels = data.labels.astype(np.int32)
        self.momenta = device.put([optimizer.momentum], dtype)
        self.velocity = optimizer.velocity if isinstance(optimizer, Momentum) else None
        self.transposed = network.flat()
        self.bind_steps()

    def bind_steps(self) -> None:
        device, dtype = self.network.device, self.network.dtype
        self.rates = device.put([self.optimizer.learning_rate], dtype)
        self.decays = device.put([self.optimizer.decay], dtype)

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.order = self.network.device.put(order, np.int32)

    def run(self, step: int, most: int | None = None) -> int:
        steps = min(LAUNCHED_STEPS, self.whole + bool(self.rest) - step, most or LAUNCHED_STEPS)
        settings = (self.rates, self.momenta, self.decays)
        self.turn_velocity(to_kernel=True)
        self.launch(
            1,
            self.order,
            self.network.parameters.array,
            self.transposed.array,
            settings,
            step,
            steps,
        )
        self.turn_velocity(to_kernel=False)
        return steps

    def launch(
        self,
        networks: int,
        orders: Array,
        parameters: Array,
        velocity: Array,
        settings: Sequence[Array],
        step: int,
        steps: int,
    ) -> None:
        """Run steps of one network, or of several alike, whose arrays lie behind one another.

        Args:
            networks: how many.
            orders: int32 (networks, n).
            parameters, velocity: (networks, size), the velocity in the kernel's layout.
            settings: rates, momenta and decays, (networks,) each.
            step, steps: the first of the epoch's steps, and how many.
        """
        arrays = (self.data.images, self.labels, orders, parameters, velocity, *settings)
        counts = map(np.int32, (len(self.data), step, steps))
        self.kernel(networks, *arrays, self.network.dtype.type(self.data.scale), *counts)

    def turn_velocity(self, to_kernel: bool) -> None:
        """Copy the velocity to or from the kernel's layout, in which W lies as (n_in, n_out)."""
        if self.velocity is None:
            return
        for plain, transposed in zip(self.velocity.views, self.transposed.views, strict=True):
            weights, biases = plain
            inward = transposed[0].reshape(weights.shape[::-1])
            if to_kernel:
                inward[...], transposed[1][...] = weights.T, biases
            else:
                weights[...], biases[...] = inward.T, transposed[1]


def plan_fused(network: Network, optimizer: Optimizer, batch_size: int) -> FusedPlan:
    """The fused kernel's plan for a network of fully connected layers."""
    return FusedPlan(
        sizes=network.sizes,
        activations=network.activations,
        cost=network.cost.name,
        batch_size=batch_size,
        dtype=network.dtype.name,
        momentum=bool(optimizer.state),
        shared_limit=network.device.shared_limit,
    )


ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Eager, Graph, Fused)}
