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

# In seconds: how long a worker whose parent was killed may take to notice, and release its lock.
GRACE_PERIOD = 2.0


class Lock:
    """An exclusive lock on a folder, held until it is released or the process ends.

    It is acquired before anything in the folder is read that decides what is written there.
    """

    def __init__(self, path: Path) -> None:
        """Acquire it.

        Raises:
            InputError: another process holds it.
            OSError: it is not a folder, or cannot be opened.
        """
        self.folder: int | None = None
        if fcntl is None:
            return
        self.folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        if not self.try_acquire():
            time.sleep(GRACE_PERIOD)
            if not self.try_acquire():
                self.release()
                raise InputError(f"{path}: is being trained by another process")

    def try_acquire(self) -> bool:
        """Acquire it without waiting; whether that succeeded."""
        assert self.folder is not None
        try:
            fcntl.flock(self.folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Release it, if that has not been done."""
        if self.folder is not None:
            os.close(self.folder)
            self.folder = None

    def __del__(self) -> None:
        self.release()


def is_locked(path: Path) -> bool:
    """Whether a process is training in a folder; False where that cannot be known."""
    if fcntl is None:
        return False
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(folder)
    return False


class LockHolder:
    """What may hold a folder's lock; as a context manager, it releases the lock at the end.

    Args:
        lock: None for a folder that is only read.
    """

    def __init__(self, lock: Lock | None) -> None:
        self.lock = lock

    def release(self) -> None:
        """Release the lock, if that has not been done."""
        if self.lock:
            self.lock.release()

    @contextmanager
    def release_on_error(self) -> Iterator[None]:
        """Inside, the lock is released if anything fails, and only then."""
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
