"""Pictures of a folder, decoded once: pixels are kept in the user's cache.

Kept pixels are found by the names, sizes and times of all files, so that what changes is read anew.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.files import write_atomically
from gpunet.core.regular import reading
from gpunet.datasets.places import pictures_cache
from gpunet.datasets.readers.likeness import MNIST_STYLE
from gpunet.datasets.readers.npz import read_member
from gpunet.datasets.readers.pictures import Style

# Fewer are decoded before anyone notices.
FEWEST = 500
# So many folders' pictures are kept; those used longest ago go first.
MOST_KEPT = 16
# Changes whenever pictures are decoded or prepared in another way.
VERSION = 1

Pictures = tuple[HostArray, Style]


def keep(paths: Sequence[Path], read: Callable[[], Pictures]) -> Pictures:
    """What `read` makes of these files: kept from the last time, or made now and kept.

    Args:
        paths: of the files, in their order.
        read: decodes them: uint8 (n, height · width), and the style.
    """
    if len(paths) < FEWEST or (key := identity(paths)) is None:
        return read()
    place = pictures_cache() / f"{key}.npz"
    if (found := load(place, len(paths))) is not None:
        with suppress(OSError):
            os.utime(place)
        return found
    pictures = read()
    if identity(paths) == key:  # else a file changed while it was read
        with suppress(OSError):
            store(place, *pictures)
    return pictures


def identity(paths: Sequence[Path]) -> str | None:
    """A digest of the files' names, sizes and times; None where one cannot be looked at."""
    digest = hashlib.sha256(f"{VERSION}\n".encode())
    try:
        for path in paths:
            stat = os.stat(path)
            digest.update(os.fsencode(os.path.abspath(path)))
            digest.update(f"\0{stat.st_mode} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    except OSError:
        return None
    return digest.hexdigest()


def load(place: Path, count: int) -> Pictures | None:
    """Pictures that are kept there; None where there are none that can be used."""
    try:
        with reading(place) as file, zipfile.ZipFile(file) as archive:
            size = os.fstat(file.fileno()).st_size
            images, shape = (
                read_member(archive, archive.getinfo(f"{name}.npy"), size, place)
                for name in ("images", "shape")
            )
    except Exception:  # a damaged archive may raise nearly anything, and can be done without
        return None
    height, width, prepared = shape.tolist() if shape.shape == (3,) else (0, 0, 0)
    if min(height, width) < 1 or images.dtype != np.uint8:
        return None
    if images.shape != (count, height * width):
        return None
    return images, MNIST_STYLE if prepared else Style((height, width), 1, 255)


def store(place: Path, images: HostArray, style: Style) -> None:
    """Keep pictures there, and remove those used longest ago."""
    content = io.BytesIO()
    shape = np.array([*style.shape, style is MNIST_STYLE])
    np.savez(content, images=images, shape=shape)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, content.getvalue())
    kept = sorted(place.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[MOST_KEPT:]:
        old.unlink()
