"""What is told of a training while it goes on, and may end it.

    class Printer(gpunet.Callback):
        def on_epoch(self, trainer, record):
            print(record.epoch, record.accuracy)
            if record.accuracy > 0.97:
                trainer.stop("good enough")

    gpunet.fit(network, dataset, callbacks=[Printer()])

gpunet's own display of progress, its early stopping and TensorBoard's files are callbacks, too.
"""

from collections.abc import Callable
from typing import Protocol

from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig
from gpunet.training.history import EpochRecord, History
from gpunet.training.learning_rate import why_ended


class Training(Protocol):
    """A training as callbacks see it.

    Attributes:
        network: as it is now; change it at your own risk.
        config: how it is trained.
        history: the epochs so far.
        samples: images in an epoch.
        steps_per_epoch: mini-batches in an epoch.
    """

    network: Network
    config: TrainingConfig
    history: History
    samples: int
    steps_per_epoch: int

    @property
    def steps_done(self) -> int:
        """Mini-batches so far, in all epochs."""

    def stop(self, why: str = ...) -> None:
        """End the training after the steps that are running; why, in words."""

    def pause(self) -> None:
        """Let the steps that are running be the last for now."""


class Callback:
    """What is told of a training: override what you want to be told.

    Each method gets the training, and may end it with `trainer.stop(why)`. What a method raises
    ends it, too, and comes out of `fit`.
    """

    def on_start(self, trainer: Training) -> None:
        """Before the first step of a training, or of one that is resumed."""

    def on_steps(self, trainer: Training) -> None:
        """Between steps, every few of them: as many as are quickest to run at a time."""

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        """After each epoch, once it is recorded in `trainer.history`."""

    def on_end(self, trainer: Training) -> None:
        """After the last step, also where something was raised; the last to be told comes first."""


class EarlyStopping(Callback):
    """Ends a training as its options say: `patience`, or a schedule that has come to its end."""

    def on_start(self, trainer: Training) -> None:
        self.look(trainer)

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        self.look(trainer)

    def look(self, trainer: Training) -> None:
        """Decide by the epochs so far, so that a run that is resumed is decided alike."""
        if why := why_ended(trainer.config, trainer.history):
            trainer.stop(why)


class OnEpoch(Callback):
    """Calls a function with the record of each epoch."""

    def __init__(self, function: Callable[[EpochRecord], object]) -> None:
        self.function = function

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        self.function(record)


class KeepGoing(Callback):
    """Asks between steps whether to go on; if not, the training pauses, and can be resumed."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self.ask = ask

    def on_steps(self, trainer: Training) -> None:
        if not self.ask():
            trainer.pause()


def check_callbacks(callbacks: object) -> tuple[Callback, ...]:
    """The callbacks of a list, or InputError if one is none."""
    if callbacks is None:
        return ()
    given = callbacks if isinstance(callbacks, list | tuple) else (callbacks,)
    for each in given:
        if isinstance(each, type) or not isinstance(each, Callback):
            raise InputError(
                f"callback {shown(each)}: give objects of classes derived from gpunet.Callback, in "
                "a list; a function of the record is given as on_epoch"
            )
    return tuple(given)


def check_on_epoch(function: object) -> tuple[Callback, ...]:
    """What calls a function after each epoch, if there is one; InputError if it is none."""
    if function is None:
        return ()
    if isinstance(function, type) or not callable(function):
        raise InputError(f"on_epoch {shown(function)}: give a function of the epoch's record")
    return (OnEpoch(function),)
