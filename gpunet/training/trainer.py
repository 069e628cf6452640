"""The training loop: mini-batch stochastic gradient descent, epoch after epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from gpunet.backend.errors import DivergedError
from gpunet.backend.plain import Array, Operation
from gpunet.datasets.batches import Loader, Resident, epoch_order
from gpunet.datasets.dataset import Dataset, Split
from gpunet.nn.network import Network
from gpunet.nn.optimizers import SGD, Momentum, Optimizer
from gpunet.nn.seeds import Stream, stream_of
from gpunet.training.evaluation import Evaluation, Evaluator, check_fit
from gpunet.training.history import EpochRecord, History
from gpunet.training.settings import Settings

# Several batches are gathered at a time, into a buffer that should stay in a core's own cache.
GATHERED_BATCHES = 8
GATHERED_BYTES = 512 * 1024


@dataclass
class Position:
    """How far a run has come: whole epochs, and steps into the next one."""

    epoch: int = 0
    step: int = 0


class Steps:
    """The training step, bound once for each place in a buffer of gathered batches."""

    def __init__(
        self, network: Network, optimizer: Optimizer, data: Resident, batch_size: int, places: int
    ) -> None:
        self.batch_size = batch_size
        self.loader = Loader(data, places * batch_size, network.sizes[-1], network.dtype)
        self.bound = [
            self.bind(network, optimizer, slice(place * batch_size, (place + 1) * batch_size))
            for place in range(places)
        ]

    def bind(self, network: Network, optimizer: Optimizer, rows: slice) -> list[Operation]:
        """One step over the samples that lie in those rows of the buffer."""
        layers = network.bind(self.loader.x[rows])
        targets = optimizer.targets(network.parameters, self.batch_size)
        return [
            *layers.forward(),
            *layers.backward(network.cost, self.loader.y[rows], targets),
            *optimizer.update(network.device.xp, network.parameters),
        ]

    def run(self, order: Array) -> int:
        """Step over the samples named in order, as many batches as fit; returns how many."""
        steps = min(len(self.bound), len(order) // self.batch_size)
        self.loader.load(order[: steps * self.batch_size])
        for operations in self.bound[:steps]:
            for operation in operations:
                operation()
        return steps


class Trainer:
    """A network, its data and its optimizer, somewhere on the way.

    Args:
        network: is trained in place; takes on the data's `scale`.
        dataset: trains on `.train`.
        settings: what decides the run, together with the network's seed.
        monitor: the split evaluated after every epoch, or None.

    Attributes:
        position: where it is; set it, with parameters and optimizer state, to go on from there.
        history: the epochs so far.

    Raises:
        InputError: the data do not fit the network.
    """

    def __init__(
        self, network: Network, dataset: Dataset, settings: Settings, monitor: Split | None
    ) -> None:
        for split in dataset.splits.values():
            check_fit(network, split, dataset.name)
        network.input_scale = dataset.scale
        self.network = network
        self.settings = settings
        self.position = Position()
        self.history = History()
        self.samples = len(dataset.train)
        self.batch_size = min(settings.batch_size, self.samples)
        self.optimizer: Optimizer = (
            Momentum(settings.learning_rate, settings.momentum, network.flat())
            if settings.momentum
            else SGD(settings.learning_rate)
        )
        with network.device.active():
            data = Resident(network.device, dataset.train, dataset.scale)
            features = dataset.features
            bytes_a_batch = self.batch_size * features * network.dtype.itemsize
            places = max(1, min(GATHERED_BATCHES, GATHERED_BYTES // bytes_a_batch))
            self.steps = Steps(network, self.optimizer, data, self.batch_size, places)
            rest = self.samples % self.batch_size
            self.last = Steps(network, self.optimizer, data, rest, 1) if rest else None
            self.monitor = (
                Evaluator(network, Resident(network.device, monitor, dataset.scale))
                if monitor
                else None
            )

    @property
    def steps_an_epoch(self) -> int:
        """Mini-batches in an epoch, a smaller last one included."""
        return -(-self.samples // self.batch_size)

    @property
    def steps_done(self) -> int:
        """Mini-batches trained on since the beginning of the run."""
        return self.position.epoch * self.steps_an_epoch + self.position.step

    @property
    def finished(self) -> bool:
        """Whether all epochs asked for are done."""
        return self.position.epoch >= self.settings.epochs

    def train(
        self,
        on_epoch: Callable[[EpochRecord], None] | None = None,
        keep_going: Callable[[], bool] | None = None,
    ) -> bool:
        """Train until all epochs are done, or until told to stop.

        Args:
            on_epoch: called after each epoch.
            keep_going: called between steps, every few of them; training stops if it says False.

        Returns:
            Whether all epochs are done.

        Raises:
            DivergedError: parameters or cost are no longer finite. The network is taken back to
                the end of the last good epoch.
        """
        while not self.finished:
            before = self.snapshot()
            stopped = not self.train_epoch(keep_going)
            self.check_finite(before)
            if stopped:
                return False
            record = self.finish_epoch(before)
            if on_epoch:
                on_epoch(record)
        return True

    def train_epoch(self, keep_going: Callable[[], bool] | None) -> bool:
        """Train to the end of the epoch; False if stopped on the way."""
        network = self.network
        with network.device.computing(network.multiply_adds * self.batch_size):
            order = self.order()
            while self.position.step < self.steps_an_epoch:
                self.position.step += self.run_some(order, self.position.step)
                if keep_going and not keep_going():
                    return self.position.step == self.steps_an_epoch
        return True

    def order(self) -> Array:
        """The order of the samples in the present epoch, on the device."""
        stream = stream_of(self.network.seed, Stream.ORDER, self.position.epoch)
        return self.network.device.put(epoch_order(self.samples, stream))

    def run_some(self, order: Array, step: int, most: int | None = None) -> int:
        """Run the next few steps from the given one, at most `most`; returns how many."""
        start = step * self.batch_size
        if self.last and step == self.steps_an_epoch - 1:
            return self.last.run(order[start:])
        stop = self.samples if most is None else start + most * self.batch_size
        return self.steps.run(order[start:stop])

    def finish_epoch(self, before: "Snapshot") -> EpochRecord:
        """Evaluate and record the epoch just run."""
        seen: Evaluation | None = self.monitor.evaluate() if self.monitor else None
        if seen and not isfinite(seen.cost):
            self.raise_diverged(before, self.steps_an_epoch, "the cost")
        self.position = Position(self.position.epoch + 1)
        record = EpochRecord(
            epoch=self.position.epoch,
            steps=self.steps_done,
            learning_rate=self.settings.learning_rate,
            accuracy=seen.accuracy if seen else None,
            cost=seen.cost if seen else None,
        )
        self.history.append(record)
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
        with network.device.computing(network.multiply_adds * self.batch_size):
            order = self.order()
            for step in range(before.position.step, self.steps_an_epoch):
                self.run_some(order, step, most=1)
                if not bool(network.device.xp.isfinite(network.parameters.array).all()):
                    return step + 1
        return self.steps_an_epoch

    def raise_diverged(self, before: "Snapshot", step: int, what: str) -> None:
        """Go back to where the epoch began, and say so."""
        self.restore(before)
        epoch = self.position.epoch + 1
        raise DivergedError(
            f"training diverged: {what} became NaN or infinite at step {step} of epoch {epoch}; "
            f"try a learning rate smaller than {self.settings.learning_rate:g}",
            epoch=epoch,
            step=step,
        )

    def snapshot(self) -> "Snapshot":
        """A copy of all that a step changes, on the device."""
        state = {name: flat.array.copy() for name, flat in self.optimizer.state.items()}
        position = Position(self.position.epoch, self.position.step)
        return Snapshot(position, self.network.parameters.array.copy(), state)

    def restore(self, snapshot: "Snapshot") -> None:
        """Go back, or on, to a snapshot; its arrays may lie on any device."""
        put = self.network.device.put
        with self.network.device.active():
            self.network.parameters.array[...] = put(snapshot.parameters)
            for name, flat in self.optimizer.state.items():
                flat.array[...] = put(snapshot.state[name])
        self.position = Position(snapshot.position.epoch, snapshot.position.step)


@dataclass(frozen=True)
class Snapshot:
    """Where a run was: position, parameters and optimizer state."""

    position: Position
    parameters: Array
    state: dict[str, Array]
