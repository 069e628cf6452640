"""Progress of a training run and of a download: live on a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from gpunet.show.words import percent
from gpunet.training.history import EpochRecord

# How often the live display is drawn anew, in seconds. Drawing takes the training thread's time.
BETWEEN_DRAWS = 0.2


class Live:
    """What is drawn while something goes on, where there is a terminal to draw on.

    Attributes:
        bar: the display, or None elsewhere.
    """

    bar: Progress | None = None

    def __enter__(self) -> Self:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar:
            self.bar.stop()


class TrainingProgress(Live):
    """The epochs of a run as they pass.

    Args:
        console: where to; live if it is a terminal, one line an epoch if not.
        epochs, steps_per_epoch, steps_done: the size of the run, and how far it has come already.
        batch_size: samples a step, for the rate.
    """

    def __init__(
        self, console: Console, epochs: int, steps_per_epoch: int, steps_done: int, batch_size: int
    ) -> None:
        self.console = console
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.batch_size = batch_size
        self.first_step = steps_done
        self.began = self.drawn = time.perf_counter()
        self.result = ""
        if console.is_terminal:
            self.bar = Progress(
                TextColumn("epoch {task.fields[epoch]}"),
                BarColumn(bar_width=None),
                TextColumn("{task.fields[rate]} images/s"),
                TextColumn("{task.fields[result]}"),
                TimeRemainingColumn(compact=True),
                TextColumn("left"),
                console=console,
                auto_refresh=False,
                expand=True,
                transient=True,
            )
            self.task = self.bar.add_task(
                "", total=epochs * steps_per_epoch, completed=steps_done, **self.fields(steps_done)
            )

    def on_steps(self, steps_done: int) -> None:
        """Told every few steps how many there have been; draws now and then."""
        if self.bar is None or time.perf_counter() - self.drawn < BETWEEN_DRAWS:
            return
        self.drawn = time.perf_counter()
        self.bar.update(self.task, completed=steps_done, refresh=True, **self.fields(steps_done))

    def on_epoch(self, record: EpochRecord) -> None:
        """Told of every epoch as it ends."""
        if record.accuracy is not None and record.cost is not None:
            self.result = f"cost {record.cost:.4f}  accuracy {percent(record.accuracy)}"
        if self.bar is None:
            line = f"epoch {record.epoch:>{len(str(self.epochs))}}/{self.epochs}"
            rate = f"{self.rate(record.steps)} images/s"
            self.console.print(f"{line}  {self.result}  {rate}", soft_wrap=True, highlight=False)

    def rate(self, steps_done: int) -> str:
        """Images trained on in a second, on average since the display began."""
        seconds = time.perf_counter() - self.began
        images = (steps_done - self.first_step) * self.batch_size
        return f"{images / seconds:,.0f}" if images and seconds > 0 else "–"

    def fields(self, steps_done: int) -> dict[str, Any]:
        epoch = min(steps_done // self.steps_per_epoch + 1, self.epochs)
        return {
            "epoch": f"{epoch}/{self.epochs}",
            "rate": self.rate(steps_done),
            "result": self.result,
        }


class DownloadBar:
    """A progress bar as pooch takes it: it sets `total`, then calls update, reset and close."""

    def __init__(self, console: Console, name: str) -> None:
        self.progress = Progress(
            TextColumn(name), BarColumn(), DownloadColumn(), console=console, transient=True
        )
        self.task = self.progress.add_task(name, total=None)
        self.progress.start()

    @property
    def total(self) -> Any:
        return self.progress.tasks[0].total

    @total.setter
    def total(self, size: Any) -> None:
        self.progress.update(self.task, total=size)

    def update(self, size: int) -> None:
        self.progress.advance(self.task, size)

    def reset(self) -> None:
        self.progress.update(self.task, completed=0)

    def close(self) -> None:
        self.progress.stop()
