"""Chapter 6's epochs: mini-batches in the order of the data, and the accuracy over whole ones."""

import numpy as np

from gpunet.book.chapter6.core import Core
from gpunet.datasets.batches import DeviceDataset
from gpunet.engines.base import Engine
from gpunet.engines.choose import ENGINES, choose_engine
from gpunet.evaluation.evaluate import Evaluator
from gpunet.nn.optimizers.base import Optimizer

# How often, in mini-batches, the book's program prints its progress.
PRINT_INTERVAL = 1000


def make_engine(core: Core, data: DeviceDataset, m: int, optimizer: Optimizer) -> Engine:
    """The fastest usable engine for mini-batches of m; all but eager gather only bytes."""
    pixels = data.images.dtype == np.uint8
    name = choose_engine("auto", core, optimizer, m)[0] if pixels else "eager"
    return ENGINES[name](core, optimizer, data, m)


def train_epoch(core: Core, engine: Engine, before: int) -> None:
    """Step through the samples once, in their order, printing the book's lines.

    Args:
        core: the network, which counts the steps.
        engine: bound to the samples.
        before: mini-batches since the training began.
    """
    with core.device.computing(core.macs * engine.batch_size):
        engine.begin(np.arange(len(engine.dataset)), core.steps)
        step = 0
        while step < engine.whole:
            since_line = (before + step) % PRINT_INTERVAL
            if not since_line:
                print(f"Training mini-batch number {before + step}")
            step += engine.run(step, PRINT_INTERVAL - since_line)
    core.steps += engine.whole


class Accuracy:
    """The mean of the accuracies of a split's mini-batches of m, computed on each call."""

    def __init__(self, core: Core, data: DeviceDataset, m: int) -> None:
        self.core, self.m = core, m
        self.evaluator = Evaluator(core, data)
        self.outputs = core.device.xp.empty((len(data), core.sizes[-1]), dtype=core.dtype)

    def __call__(self) -> float:
        """The accuracy of the network as it is now."""
        self.evaluator.evaluate(self.outputs)
        right = self.core.device.xp.argmax(self.outputs, axis=1) == self.evaluator.labels
        return float(np.mean(self.core.device.host(right).reshape(-1, self.m).mean(axis=1)))
