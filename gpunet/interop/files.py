"""Writing the files of other libraries."""

import os
from pathlib import Path

from gpunet.core.arguments import check_path
from gpunet.core.errors import GpunetError, InputError
from gpunet.core.files import write_atomically


def check_place(path: str | os.PathLike[str]) -> Path:
    """The path of a file to be written.

    Raises:
        InputError: it is a folder or a device, or in no folder that exists.
    """
    place = check_path(path, "file")
    if place.is_dir():
        raise InputError(f"{place}: is a folder; name a file in it")
    if place.exists() and not place.is_file():
        raise InputError(f"{place}: is not a regular file; name another")
    if not place.parent.is_dir():
        raise InputError(f"{place}: there is no folder {place.parent}; make it, or name another")
    return place


def write_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file, whole or not at all; an existing one is replaced.

    Raises:
        InputError: as `check_place`.
        GpunetError: it cannot be written.
    """
    try:
        write_atomically(check_place(path), content)
    except OSError as error:
        raise GpunetError(f"{path}: cannot be written: {error.strerror or error}") from None
