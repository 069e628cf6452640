"""How far the run in a folder is, and what came of it: of a run still in training, too."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.regular import reading
from gpunet.runs.description import HISTORY
from gpunet.runs.lock import is_locked
from gpunet.serialization.schema import EPOCH_RECORD, check
from gpunet.training.history import History

RUNNING, INTERRUPTED = "running", "interrupted"


def state_of(path: Path, description: Mapping[str, Any]) -> str:
    """What a run.json says, unless the process that trained is gone without a word."""
    status = str(description["status"])
    if status not in ("new", RUNNING):
        return status
    return RUNNING if is_locked(path) else INTERRUPTED


def result_of(description: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a run.json says of the test split; None before the run has finished, or if forged."""
    said: dict[str, Any] | None = description.get("result")
    return said if said and 0 < said["total"] >= said["correct"] else None


def read_history(folder: Path) -> History:
    """The epochs that a run has recorded so far; none if it has not written any.

    Raises:
        InputError: the file is damaged, or cannot be read.
    """
    path = folder / HISTORY
    if not path.exists():
        return History()
    with reading(path) as file:
        lines = file.read().splitlines()
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            check(row, EPOCH_RECORD)
            if row["epoch"] != number:
                raise ValueError(f"epoch is {row['epoch']}, not {number}")
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: damaged: line {number}: {error}") from None
        rows.append(row)
    return History.from_rows(rows)
