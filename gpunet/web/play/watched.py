"""A training in a thread of its own, which a page starts, stops and watches.

All that it is told is done by that thread, between two steps: nothing is shared, nothing is locked.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from math import inf
from threading import Thread
from typing import Any, TypeVar

from gpunet.core.errors import DivergedError
from gpunet.training.callbacks import KeepGoing, OnEpoch
from gpunet.training.history import EpochRecord
from gpunet.training.trainer import Trainer
from gpunet.web.play.errands import Errands
from gpunet.web.play.story import Story
from gpunet.web.play.timing import TICK, Pace, Speed
from gpunet.web.play.views import Views

# Seconds from one picture to the next, and how much longer than a picture takes to be made, so that
# most of the time is left for training.
INTERVAL = 0.05
TIMES_AS_LONG = 4

Result = TypeVar("Result")
Picture = bytes


class Watched:
    """A training that is at its beginning, and waits to be told to go on.

    Args:
        trainer: without a split to monitor.
        views: of its network.
        pace: steps a second, at most.
    """

    def __init__(self, trainer: Trainer, views: Views, pace: float = inf) -> None:
        self.trainer = trainer
        self.views = views
        self.story = Story(trainer.network, views.dataset)
        self.open = True
        self.until: float = 0.0  # it pauses once so many steps are done
        self.pace = Pace(pace)
        self.speed = Speed()
        self.message = ""
        self.last_words: Picture | None = None
        self.lost = False  # whether the cost is no number any more
        self.changed = True
        self.wanted: Future[Picture | None] | None = None
        self.not_before = 0.0
        self.errands = Errands()
        self.thread = Thread(target=self.run, daemon=True, name="training that is watched")
        self.thread.start()

    # What a page tells it, from any thread.

    def do(self, what: Callable[[], Result]) -> Future[Result]:
        """Have something done between two steps; what it returns or raises."""
        return self.errands.do(what)

    def next_picture(self) -> "Future[Picture | None]":
        """The next picture, as soon as there is something new to see; None once it has ended."""
        future: Future[Picture | None] = Future()

        def obey() -> None:
            self.wanted = future
            if not self.open:
                self.end()

        self.errands.tell(obey)
        return future

    def close(self) -> None:
        """End the training."""

        def obey() -> None:
            self.open = False

        self.errands.tell(obey)

    # What may be given to `do`.

    def go(self, steps: float = inf) -> None:
        """Go on, for so many steps."""
        self.until = self.trainer.steps_done + steps
        self.lost, self.message = False, ""
        self.speed.begin()
        self.set_pace(self.pace.rate)

    def go_to_epoch_end(self) -> None:
        """Go on to the end of the epoch, or of the next one if it is there."""
        steps = self.trainer.steps_per_epoch
        self.go(steps - self.trainer.steps_done % steps)

    def pause(self) -> None:
        """Stop, so that one can go on."""
        self.until = 0.0
        self.changed = True

    def set_pace(self, pace: float) -> None:
        """Train so many steps a second from now on, or as many as it can."""
        self.pace.rate = pace
        self.pace.begin(self.trainer.steps_done)
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
            self.last_words = line({"message": f"training has ended: {error}", "ended": True})
        self.open = False
        self.end()
        self.errands.close()

    def end(self) -> None:
        """Tell who waits for a picture that there is none, after the last words if there are."""
        if self.wanted:
            self.answer(self.last_words)
            self.last_words = None

    def train(self) -> None:
        """Train until there is nothing to be trained, or until training goes wrong."""
        try:
            self.trainer.train(OnEpoch(self.after_epoch), KeepGoing(self.after_steps))
            if self.lost:
                self.message = "the cost is no longer a finite number; try a smaller learning rate"
        except DivergedError as error:
            self.message = str(error)
        self.pause()

    def after_epoch(self, record: EpochRecord) -> None:
        """Keep some of the epochs, of which there may be thousands a second."""
        self.trainer.history.clear()
        if self.story.due(record.epoch):
            self.story.record(record, self.views.validation.evaluate())

    def after_steps(self) -> bool:
        """What is done between steps; whether to go on."""
        self.changed = True
        return self.wait() and not self.lost

    def wait(self) -> bool:
        """Do what was told, and wait as long as nothing is to be trained; whether it is open."""
        self.send_picture()
        while self.open and not (self.steps_due and self.errands.none):
            self.errands.obey_one(self.patience)
            self.send_picture()
        self.trainer.most = None if self.steps_due == inf else int(self.steps_due)
        return self.open

    @property
    def going(self) -> bool:
        """Whether there are steps to be trained."""
        return self.trainer.steps_done < self.until

    @property
    def steps_due(self) -> float:
        """How many steps are to be trained now."""
        return max(0.0, min(self.until, self.pace.allowed) - self.trainer.steps_done)

    @property
    def patience(self) -> float | None:
        """How long to wait for something to be told, in seconds; None for ever."""
        if self.going:  # slowly
            return TICK / 4
        return max(0.0, self.not_before - time.monotonic()) if self.awaited else None

    @property
    def awaited(self) -> bool:
        """Whether there is something new to be seen, and somebody to see it."""
        return self.changed and self.wanted is not None

    def send_picture(self) -> None:
        """Make a picture if one is waited for, there is something new to see, and it is time."""
        began = time.monotonic()
        if not self.awaited or began < self.not_before:
            return
        self.changed = False
        picture = self.picture()
        took = time.monotonic() - began
        self.not_before = began + max(INTERVAL, (1 + TIMES_AS_LONG) * took)
        self.answer(line(picture))

    def answer(self, picture: Picture | None) -> None:
        """Give a picture to who waits for it, if they still do."""
        wanted, self.wanted = self.wanted, None
        if wanted and wanted.set_running_or_notify_cancel():
            wanted.set_result(picture)

    def picture(self) -> dict[str, Any]:
        """What is seen now."""
        trainer = self.trainer
        seen = self.views.look()
        speed = self.speed.at(trainer.steps_done)
        self.lost = self.going and None in (seen["training"]["cost"], seen["validation"]["cost"])
        return {
            **seen,
            "steps": trainer.steps_done,
            "epochs": trainer.steps_done / trainer.steps_per_epoch,
            "going": self.going,
            "speed": speed * trainer.batch_size if self.going and speed else None,
            "learning_rate": trainer.config.learning_rate,
            "momentum": trainer.config.momentum,
            "message": self.message,
            "reasons": self.story.in_words(),
        }


def line(said: dict[str, Any]) -> bytes:
    """A line of JSON."""
    return json.dumps(said, allow_nan=False).encode() + b"\n"
