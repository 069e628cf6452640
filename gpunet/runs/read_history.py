"""history.jsonl of a run folder, read back: that of a run still in training, too."""

import json
from pathlib import Path

from gpunet.core.errors import InputError
from gpunet.core.regular import reading
from gpunet.runs.description import HISTORY
from gpunet.serialization.schema import EPOCH_RECORD, check
from gpunet.training.history import History


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
