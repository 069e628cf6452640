"""Making a folder for a new run, locked before anything in it is read."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gpunet.core.errors import InputError
from gpunet.core.files import remove_parts, sync_folder
from gpunet.runs.description import CHECKPOINT, HISTORY, LINES, MODEL, NETWORKS, RUN
from gpunet.runs.lock import Lock, LockHolder

# All that gpunet writes in a folder, and all that it removes from it.
FILES = (RUN, CHECKPOINT, MODEL, HISTORY, LINES)


def claim_new(path: Path | None, overwrite: bool) -> tuple[Path, Lock]:
    """Make and lock a folder, or lock one that is empty, or whose run may be replaced.

    An earlier run in it stays until `clear`.

    Args:
        path: the folder; None takes the first free one of runs/1, runs/2, …
        overwrite: whether an earlier run in it may be replaced.

    Raises:
        InputError: it is taken.
        OSError: it cannot be made.
    """
    if path is None:
        path = make_numbered(Path("runs"))
        return path, Lock(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"--out {path}: is a file, not a folder")
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)  # another process may have made it
        sync_folder(path.parent)
    lock = Lock(path)
    with LockHolder(lock).release_on_error():
        check_room(path, overwrite)
    return path, lock


def check_room(path: Path, overwrite: bool) -> None:
    """Raise InputError unless a new run may be written into a folder, locked by this process."""
    remove_parts(path, FILES)
    if not any(path.iterdir()):
        return
    if not overwrite:
        raise InputError(f"--out {path}: exists; name another folder, or add --overwrite")
    if path.is_symlink():
        raise InputError(
            f"--out {path}: is a link, which is not overwritten: name the folder it points to"
        )
    if not (path / RUN).exists():
        raise InputError(f"--out {path}: holds something other than a run; not overwritten")
    for network in networks_in(path):
        if not network.is_symlink():
            Lock(network).release()  # raises if it is being trained


def clear(path: Path) -> None:
    """Remove the files of an earlier run or population except run.json, and nothing else.

    A link is removed, never followed: what it points to does not belong to this run.
    """
    networks = path / NETWORKS
    for network in networks_in(path):
        if network.is_symlink():
            network.unlink()
            continue
        with LockHolder(Lock(network)):
            remove_parts(network, FILES)
            for name in FILES:
                (network / name).unlink(missing_ok=True)
        with suppress(OSError):  # it holds other files too
            network.rmdir()
    with suppress(OSError):
        networks.unlink() if networks.is_symlink() else networks.rmdir()
    for name in FILES:
        if name != RUN:
            (path / name).unlink(missing_ok=True)


def networks_in(path: Path) -> Iterator[Path]:
    """The folders of a population's networks, and links in place of them."""
    networks = path / NETWORKS
    if networks.is_dir() and not networks.is_symlink():
        for network in sorted(networks.iterdir()):
            if network.name.isdecimal() and (network.is_dir() or network.is_symlink()):
                yield network


def make_numbered(parent: Path) -> Path:
    """Make and return the first free folder of parent/1, parent/2, …"""
    parent.mkdir(parents=True, exist_ok=True)
    taken = [int(name) for name in os.listdir(parent) if name.isascii() and name.isdecimal()]
    number = max(taken, default=0)
    while True:
        number += 1
        try:
            (parent / str(number)).mkdir()
        except FileExistsError:  # another run has just made it
            continue
        sync_folder(parent)
        return parent / str(number)
