"""Writing files whole or not at all."""

import errno
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary file in the same folder, flush it to the disk, and rename it.

    A reader of `path` finds the old content or the new, at any time; once this has returned, the
    new one, even after a power cut.

    Raises:
        OSError: it could not be written; what was there is untouched and nothing is left behind.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with suppress(FileNotFoundError):
            beside.unlink()  # a process of this number was killed here before
        with open(beside, "xb") as file:  # never through a link that lies in wait there
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system allows it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # one that may only be written to; on Windows, any
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems do not support it
            raise
    finally:
        os.close(descriptor)


def remove_parts(folder: Path, names: Collection[str]) -> None:
    """Remove temporary files left by killed writers; nobody may be writing these files."""
    part = re.compile(rf"\.({'|'.join(map(re.escape, names))})\.[0-9]+\.part")
    for path in folder.iterdir():
        if part.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()
