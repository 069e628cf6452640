"""A lock on a run's folder, so that no two processes train the same run."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gpunet.core.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

# A worker whose parent was killed needs a moment to notice; so long, in seconds, its lock holds.
PATIENCE = 2.0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Inside, this process alone has the folder; the lock ends with the process.

    Raises:
        InputError: another process has it.
    """
    if fcntl is None:
        yield
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        if not try_lock(folder):
            time.sleep(PATIENCE)
            if not try_lock(folder):
                raise InputError(f"{path}: is being trained by another process")
        yield
    finally:
        os.close(folder)


def try_lock(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
