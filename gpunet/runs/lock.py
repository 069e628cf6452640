"""A lock on a run's folder, so that no two processes train the same run."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from gpunet.core.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

# A worker whose parent was killed needs a moment to notice; so long, in seconds, its lock holds.
PATIENCE = 2.0


class Lock:
    """A folder that this process alone has, until it gives it back or ends.

    It is taken before anything in the folder is read that decides what is written there.
    """

    def __init__(self, path: Path) -> None:
        """Take it.

        Raises:
            InputError: another process has it.
            OSError: it is no folder, or cannot be opened.
        """
        self.folder: int | None = None
        if fcntl is None:
            return
        self.folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        if not self.try_now():
            time.sleep(PATIENCE)
            if not self.try_now():
                self.release()
                raise InputError(f"{path}: is being trained by another process")

    def try_now(self) -> bool:
        """Whether it could be had at once."""
        assert self.folder is not None
        try:
            fcntl.flock(self.folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Give it back, if that has not been done."""
        if self.folder is not None:
            os.close(self.folder)
            self.folder = None

    def __del__(self) -> None:
        self.release()


class Held:
    """What may hold a folder's lock; as a context, it gives the folder back at the end.

    Args:
        lock: None for what is only read.
    """

    def __init__(self, lock: Lock | None) -> None:
        self.lock = lock

    def release(self) -> None:
        """Give the folder back, if that has not been done."""
        if self.lock:
            self.lock.release()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Inside, the folder is given back if anything fails, and only then."""
        try:
            yield
        except BaseException:
            self.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
