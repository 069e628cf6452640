"""Stochastic gradient descent over the book's list of pairs, by the core's bound steps."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gpunet.backend.plain import Array, Operation
from gpunet.book.core import Core
from gpunet.book.samples import Pair, stack, unzip
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.engines.eager import batches_gathered
from gpunet.nn.optimizers.base import Optimizer, OptimizerConfig
from gpunet.nn.optimizers.direct import SGD
from gpunet.nn.step import run


class Descent:
    """The steps over some samples, bound for one size of batch, η and λ.

    Args:
        core: is trained in place.
        data: pairs of columns; they become two matrices on the device, once.
        mini_batch_size: samples a step; the last step of an epoch may have fewer.
        eta: η.
        l2: λ/n; weights are multiplied by 1 − ηλ/n before each step.

    Attributes:
        x, y: (n, n_in), (n, n_out): the samples on the device, in the order of `data`.
        ys: the columns of y, as given.

    Raises:
        InputError: the samples do not fit the network, or the batch size is invalid.
    """

    def __init__(
        self, core: Core, data: Sequence[Pair], mini_batch_size: int, eta: float, l2: float = 0.0
    ) -> None:
        self.core = core
        xs, self.ys = unzip(data, "training data")
        self.batch_size = min(check_count("mini_batch_size", mini_batch_size, 1), len(xs))
        self.whole, self.rest = divmod(len(xs), self.batch_size)
        device = core.device
        self.x: Array = device.put(stack(xs, core.n_in, "training inputs"))
        self.y: Array = device.put(stack(self.ys, core.n_out, "training outputs"))
        with device.active():
            self.optimizer: Optimizer = SGD(core, OptimizerConfig(eta, l2=l2))
            bytes_a_batch = self.batch_size * core.n_in * 8
            places = min(batches_gathered(bytes_a_batch), self.whole)
            self.blocks = Block(self, self.batch_size, places)
            self.last = Block(self, self.rest, 1) if self.rest else None

    def train_epoch(self, order: HostArray) -> None:
        """Step through the samples once, in that order (n,)."""
        m, device = self.batch_size, self.core.device
        with device.computing(self.core.macs * m):
            rows = device.put(order)
            for step in range(0, self.whole, len(self.blocks.steps)):
                steps = min(len(self.blocks.steps), self.whole - step)
                self.blocks.run(rows[step * m : (step + steps) * m], steps)
            if self.last:
                self.last.run(rows[self.whole * m :], 1)


class Block:
    """Buffers for a few batches of a given size, and a step bound to each."""

    def __init__(self, descent: Descent, samples: int, places: int) -> None:
        core, optimizer = descent.core, descent.optimizer
        xp, primitives = core.device.xp, core.device.primitives
        x = xp.empty((places * samples, core.n_in), dtype=np.float64)
        y = xp.empty((places * samples, core.n_out), dtype=np.float64)
        self.load_x = primitives.gather_rows(descent.x, 1.0, x)
        self.load_y = primitives.gather_rows(descent.y, 1.0, y)
        sinks = optimizer.sinks(core.parameters, samples)
        self.steps: list[list[Operation]] = []
        for start in range(0, places * samples, samples):
            batch = slice(start, start + samples)
            self.steps.append(
                [
                    *core.bind(x[batch], y[batch], sinks),
                    *optimizer.finish(primitives, core.parameters),
                ]
            )

    def run(self, rows: Array, steps: int) -> None:
        """Gather those rows of the samples, and take that number of steps over them."""
        self.load_x(rows)
        self.load_y(rows)
        for operations in self.steps[:steps]:
            run(operations)


def shuffled_orders(training_data: list[Pair]) -> Iterator[HostArray]:
    """Yield an order (n,) of the samples for each epoch, and shuffle the list in place.

    The order consists of indices into the list as it was before the first epoch. `random.shuffle`
    draws the same random numbers whatever the list contains, so shuffling indices instead moves the
    samples as the book's program does, and leaves `random` in the same state.
    """
    samples = list(training_data)
    indices = list(range(len(samples)))
    while True:
        random.shuffle(indices)
        training_data[:] = [samples[index] for index in indices]
        yield np.array(indices)


def check_count(name: str, value: Any, least: int) -> int:
    """The value as an int of at least `least`, or InputError; 10.0, as from 100 / 10, is one."""
    whole = isinstance(value, float | int | np.number) and not isinstance(value, bool)
    if not whole or value != value // 1 or value < least:
        raise InputError(f"{name} {value!r}: give a whole number of at least {least}")
    return int(value)
