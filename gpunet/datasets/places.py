"""Where data sets are looked for, and where fetched ones are kept."""

import os
from pathlib import Path

from gpunet.core.errors import InputError


def embedded(name: str) -> Path:
    """A folder of data that come with the package."""
    package = Path(__file__).resolve().parent.parent
    # In an installed wheel the data lie inside the package, in a checkout next to it.
    inside = package / "data" / name
    return inside if inside.is_dir() else package.parent / "data" / name


def roots() -> list[Path]:
    """The folders in which named data sets may lie, the first being where fetched ones go.

    Raises:
        InputError: GPUNET_DATA names something else, or nothing.
    """
    import platformdirs

    named = os.environ.get("GPUNET_DATA")
    cache = Path(platformdirs.user_cache_dir("gpunet", appauthor=False)) / "data"
    if not named:
        return [cache]
    root = Path(os.path.expanduser(named))
    if not os.path.exists(root):
        raise InputError(
            f"GPUNET_DATA is {root}, which names nothing; make that folder, or name another"
        )
    if not root.is_dir():
        raise InputError(f"GPUNET_DATA is {root}, which is not a folder")
    return [root, cache]


def pictures_cache() -> Path:
    """The folder in which decoded pictures are kept: in the user's cache."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("gpunet", appauthor=False)) / "pictures"


def as_utf8(name: str) -> str:
    """A file's name as text that can be written: bytes that are no UTF-8 become `\\xe9`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
