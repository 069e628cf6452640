"""Engines: how the bound training step is launched. What it computes is decided in `nn`."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from gpunet.backend.plain import Array, Operation
from gpunet.core.arrays import HostArray
from gpunet.datasets.batches import DeviceDataset
from gpunet.engines.clock import Clock
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.step import Pass


class Score(NamedTuple):
    """What a network made of a split: right answers, samples, and the mean cost of a sample."""

    correct: int
    total: int
    cost: float

    @property
    def accuracy(self) -> float:
        """The fraction classified correctly."""
        return self.correct / self.total

    @classmethod
    def read(cls, outcome: HostArray, samples: int) -> "Score":
        """From a row of `FusedNetworks.outcomes`."""
        right, cost, _ = outcome.tolist()
        return cls(int(right), samples, cost / samples)


class Engine(ABC):
    """Runs the steps of an epoch.

    Attributes:
        name: as the command line spells it.
        rank: how fast it is: "auto" takes the highest of those that can run the training.
        needs_gpu, needs_cpu: whether it is for the one or the other only.
        merit: why it is the fastest, in words, reported where "auto" chooses it.
        scores: whether `scorer` has anything to give.
        only_plain: whether it takes nothing but plain samples: see `DeviceDataset.plain`.
        measures: whether it can add up the costs of the samples as they are trained on.
        measuring: whether it does; set it before an epoch.
        measured: the costs of the epoch so far, each as it was before its step.
    """

    name: ClassVar[str]
    rank: ClassVar[int]
    needs_gpu: ClassVar[bool] = False
    needs_cpu: ClassVar[bool] = False
    merit: ClassVar[str] = ""
    scores: ClassVar[bool] = False
    only_plain: ClassVar[bool] = False
    measures: ClassVar[bool] = False
    measuring: bool = False
    measured: float = 0.0

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.dataset = dataset
        self.batch_size = batch_size
        self.whole, self.rest = divmod(len(dataset), batch_size)
        self.clock = Clock(
            network.device, ticking=any(layer.needs_clock for layer in network.layers)
        )
        self.steps_before = 0

    @classmethod
    @abstractmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        """Why it cannot run such a training on the network's device; empty if it can.

        That a GPU is needed, or none, need not be said here.
        """

    @classmethod
    def unready(cls, asked: bool) -> str:
        """Why it does not work on this machine, found by trying; empty if it does.

        Args:
            asked: whether it was asked for by name.
        """
        return ""

    @classmethod
    def pays(cls, network: Network, optimizer: Optimizer, batch_size: int, steps: int) -> bool:
        """Whether "auto" should take it for so many steps, where it can run them."""
        return True

    def set_rate(self, rate: float, momentum: float | None = None) -> None:
        """Train with that learning rate, and that momentum if one is given, from now on."""
        optimizer = self.optimizer
        changed = rate, optimizer.momentum if momentum is None else momentum
        if changed != (optimizer.learning_rate, optimizer.momentum):
            optimizer.learning_rate, optimizer.momentum = changed
            self.bind_steps()

    @abstractmethod
    def bind_steps(self) -> None:
        """Bind the steps to the optimizer's learning rate and momentum, which they hold."""

    @abstractmethod
    def begin(self, order: Any, steps_before: int = 0) -> None:
        """Take the order of an epoch's samples and the steps run before it.

        Args:
            order: an `EpochOrder`, or whole numbers (n,) on the host.
            steps_before: since the beginning of the training.
        """

    @abstractmethod
    def run(self, step: int, most: int | None = None) -> int:
        """Run some steps, from that one of the epoch on, at most `most`; returns how many."""

    def scorer(self, split: DeviceDataset) -> Callable[[], Score] | None:
        """What tells how the network fares on a split, if the engine has a way of its own."""
        return None

    def bind_finish(self) -> list[Operation]:
        """What ends a step, whatever its batch: bound once for all steps, as is its scratch."""
        p, parameters = self.network.device.primitives, self.network.parameters
        return [*self.optimizer.finish(p, parameters), *self.clock.tick()]

    def bind(
        self, x: Array, y: Array, finish: list[Operation], weights: Array | None = None
    ) -> list[Operation]:
        """One step over samples: x (m, n_in), y (m, n_out), weights (m, 1); then `finish`."""
        layers = self.network.bind(x, self.clock.steps)
        return [*self.bind_layers(layers, y, weights), *finish]

    def bind_layers(self, layers: Pass, y: Array, weights: Array | None) -> list[Operation]:
        """One step of layers that are bound to samples."""
        sinks = self.optimizer.sinks(self.network.parameters, len(y))
        return [*layers.forward(), *layers.backward(self.network.cost, y, sinks, weights)]
