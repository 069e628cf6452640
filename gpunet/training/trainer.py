"""The training loop: mini-batch stochastic gradient descent, epoch after epoch."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from math import isfinite
from typing import Any

from gpunet.backend.plain import Array
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.datasets.batches import EpochOrder
from gpunet.datasets.samples import Data, Samples
from gpunet.engines.base import Score
from gpunet.engines.choose import ENGINES
from gpunet.engines.divergence import diverged, find_step, is_finite
from gpunet.evaluation.diagnostician import Diagnostician
from gpunet.evaluation.evaluate import Evaluator
from gpunet.evaluation.result import Evaluation, TargetEvaluation
from gpunet.nn.network import Network
from gpunet.training.callbacks import Callback, EarlyStopping
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord, History
from gpunet.training.learning_rate import learning_rate, momentum
from gpunet.training.plan import make_plan, preparing
from gpunet.training.state import Position, Snapshot
from gpunet.training.training_data import TrainingData

# How a network fares on the split that is monitored.
Seen = Evaluation | TargetEvaluation | Score


class Trainer:
    """A network, its data and its optimizer, at some point of a training.

    Args:
        network: will be trained in place; stays as it is until then.
        dataset: trains on `.train`.
        config: decides the run, with the network's seed.
        monitor: the split evaluated after every epoch, or None.
        engine: "auto", or one of "eager", "graph", "fused" and "compiled"; see `engines`.

    Attributes:
        plan: what was decided before the start.
        monitor: the split evaluated after every epoch, on the device, or None.
        position: where it is; set it, with parameters and optimizer state, to continue from there.
        history: the epochs so far.
        best: parameters of the best epoch so far, where they are to be kept; else None.
        most: steps between two calls of `keep_going`, at most; None for as many as are quickest.
        engine_note: one line on why this engine was chosen, if it was "auto".
        ended_early: why it ends before its last epoch, in words; empty if it does not.
        callbacks: those that every training has; `train` adds others.

    Raises:
        InputError: the plan is refused, or the device has too little memory.
        DeviceFailedError: the device fails.
    """

    def __init__(
        self,
        network: Network,
        dataset: Data,
        config: TrainingConfig,
        monitor: Samples | None,
        engine: str = "auto",
    ) -> None:
        self.plan = plan = make_plan(network, dataset, config, monitor, engine)
        self.network = network
        self.data = dataset
        self.config = config = plan.config
        self.position = Position()
        self.history = History()
        self.best: Array | None = None
        self.most: int | None = None
        self.ended_early = ""
        self.paused = False
        self.callbacks: tuple[Callback, ...] = (EarlyStopping(),)
        self.samples, self.batch_size = plan.samples, plan.batch_size
        self.steps_per_epoch = plan.steps_per_epoch
        self.optimizer, self.engine_note = plan.optimizer, plan.engine_note
        with preparing(network.device):
            self.training_data = TrainingData(network, dataset, config)
            self.engine = ENGINES[plan.engine](
                network, plan.optimizer, self.training_data.on_device, plan.batch_size
            )
            self.monitor = self.training_data.alike(monitor) if monitor else None
            self.see = self.make_monitor()
            self.diagnostician = Diagnostician(network, dataset) if config.diagnose else None

    def make_monitor(self) -> Callable[[], Seen | None]:
        """What tells how the network fares on the monitored split, if there is one."""
        if split := self.monitor:
            return self.engine.scorer(split) or Evaluator(self.network, split).find
        return lambda: None

    def score(self, split: Samples) -> Score | None:
        """How the network fares on a split, as the engine tells it, if it has a way of its own."""
        if not self.engine.scores:
            return None
        with self.network.device.active():
            own = self.engine.scorer(self.training_data.alike(split))
            return own() if own else None

    def parameters_moved(self) -> None:
        """Bind what was bound to the network's parameters, which lie elsewhere now, once more."""
        self.see = self.make_monitor()
        if self.diagnostician:
            self.diagnostician.bind()

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
        """Whether all epochs are done, or training has ended early."""
        return self.position.epoch >= self.config.epochs or bool(self.ended_early)

    def stop(self, why: str = "") -> None:
        """End the training after the steps that are running; why, in words."""
        self.ended_early = str(why or "stopped by a callback")

    def pause(self) -> None:
        """Let `train` return after the steps that are running; it can be called again."""
        self.paused = True

    def train(self, *callbacks: Callback) -> bool:
        """Train until it is finished, or paused.

        Args:
            callbacks: told of it, in this order, after the trainer's own.

        Returns:
            Whether it is finished.

        Raises:
            DivergedError: parameters or cost are no longer finite. The network is restored to
                the end of the last good epoch.
        """
        own, self.callbacks = self.callbacks, (*self.callbacks, *callbacks)
        self.adopt_scale()
        self.paused = False
        # All that were told of the start are told of the end, whatever others raise.
        with ExitStack() as ends:
            ends.callback(setattr, self, "callbacks", own)
            with self.network.device.active():
                for callback in self.callbacks:
                    ends.callback(callback.on_end, self)
                    callback.on_start(self)
                while not self.finished and not self.paused:
                    self.run_epoch()
        return self.finished

    def run_epoch(self) -> None:
        """Train to the end of an epoch, unless stopped before, and record it."""
        before = self.snapshot()
        told = [c.on_steps for c in self.callbacks if type(c).on_steps is not Callback.on_steps]
        with self.computing():
            self.begin_epoch()
            while not (self.at_epoch_end or self.paused or self.ended_early):
                self.position.step += self.engine.run(self.position.step, self.most)
                for on_steps in told:
                    on_steps(self)
        self.check_finite(before)
        if self.at_epoch_end:
            self.finish_epoch(before, self.see())

    def adopt_scale(self) -> None:
        """Let the network take pixels as these data have them: what training changes first."""
        network, data = self.network, self.data
        if data.input_scale is not None:
            network.input_scale = data.input_scale
        network.scale_floats, network.trained_on = data.scale_floats, data.learnt
        network.classes = data.names

    def computing(self) -> AbstractContextManager[Any]:
        """Inside, the network's device is set up for its steps."""
        return self.network.device.computing(self.network.macs * self.batch_size)

    def begin_epoch(self) -> None:
        """Prepare the current epoch: its learning rate, its images, their order."""
        self.set_rate()
        self.training_data.begin(self.position.epoch)
        self.engine.begin(self.order(), self.position.epoch * self.steps_per_epoch)

    def set_rate(self) -> None:
        """Let the engine train with the learning rate and the momentum of the current epoch."""
        config, epoch = self.config, self.position.epoch
        self.engine.set_rate(learning_rate(config, epoch, self.history), momentum(config, epoch))

    def order(self, epoch: int | None = None) -> EpochOrder:
        """The order of the samples in an epoch, counted from 0; by default the current one."""
        key = key_for(self.network.seed, RngPurpose.ORDER)
        return EpochOrder(self.samples, key, self.position.epoch if epoch is None else epoch)

    def finish_epoch(self, before: Snapshot, seen: Seen | None) -> EpochRecord:
        """Record the epoch just run, and what the network now makes of the monitored split."""
        if seen and not isfinite(seen.cost):
            self.raise_diverged(before, self.steps_per_epoch, "the cost")
        self.position = Position(self.position.epoch + 1)
        record = EpochRecord(
            epoch=self.position.epoch,
            steps=self.steps_done,
            learning_rate=self.optimizer.learning_rate,
            accuracy=seen.accuracy if seen else None,
            cost=seen.cost if seen else None,
            diagnosis=self.diagnostician.take() if self.diagnostician else None,
        )
        self.history.append(record)
        if self.config.keep_best and self.history.best is record:
            self.best = self.network.parameters.array.copy()
        for callback in self.callbacks:
            callback.on_epoch(self, record)
        return record

    def check_finite(self, before: Snapshot) -> None:
        """Raise DivergedError if a parameter is NaN or infinite."""
        if is_finite(self.network):
            return
        self.restore(before)
        with self.computing():
            self.begin_epoch()
            left = range(before.position.step, self.steps_per_epoch)
            step = find_step(self.network, self.engine, left)
        self.raise_diverged(before, step, "the weights")

    def raise_diverged(self, before: Snapshot, step: int, what: str) -> None:
        """Go back to where the epoch began, and say so."""
        self.restore(before)
        raise diverged(what, self.position.epoch + 1, step, self.optimizer.learning_rate)

    def snapshot(self) -> Snapshot:
        """A copy of all that a step changes, on the device."""
        return Snapshot.take(self.position, self.network, self.optimizer)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back, or on, to a snapshot; its arrays may lie on any device."""
        self.position = snapshot.put_back(self.network, self.optimizer)
        self.ended_early = ""
        if self.diagnostician and not self.position.step:
            self.diagnostician.begin(snapshot.parameters)
