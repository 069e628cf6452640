"""Progress of a training run and of a download: live on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from rich.cells import cell_len
from rich.console import ConsoleOptions, ConsoleRenderable, RenderResult
from rich.progress import DownloadColumn, Progress, Task, TimeRemainingColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

from gpunet.show.console import Console
from gpunet.show.folding import SEPARATOR, fold
from gpunet.show.words import percent
from gpunet.training.callbacks import Callback, Training
from gpunet.training.history import EpochRecord

# How often the live display is redrawn, in seconds. Drawing takes the training thread's time.
DRAW_INTERVAL = 0.2
# A bar shorter than this shows nothing.
SHORTEST_BAR = 8


class Parts:
    """Text with a bar; wrapped, without the bar, if it does not fit into one line.

    Args:
        parts: the text; the first part is printed left of the bar, the others right of it.
        bar: as long as there is room for.
    """

    def __init__(self, parts: Sequence[str], bar: ProgressBar) -> None:
        self.parts = parts
        self.bar = bar

    def __rich_console__(self, console: Any, options: ConsoleOptions) -> RenderResult:
        first, *others = self.parts
        words = SEPARATOR.join(self.parts) + SEPARATOR
        self.bar.width = options.max_width - cell_len(words)
        if self.bar.width < SHORTEST_BAR:
            yield Text("\n".join(fold(self.parts, options.max_width)))
            return
        yield Text(first + SEPARATOR, end="")
        yield self.bar
        yield Text(SEPARATOR + SEPARATOR.join(others), end="")


class Line(Progress):
    """The progress of one task, drawn live.

    Args:
        console: where to.
        parts: returns the text of the line; see `Parts`.
        total, completed: of the task, in whatever unit.
        options: as rich's `Progress` takes them.
    """

    def __init__(
        self,
        console: Console,
        parts: Callable[[Task], Sequence[str]],
        total: float | None,
        completed: int = 0,
        *,
        auto_refresh: bool = False,
    ) -> None:
        self.parts = parts
        super().__init__(console=console, auto_refresh=auto_refresh, transient=True)
        self.number = self.add_task("", total=total, completed=completed)

    def draw(self, completed: float) -> None:
        """Redraw it."""
        self.update(self.number, completed=completed, refresh=True)

    def get_renderables(self) -> Iterator[ConsoleRenderable]:
        """What rich draws."""
        for task in self.tasks:
            total = None if task.total is None else max(0, task.total)
            yield Parts(self.parts(task), ProgressBar(total, task.completed, pulse=total is None))


def time_left(task: Task) -> str:
    """ "0:12 left", estimated from the recent speed."""
    return f"{TimeRemainingColumn(compact=True).render(task).plain} left"


class Live:
    """A live display while something runs, if there is a terminal.

    Attributes:
        bar: the display, or None elsewhere.
    """

    bar: Line | None = None

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


class TrainingProgress(Live, Callback):
    """The epochs of a run as they pass.

    Args:
        console: where to; live if it is a terminal, one line per epoch if not.
        epochs, steps_per_epoch, steps_done: the size of the run, and the steps done already.
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
        self.result: tuple[str, ...] = ()
        if console.is_terminal:
            self.bar = Line(console, self.parts, epochs * steps_per_epoch, steps_done)

    def on_steps(self, trainer: Training) -> None:
        self.draw(trainer.steps_done)

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        self.tell(record)

    def draw(self, steps_done: int) -> None:
        """Draw the live line again, now and then."""
        if self.bar is None or time.perf_counter() - self.drawn < DRAW_INTERVAL:
            return
        self.drawn = time.perf_counter()
        self.bar.draw(steps_done)

    def tell(self, record: EpochRecord) -> None:
        """Keep what an epoch gave, and off a terminal print it."""
        if record.accuracy is not None and record.cost is not None:
            self.result = (f"cost {record.cost:.4f}", f"accuracy {percent(record.accuracy)}")
        if self.bar is None:
            line = f"epoch {record.epoch:>{len(str(self.epochs))}}/{self.epochs}"
            text = SEPARATOR.join((line, *self.result, self.rate(record.steps)))
            self.console.print(text, soft_wrap=True)

    def rate(self, steps_done: int) -> str:
        """Images trained on in a second, on average since the display began."""
        seconds = time.perf_counter() - self.began
        images = (steps_done - self.first_step) * self.batch_size
        return f"{images / seconds:,.0f} images/s" if images and seconds > 0 else "– images/s"

    def parts(self, task: Task) -> list[str]:
        """The text of the live line, the first part left of the bar."""
        steps_done = int(task.completed)
        epoch = min(steps_done // self.steps_per_epoch + 1, self.epochs)
        parts = [f"epoch {epoch}/{self.epochs}", self.rate(steps_done), *self.result]
        return [*parts, time_left(task)]


class DownloadBar:
    """A progress bar as pooch takes it: it sets `total`, then calls update, reset and close."""

    def __init__(self, console: Console, name: str) -> None:
        size = DownloadColumn()
        self.progress = Line(
            console, lambda task: (name, size.render(task).plain), None, auto_refresh=True
        )
        self.progress.start()

    @property
    def total(self) -> Any:
        return self.progress.tasks[0].total

    @total.setter
    def total(self, size: Any) -> None:
        self.progress.update(self.progress.number, total=size)

    def update(self, size: int) -> None:
        self.progress.advance(self.progress.number, size)

    def reset(self) -> None:
        self.progress.update(self.progress.number, completed=0)

    def close(self) -> None:
        self.progress.stop()
