"""Writing files whole or not at all."""

import errno
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the place, flush to the disk, and rename over it.

    Whoever reads `path`, at any instant, finds the old content or the new; so does, after this
    returns, whoever reads it after a power cut.

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
    """Flush to the disk which names a folder holds, where the system lets us."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # one that may only be written to; on Windows, any
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know of no such thing
            raise
    finally:
        os.close(descriptor)


def remove_parts(folder: Path, names: Collection[str]) -> None:
    """Remove what killed writers of these files left beside them; nobody may be writing them."""
    part = re.compile(rf"\.({'|'.join(map(re.escape, names))})\.[0-9]+\.part")
    for path in folder.iterdir():
        if part.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()
