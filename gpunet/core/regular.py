"""Opening files that anyone may have put there: regular files only.

A named pipe keeps its reader waiting, a device may never end, and a link may lead to either.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gpunet.core.errors import InputError
from gpunet.core.words import written

OTHERS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """A regular file, or a link to one, open for reading bytes.

    Inside, what the system refuses becomes an InputError too.

    Raises:
        InputError: it is missing, not a file, or cannot be read; says which.
    """
    try:
        refuse_others(path, os.stat(path).st_mode)  # opening some devices has consequences
        with open(path, "rb", opener=open_at_once) as file:
            refuse_others(path, os.fstat(file.fileno()).st_mode)
            yield file
    except FileNotFoundError:
        raise InputError(f"{written(path)}: no such file") from None
    except OSError as error:
        raise InputError(f"{written(path)}: cannot be read: {error.strerror or error}") from None


def refuse_others(path: Path, mode: int) -> None:
    """Raise InputError unless this is the mode of a regular file."""
    if not stat.S_ISREG(mode):
        kind = OTHERS.get(stat.S_IFMT(mode), "something else")
        raise InputError(f"{written(path)}: {kind}, not a file; only regular files are read")


def open_at_once(path: str, flags: int) -> int:
    """Open a file that may have become a pipe or a terminal since it was looked at.

    It neither waits for a pipe's other end nor makes a terminal this process's own.
    """
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
