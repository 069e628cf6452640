"""The training loop: mini-batch stochastic gradient descent, epoch after epoch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from math import isfinite
from typing import Any

from gpunet.backend.plain import Array
from gpunet.core.arrays import HostArray
from gpunet.core.errors import DivergedError, InputError
from gpunet.core.seeds import RngPurpose, generator_for
from gpunet.datasets.batches import DeviceDataset, epoch_order
from gpunet.datasets.dataset import Dataset, Split
from gpunet.engines.choose import ENGINES, choose_engine
from gpunet.evaluation.evaluate import Evaluator, check_fit
from gpunet.evaluation.result import Evaluation
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord, History
from gpunet.training.learning_rate import check_watched, learning_rate, why_ended
from gpunet.training.make_optimizer import make_optimizer
from gpunet.training.memory import check_memory
from gpunet.training.state import Position, Snapshot
from gpunet.training.training_data import TrainingData, training_split


class Trainer:
    """A network, its data and its optimizer, somewhere on the way.

    Args:
        network: is trained in place; takes on the data's `scale`.
        dataset: trains on `.train`.
        settings: what decides the run, together with the network's seed.
        monitor: the split evaluated after every epoch, or None.
        engine: "auto", "eager", "graph" or "fused"; see `engines`.

    Attributes:
        position: where it is; set it, with parameters and optimizer state, to go on from there.
        history: the epochs so far.
        best: parameters of the best epoch so far, where they are to be kept; else None.
        engine_note: one line on why this engine runs, where the choice was not asked for.

    Raises:
        InputError: the data do not fit the network, or the engine cannot serve it.
    """

    def __init__(
        self,
        network: Network,
        dataset: Dataset,
        settings: TrainingConfig,
        monitor: Split | None,
        engine: str = "auto",
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise InputError(f"{dataset!r} is not a data set: give what load_dataset returns")
        for split in dataset.splits.values():
            check_fit(network, split, dataset.name)
        check_shape(network, dataset)
        network.input_scale = dataset.scale
        self.network = network
        self.settings = settings
        self.position = Position()
        self.history = History()
        self.samples = len(training_split(dataset, settings))
        self.batch_size = min(settings.batch_size, self.samples)
        self.best: Array | None = None
        check_watched(settings, monitor is not None)
        check_memory(network, dataset, self.batch_size, settings)
        self.optimizer = make_optimizer(network, settings, self.samples)
        with network.device.active():
            self.data = TrainingData(network, dataset, settings)
            name, self.engine_note = choose_engine(engine, network, self.optimizer, self.batch_size)
            self.engine = ENGINES[name](network, self.optimizer, self.data.data, self.batch_size)
            self.monitor = (
                Evaluator(network, DeviceDataset.of(network.device, monitor, dataset.scale))
                if monitor
                else None
            )

    @property
    def steps_per_epoch(self) -> int:
        """Mini-batches in an epoch, a smaller last one included."""
        return -(-self.samples // self.batch_size)

    @property
    def steps_done(self) -> int:
        """Mini-batches trained on since the beginning of the run."""
        return self.position.epoch * self.steps_per_epoch + self.position.step

    @property
    def at_epoch_end(self) -> bool:
        """Whether all mini-batches of the epoch are done; it has yet to be recorded."""
        return self.position.step == self.steps_per_epoch

    @property
    def finished(self) -> bool:
        """Whether all epochs asked for are done, or there is no use in more of them."""
        return self.position.epoch >= self.settings.epochs or bool(self.ended_early)

    @property
    def ended_early(self) -> str:
        """Why training ends before its last epoch, in words; empty if it does not."""
        return why_ended(self.settings, self.history)

    def train(
        self,
        on_epoch: Callable[[EpochRecord], None] | None = None,
        keep_going: Callable[[], bool] | None = None,
    ) -> bool:
        """Train until it is finished, or until told to stop.

        Args:
            on_epoch: called after each epoch.
            keep_going: called between steps, every few of them; training stops if it says False.

        Returns:
            Whether it is finished.

        Raises:
            DivergedError: parameters or cost are no longer finite. The network is taken back to
                the end of the last good epoch.
        """
        with self.network.device.active():
            while not self.finished:
                before = self.snapshot()
                going = self.train_epoch(keep_going)
                self.check_finite(before)
                if not self.at_epoch_end:
                    return False
                record = self.finish_epoch(before)
                if on_epoch:
                    on_epoch(record)
                if not going:
                    break
        return self.finished

    def train_epoch(self, keep_going: Callable[[], bool] | None) -> bool:
        """Train to the end of the epoch, unless stopped; whether to keep going."""
        with self.computing():
            self.begin_epoch()
            while not self.at_epoch_end:
                self.position.step += self.engine.run(self.position.step)
                if keep_going and not keep_going():
                    return False
        return True

    def computing(self) -> AbstractContextManager[Any]:
        """Inside, the network's device is set up for its steps."""
        return self.network.device.computing(self.network.macs * self.batch_size)

    def begin_epoch(self) -> None:
        """Make ready for the present epoch: its learning rate, its images, their order."""
        self.set_rate()
        self.data.begin(self.position.epoch)
        self.engine.begin(self.order(), self.position.epoch * self.steps_per_epoch)

    def set_rate(self) -> None:
        """Let the engine train with the learning rate of the present epoch."""
        self.engine.set_rate(learning_rate(self.settings, self.position.epoch, self.history))

    def order(self, epoch: int | None = None) -> HostArray:
        """The order of the samples in an epoch, counted from 0; by default the present one."""
        epoch = self.position.epoch if epoch is None else epoch
        return epoch_order(self.samples, generator_for(self.network.seed, RngPurpose.ORDER, epoch))

    def finish_epoch(self, before: "Snapshot") -> EpochRecord:
        """Evaluate and record the epoch just run."""
        seen: Evaluation | None = self.monitor.evaluate() if self.monitor else None
        if seen and not isfinite(seen.cost):
            self.raise_diverged(before, self.steps_per_epoch, "the cost")
        self.position = Position(self.position.epoch + 1)
        record = EpochRecord(
            epoch=self.position.epoch,
            steps=self.steps_done,
            learning_rate=self.optimizer.learning_rate,
            accuracy=seen.accuracy if seen else None,
            cost=seen.cost if seen else None,
        )
        self.history.append(record)
        if self.settings.keep_best and self.history.best is record:
            self.best = self.network.parameters.array.copy()
        return record

    def check_finite(self, before: "Snapshot") -> None:
        """Raise DivergedError if a parameter is NaN or infinite."""
        xp = self.network.device.xp
        if not bool(xp.isfinite(self.network.parameters.array).all()):
            self.raise_diverged(before, self.find_divergence(before), "the weights")

    def find_divergence(self, before: "Snapshot") -> int:
        """The step, counted from 1, after which the parameters were not finite for the first time.

        Looking after every step would slow down every run; instead the epoch is run again.
        """
        self.restore(before)
        network = self.network
        with self.computing():
            self.begin_epoch()
            for step in range(before.position.step, self.steps_per_epoch):
                self.engine.run(step, most=1)
                if not bool(network.device.xp.isfinite(network.parameters.array).all()):
                    return step + 1
        return self.steps_per_epoch

    def raise_diverged(self, before: "Snapshot", step: int, what: str) -> None:
        """Go back to where the epoch began, and say so."""
        self.restore(before)
        epoch = self.position.epoch + 1
        raise DivergedError(
            f"training diverged: {what} became NaN or infinite at step {step} of epoch {epoch}; "
            f"try a learning rate smaller than {self.optimizer.learning_rate:g}",
            epoch=epoch,
            step=step,
        )

    @contextmanager
    def keeping_best(self) -> Iterator[None]:
        """Inside, the network is that which is to be kept: of the best epoch, if so asked."""
        parameters = self.network.parameters.array
        if self.best is None:
            yield
            return
        with self.network.device.active():
            last = parameters.copy()
            parameters[...] = self.best
        try:
            yield
        finally:
            with self.network.device.active():
                parameters[...] = last

    def take_best(self) -> None:
        """Make the network that which is to be kept, once and for all."""
        if self.best is not None:
            with self.network.device.active():
                self.network.parameters.array[...] = self.best

    def snapshot(self) -> "Snapshot":
        """A copy of all that a step changes, on the device."""
        state = {name: array.copy() for name, array in self.optimizer.state.items()}
        position = Position(self.position.epoch, self.position.step)
        return Snapshot(position, self.network.parameters.array.copy(), state)

    def restore(self, snapshot: "Snapshot") -> None:
        """Go back, or on, to a snapshot; its arrays may lie on any device."""
        put = self.network.device.put
        with self.network.device.active():
            self.network.parameters.array[...] = put(snapshot.parameters)
            for name, array in self.optimizer.state.items():
                array[...] = put(snapshot.state[name])
        self.position = Position(snapshot.position.epoch, snapshot.position.step)


def check_shape(network: Network, dataset: Dataset) -> None:
    """Raise InputError if the network takes images of another shape, with as many pixels."""
    inputs = network.architecture.inputs
    if len(inputs) == 2 and inputs != dataset.shape:
        (height, width), (rows, columns) = dataset.shape, inputs
        raise InputError(
            f"{dataset.name} has images of {height} × {width}, the network takes {rows} × {columns}"
        )
