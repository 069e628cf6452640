"""What was timed on this machine, in the user's cache; `gpunet devices --forget` removes it."""

import hashlib
import json
import platform
from collections.abc import Collection, Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from threading import Lock
from typing import Any

from gpunet.backend.cpu import cores
from gpunet.core.files import write_atomically

FILE = "timed.json"
# The oldest are forgotten first.
MOST = 1000
# Of two threads that write at once, one would take the other's file from under it.
WRITING = Lock()


def place() -> Path:
    """The file."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("gpunet", appauthor=False)) / FILE


def key_of(what: Mapping[str, Any]) -> str:
    """A name for what was timed, on this machine."""
    machine = {"node": platform.node(), "cpu": platform.machine(), "cores": cores()}
    text = json.dumps({**what, **machine}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recall(what: Mapping[str, Any], names: Collection[str]) -> dict[str, float]:
    """The seconds of a step by ways to train, of which there are now these; empty if unknown."""
    found = read_all().get(key_of(what))
    if not isinstance(found, dict) or not found.keys() <= set(names):
        return {}
    well = all(isinstance(s, float) and isfinite(s) and s > 0 for s in found.values())
    return found if well else {}


def remember(what: Mapping[str, Any], seconds: Mapping[str, float]) -> None:
    """Keep what was timed; where nothing can be written, it is timed again."""
    with WRITING, suppress(OSError):
        known = read_all()
        known.pop(key_of(what), None)
        kept = dict([*known.items(), (key_of(what), dict(seconds))][-MOST:])
        place().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place(), json.dumps(kept, indent=1).encode())


def forget() -> int:
    """Forget everything; says how much that was.

    Raises:
        OSError: the file cannot be removed.
    """
    known = len(read_all())
    place().unlink(missing_ok=True)
    return known


def read_all() -> dict[str, Any]:
    """All that is known; nothing where the file is not what was written."""
    try:
        found = json.loads(place().read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
