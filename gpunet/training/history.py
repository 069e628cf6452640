"""What happened in each epoch."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gpunet.core.errors import InputError


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, as a line of history.jsonl. It holds no times, so that runs can be compared.

    Attributes:
        epoch: counted from 1.
        steps: mini-batches trained on so far, in all epochs.
        learning_rate: η in this epoch.
        accuracy, cost: on the split monitored, after the epoch; None if none is.
    """

    epoch: int
    steps: int
    learning_rate: float
    accuracy: float | None
    cost: float | None


class History(list[EpochRecord]):
    """The epochs so far, in order."""

    @property
    def best(self) -> EpochRecord | None:
        """The first of the epochs with the highest accuracy, or None if none was measured."""
        measured = [record for record in self if record.accuracy is not None]
        return max(measured, key=lambda record: record.accuracy or 0.0, default=None)

    def to_jsonl(self) -> bytes:
        """One line of JSON an epoch."""
        return "".join(json.dumps(asdict(record)) + "\n" for record in self).encode()

    def to_rows(self) -> list[dict[str, Any]]:
        """As plain objects, for a checkpoint."""
        return [asdict(record) for record in self]

    @classmethod
    def from_rows(cls, rows: Iterable[Any], source: str) -> "History":
        """The history in a checkpoint.

        Raises:
            InputError: it is damaged.
        """
        try:
            return cls(EpochRecord(**row) for row in rows)
        except TypeError as error:
            raise InputError(f"{source}: its history is damaged ({error})") from None
