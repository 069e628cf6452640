"""A training in a thread of its own, which a page starts, stops and watches.

All that it is told waits in one queue and is done by that thread, between two steps: nothing is
shared, and nothing is locked.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from gpunet.core.errors import DivergedError, GpunetError, InputError
from gpunet.training.trainer import Trainer
from gpunet.web.play.views import Views

# Seconds from one picture to the next, and how much longer than a picture takes to be made, so that
# most of the time is left for training.
INTERVAL = 0.05
TIMES_AS_LONG = 4
# The speed is told over the last so many seconds.
SPEED_OVER = 1.0

Result = TypeVar("Result")
Picture = bytes


class Watched:
    """A training that is at its beginning, and waits to be told to go on.

    Args:
        trainer: without a split to monitor.
        views: of its network.
    """

    def __init__(self, trainer: Trainer, views: Views) -> None:
        self.trainer = trainer
        self.views = views
        self.open = True
        self.until: float = 0.0  # it pauses once so many steps are done
        self.message = ""
        self.lost = False  # whether the cost is no number any more
        self.changed = True
        self.wanted: Future[Picture | None] | None = None
        self.not_before = 0.0
        self.speeds: deque[tuple[float, int]] = deque(maxlen=100)
        self.told: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.thread = Thread(target=self.run, daemon=True, name="training that is watched")
        self.thread.start()

    # What a page tells it, from any thread.

    def do(self, what: Callable[[], Result]) -> Future[Result]:
        """Have something done between two steps; what it returns, or an InputError it raises."""
        future: Future[Result] = Future()

        def obey() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                if not self.open:
                    raise InputError("this training has ended; load the page again")
                future.set_result(what())
            except GpunetError as error:
                future.set_exception(error)

        self.tell(obey)
        return future

    def next_picture(self) -> "Future[Picture | None]":
        """The next picture, as soon as there is something new to see; None once it has ended."""
        future: Future[Picture | None] = Future()

        def obey() -> None:
            self.wanted = future
            if not self.open:
                self.answer(None)

        self.tell(obey)
        return future

    def close(self) -> None:
        """End the training."""

        def obey() -> None:
            self.open = False

        self.tell(obey)

    def tell(self, what: Callable[[], None]) -> None:
        """Have its thread do something; where that has ended, this one does it."""
        self.told.put(what)
        if not self.open:
            self.obey_all()

    def obey_all(self) -> None:
        """Do what has been told, without waiting for more."""
        with suppress(Empty):
            while True:
                self.told.get_nowait()()

    # What may be given to `do`.

    def go(self, steps: float = inf) -> None:
        """Go on, for so many steps."""
        self.until = self.trainer.steps_done + steps
        self.lost, self.message = False, ""
        self.speeds.clear()
        self.changed = True

    def go_to_epoch_end(self) -> None:
        """Go on to the end of the epoch, or of the next one if it is there."""
        steps = self.trainer.steps_per_epoch
        self.go(steps - self.trainer.steps_done % steps)

    def pause(self) -> None:
        """Stop, so that one can go on."""
        self.until = 0.0
        self.changed = True

    def set_rate(self, rate: float) -> None:
        """Train with that η from the next step on."""
        self.trainer.config = replace(self.trainer.config, learning_rate=rate)
        with self.trainer.network.device.active():
            self.trainer.set_rate()
        self.changed = True

    def see(self, what: Callable[[], None]) -> dict[str, Any] | None:
        """Look at another image; what every layer makes of it now."""
        what()
        self.changed = True
        return self.views.image()

    def describe(self) -> dict[str, Any]:
        """What the page is told of it before it sees anything."""
        trainer = self.trainer
        return {
            **self.views.describe(),
            "steps_per_epoch": trainer.steps_per_epoch,
            "batch_size": trainer.batch_size,
        }

    # What its own thread does.

    def run(self) -> None:
        """Train whenever it is told to, until it is closed."""
        try:
            with self.trainer.network.device.active():
                while self.wait():
                    self.train()
        except Exception as error:  # a device that is lost, or a defect of ours
            self.answer(line({"message": f"training has ended: {error}", "ended": True}))
        self.open = False
        self.obey_all()
        self.answer(None)

    def train(self) -> None:
        """Train until there is nothing to be trained, or until training goes wrong."""
        try:
            self.trainer.train(keep_going=lambda: self.wait() and not self.lost)
            if self.lost:
                self.message = "the cost is no longer a finite number; try a smaller learning rate"
        except DivergedError as error:
            self.message = str(error)
        self.pause()

    def wait(self) -> bool:
        """Do what was told, and wait as long as nothing is to be trained; whether it is open."""
        self.changed = self.changed or self.going
        self.send_picture()
        while self.open and not (self.going and self.told.empty()):
            with suppress(Empty):
                self.told.get(timeout=self.patience)()
            self.send_picture()
        left = self.until - self.trainer.steps_done
        self.trainer.most = None if left == inf else max(1, int(left))
        return self.open

    @property
    def going(self) -> bool:
        """Whether there are steps to be trained."""
        return self.trainer.steps_done < self.until

    @property
    def patience(self) -> float | None:
        """How long to wait for something to be told, in seconds; None for ever."""
        return max(0.0, self.not_before - time.monotonic()) if self.due_later else None

    @property
    def due_later(self) -> bool:
        """Whether there is something to be seen for which it is too early."""
        return self.changed and self.wanted is not None

    def send_picture(self) -> None:
        """Make a picture if one is waited for, there is something new to see, and it is time."""
        began = time.monotonic()
        if not self.due_later or began < self.not_before:
            return
        self.changed = False
        picture = self.picture(began)
        took = time.monotonic() - began
        self.not_before = began + max(INTERVAL, (1 + TIMES_AS_LONG) * took)
        self.answer(line(picture))

    def answer(self, picture: Picture | None) -> None:
        """Give a picture to who waits for it, if they still do."""
        wanted, self.wanted = self.wanted, None
        if wanted and wanted.set_running_or_notify_cancel():
            wanted.set_result(picture)

    def picture(self, now: float) -> dict[str, Any]:
        """What is seen now."""
        trainer = self.trainer
        seen = self.views.look()
        self.lost = self.going and None in (seen["training"]["cost"], seen["validation"]["cost"])
        return {
            **seen,
            "steps": trainer.steps_done,
            "epochs": trainer.steps_done / trainer.steps_per_epoch,
            "going": self.going,
            "speed": self.speed(now),
            "learning_rate": trainer.config.learning_rate,
            "message": self.message,
        }

    def speed(self, now: float) -> float | None:
        """Images trained on each second, of late; None while it is paused."""
        if not self.going:
            self.speeds.clear()
            return None
        self.speeds.append((now, self.trainer.steps_done))
        while now - self.speeds[0][0] > SPEED_OVER and len(self.speeds) > 2:
            self.speeds.popleft()
        (began, before), (until, steps) = self.speeds[0], self.speeds[-1]
        if until == began:
            return None
        return (steps - before) * self.trainer.batch_size / (until - began)


def line(said: dict[str, Any]) -> bytes:
    """A line of JSON."""
    return json.dumps(said, allow_nan=False).encode() + b"\n"
