"""Trainings for TensorBoard: a callback that writes event files."""

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

from gpunet.core.arguments import check_path
from gpunet.core.errors import InputError
from gpunet.interop.event_file import EventFile, has_events, import_tensorboard
from gpunet.training.callbacks import Callback, Training
from gpunet.training.history import EpochRecord

# Histograms of the weights in a training, at most: they need all weights on the host.
MOST_HISTOGRAMS = 10
BINS = 50


class TensorBoard(Callback):
    """Writes after each epoch what TensorBoard shows: `tensorboard --logdir FOLDER`.

        gpunet.fit(network, dataset, callbacks=[TensorBoard("board/first")])

    The steps of its curves are mini-batches. There are `learning_rate`; `accuracy` and `cost` on
    the split that is monitored; `images_per_second`, evaluation included; with `diagnose`,
    `saturated/layer_1` and `stuck/layer_1`, shares of a layer's neurons, and so on; and at most
    ten times in a training histograms `weights/layer_1`, layers counted from the bottom.

    A training that is resumed goes on in the same folder. One that begins anew hides what an
    earlier one has written there: give each a folder of its own.

    Args:
        folder: made when training begins, if it is not there.

    Raises:
        InputError: tensorboardX is not installed, or the folder cannot be written.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        import_tensorboard()
        self.folder = check_folder(folder)
        self.file: EventFile | None = None
        self.measured_from = (0.0, 0)

    def on_start(self, trainer: Training) -> None:
        """Begin a new file; where there was none, with what is known of epochs before."""
        anew = not has_events(self.folder)
        first = trainer.steps_done + 1 if trainer.steps_done and not anew else 0
        self.file = EventFile(self.folder, first)
        for record in trainer.history if anew else ():
            self.file.write(record.steps, [*self.scalars(record)])
        self.measured_from = perf_counter(), trainer.steps_done

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        """Write what is known of an epoch."""
        assert self.file
        began, steps = self.measured_from
        images = trainer.samples * (record.steps - steps) / trainer.steps_per_epoch
        speed = self.file.scalar("images_per_second", images / (perf_counter() - began))
        summaries = [*self.scalars(record), speed]
        if is_drawn(record.epoch, trainer.config.epochs):
            summaries += self.histograms(trainer)
        self.file.write(record.steps, summaries)
        self.measured_from = perf_counter(), record.steps

    def scalars(self, record: EpochRecord) -> Iterator[Any]:
        """The numbers of an epoch that are in its record."""
        assert self.file
        for name in ("learning_rate", "accuracy", "cost"):
            value = getattr(record, name)
            if value is not None:
                yield self.file.scalar(name, value)
        for number, layer in enumerate(record.diagnosis.layers if record.diagnosis else (), 1):
            yield self.file.scalar(f"saturated/layer_{number}", layer.saturated)
            yield self.file.scalar(f"stuck/layer_{number}", layer.stuck)

    def histograms(self, trainer: Training) -> Iterator[Any]:
        """How the weights of each layer are distributed."""
        assert self.file
        network = trainer.network
        for number, weights in enumerate(network.weights, 1):
            values = network.device.host(weights)
            yield self.file.histogram(f"weights/layer_{number}", values, BINS)


def is_drawn(epoch: int, epochs: int) -> bool:
    """Whether histograms are made after an epoch: at even distances, and after the last."""
    return epoch % ceil(epochs / MOST_HISTOGRAMS) == 0 or epoch == epochs


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """The path of a folder to be written to, which need not exist.

    Raises:
        InputError: it is a file, lies below one, or cannot be written.
    """
    place = check_path(folder, "folder")
    there = next(each for each in (place, *place.absolute().parents) if os.path.lexists(each))
    if not there.is_dir():
        raise InputError(f"{there}: is not a folder; TensorBoard's files need one: name another")
    try:
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"{there}: cannot be written: {why}; name another folder") from None
    return place
