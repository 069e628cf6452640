"""A training run from the command line's point of view: started, interrupted, resumed."""

import signal
import time
from dataclasses import replace
from math import isfinite
from pathlib import Path

from gpunet.backend.device import Device
from gpunet.core.errors import DeviceFailedError, DeviceFullError, DivergedError, InputError
from gpunet.core.words import size, typed
from gpunet.datasets.dataset import Dataset
from gpunet.engines.base import Score
from gpunet.evaluation.evaluate import evaluate
from gpunet.evaluation.result import Evaluation
from gpunet.nn.network import Network
from gpunet.runs.checkpoint import restore
from gpunet.runs.description import describe_launch, describe_run, source_of
from gpunet.runs.folder import RunFolder
from gpunet.runs.signals import watching_signals
from gpunet.serialization.model import build
from gpunet.training.best import keeping_best
from gpunet.training.callbacks import Callback, KeepGoing, Training
from gpunet.training.config import TrainingConfig
from gpunet.training.fastest import Choice
from gpunet.training.history import EpochRecord
from gpunet.training.schedules import parse_schedule
from gpunet.training.trainer import Trainer
from gpunet.training.training_data import watched_split

# The state is written at most this often, in seconds, so that short epochs are not held up.
WRITE_INTERVAL = 2.0


class Writing(Callback):
    """Writes the state of a run after its epochs, where enough time has passed."""

    def __init__(self, run: "Run") -> None:
        self.run = run

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        self.run.after_epoch()


class Run:
    """A run folder and the trainer that fills it.

    Attributes:
        folder: the run folder.
        trainer: the trainer.
        callbacks: told of the training before the state is written.
        stopped_by: the signal that ended training early, or None.
        evaluation: on the test split, once training is finished.
    """

    def __init__(self, folder: RunFolder, trainer: Trainer, dataset: Dataset) -> None:
        self.folder = folder
        self.trainer = trainer
        self.dataset = dataset
        self.callbacks: tuple[Callback, ...] = ()
        self.stopped_by: signal.Signals | None = None
        self.evaluation: Evaluation | None = None
        self.written_at = time.monotonic()

    @classmethod
    def start(
        cls,
        network: Network,
        dataset: Dataset,
        config: TrainingConfig,
        out: Path | None,
        overwrite: bool,
        engine: str = "auto",
        choice: Choice | None = None,
    ) -> "Run":
        """A new run. The folder is made once everything else is known to be right.

        This process holds its lock from then on, until the run has been trained. How device and
        engine were chosen, if they were, is recorded.
        """
        trainer = Trainer(network, dataset, config, watched_split(dataset, config), engine)
        folder = RunFolder.create(out, overwrite, describe_run(network, dataset, trainer.config))
        folder.description |= describe_launch(trainer)
        if choice:
            folder.description["choice"] = choice.to_json()
        return cls(folder, trainer, dataset)

    @classmethod
    def resume(
        cls,
        folder: RunFolder,
        dataset: Dataset,
        device: str | Device | None,
        epochs: int | None,
        engine: str = "auto",
        chosen: str | None = None,
    ) -> "Run":
        """A run that is resumed, on the same device or another.

        Args:
            folder: from `RunFolder.claim`; its lock is released once the run has been trained, or
                if it cannot be.
            dataset: the data it was trained on.
            device: as `open_device` takes it.
            epochs: train to this number in all, instead of the one first requested.
            engine: as `choose_engine` takes it.
            chosen: the engine that was chosen for the run, by default the one it had on that
                device; another, if it cannot serve any more.

        Raises:
            InputError: the data are not the same, or the folder's files are damaged.
        """
        description = folder.description
        with folder.release_on_error():
            if dataset.digest != description["data"]["digest"]:
                raise InputError(
                    f"{folder.path}: was trained on other data than {dataset.name!r} holds now; "
                    "name the same data with --data"
                )
            config = folder.config
            if epochs is not None:
                check_extension(folder, config, epochs)
                config = replace(config, epochs=epochs)
            checkpoint = folder.read_checkpoint()
            network = build(description["network"], device, str(folder.path))
            watched = watched_split(dataset, config)
            if engine == "auto" and description.get("device") == network.device.name:
                chosen = chosen or description["engine"]  # others might round otherwise
            try:
                trainer = Trainer(network, dataset, config, watched, chosen or engine)
            except InputError:
                if not chosen:
                    raise
                trainer = Trainer(network, dataset, config, watched, engine)
            if checkpoint:
                restore(trainer, checkpoint)
            check_unfinished(folder, trainer)
        description |= {"options": config.to_json(), "source": source_of(dataset)}
        description |= describe_launch(trainer)
        return cls(folder, trainer, dataset)

    def train(self, *callbacks: Callback) -> bool:
        """Train, writing the state as it goes, and evaluate; False if stopped before the end.

        The first Ctrl-C or SIGTERM finishes the step, writes the state and sets `stopped_by`; a
        second one ends at once. The folder's lock is released at the end.

        Args:
            callbacks: told of the training after that.

        Raises:
            DivergedError: the state of the last good epoch has been written.
            DeviceFailedError: the device failed, or has too little memory.
            GpunetError: the folder cannot be written.
        """
        began = time.perf_counter()
        with self.folder:
            try:
                with watching_signals(self):
                    self.folder.note("running")
                    told = (*self.callbacks, Writing(self), *callbacks)
                    self.trainer.train(*told, KeepGoing(self.keep_going))
                    self.write_state()
                    return self.conclude(time.perf_counter() - began)
            except DivergedError as error:
                self.write_state()
                self.folder.note("diverged", time.perf_counter() - began, diverged=str(error))
                raise
            except OSError:  # the reader of our output is gone: keep what was trained
                self.write_state()
                self.folder.note("interrupted", time.perf_counter() - began)
                raise
            except DeviceFailedError as error:
                raise self.device_failed(error, self.folder.path) from error

    def keep_going(self) -> bool:
        """Whether nothing has asked it to stop."""
        return self.stopped_by is None

    def after_epoch(self) -> None:
        """Write the state, unless that was done a moment ago or is about to be."""
        if time.monotonic() - self.written_at > WRITE_INTERVAL and not self.trainer.finished:
            self.write_state()

    def conclude(self, seconds: float) -> bool:
        """Evaluate a finished run, and record its result in run.json; whether it has finished."""
        if not self.trainer.finished:
            self.folder.note("interrupted", seconds)
            return False
        with keeping_best(self.trainer):
            self.evaluation = evaluate(self.trainer.network, self.dataset.test)
            found = self.trainer.score(self.dataset.test) or self.evaluation
        self.record(found, seconds)
        return True

    def record(self, found: Evaluation | Score, seconds: float) -> None:
        """Record a finished run's result in run.json."""
        result = {
            "accuracy": found.accuracy,
            "correct": found.correct,
            "total": found.total,
            "cost": found.cost if isfinite(found.cost) else None,
        }
        self.folder.note("finished", seconds, result=result)

    def device_failed(self, error: DeviceFailedError, path: Path) -> DeviceFailedError:
        """The error to raise when the device fails while training the run in a folder."""
        advice = f"; {self.about_memory()}" if isinstance(error, DeviceFullError) else ""
        return type(error)(
            f"{error}{advice}; what was written before is intact: resume with: "
            f"gpunet train --resume {typed(path)}"
        )

    def about_memory(self) -> str:
        """How much is needed on a device that ran out, and what to do."""
        needed = size(sum(self.trainer.plan.needed.values()))
        return (
            f"training needs about {needed} besides the data: resume on another device with "
            "--device, or start a new run with a smaller --batch-size or --hidden"
        )

    def write_state(self) -> None:
        """Write checkpoint, history and model."""
        with self.folder.writing():
            self.folder.write_state(self.trainer)
        self.written_at = time.monotonic()


def check_extension(folder: RunFolder, config: TrainingConfig, epochs: int) -> None:
    """Raise InputError if a run cannot be given another number of epochs."""
    if epochs != config.epochs and parse_schedule(config.schedule).spans:
        raise InputError(
            f"{folder.path}: its {config.schedule} schedule is laid out over {config.epochs} "
            f"epochs, and cannot be extended to {epochs}; leave out --epochs, or start a new run"
        )


def check_unfinished(folder: RunFolder, trainer: Trainer) -> None:
    """Raise InputError if there is nothing left to do in a run that has been restored."""
    epochs = trainer.config.epochs
    # A run killed just before it finished still has files to write.
    at_its_end = trainer.position.epoch <= epochs and not folder.complete
    if not trainer.finished or at_its_end:
        return
    if trainer.ended_early and trainer.position.epoch < epochs:
        raise InputError(f"{folder.path}: has ended early: {trainer.ended_early}")
    raise InputError(
        f"{folder.path}: has finished its {trainer.position.epoch} epochs; "
        "add --epochs with a larger number to train further"
    )
