"""What one thread is told to do by others, one thing after the other."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

from gpunet.core.errors import InputError

Result = TypeVar("Result")


class Errands:
    """A queue of what is to be done.

    Attributes:
        closed: whether its thread does no more; those who ask do it themselves then.
    """

    def __init__(self) -> None:
        self.closed = False
        self.waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def do(self, what: Callable[[], Result]) -> Future[Result]:
        """Have something done; what it returns or raises.

        Of errors, an InputError is for who asked alone; any other is also raised in the thread.
        """
        future: Future[Result] = Future()

        def obey() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                if self.closed:
                    raise InputError("this training has ended; load the page again")
                future.set_result(what())
            except Exception as error:
                future.set_exception(error)
                if not isinstance(error, InputError):
                    raise

        self.tell(obey)
        return future

    def tell(self, what: Callable[[], None]) -> None:
        """Have something done of which nothing comes back."""
        self.waiting.put(what)
        if self.closed:
            self.obey_all()

    @property
    def none(self) -> bool:
        """Whether nothing waits to be done."""
        return self.waiting.empty()

    def obey_one(self, patience: float | None) -> None:
        """Do what is next, or wait for it, so many seconds at most; None for ever."""
        with suppress(Empty):
            self.waiting.get(timeout=patience)()

    def obey_all(self) -> None:
        """Do all that waits to be done."""
        with suppress(Empty):
            while True:
                self.waiting.get_nowait()()

    def close(self) -> None:
        """Let nothing wait any longer."""
        self.closed = True
        self.obey_all()
