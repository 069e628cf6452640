"""Ctrl-C and SIGTERM, noted instead of ending the program, so that the step can be finished."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Interruptible(Protocol):
    """What can be asked to stop.

    Attributes:
        stopped_by: the first signal that came, or None.
    """

    stopped_by: signal.Signals | None


@contextmanager
def watching_signals(what: Interruptible) -> Iterator[None]:
    """Inside, a first Ctrl-C or SIGTERM only sets `stopped_by`; a second one ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can watch
        return

    def note(number: int, frame: FrameType | None) -> None:
        if what.stopped_by is not None:
            raise KeyboardInterrupt(number)
        what.stopped_by = signal.Signals(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
