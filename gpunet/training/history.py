"""What happened in each epoch."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any


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

    def _repr_html_(self) -> str:
        """In a notebook: curves."""
        from gpunet.training.history_html import history_html

        accuracies = [(each.epoch, each.accuracy) for each in self if each.accuracy is not None]
        costs = [(each.epoch, each.cost) for each in self if each.cost is not None]
        return history_html(accuracies, costs, len(self))

    def to_jsonl(self) -> bytes:
        """One line of JSON an epoch."""
        return "".join(json.dumps(asdict(record)) + "\n" for record in self).encode()

    def to_rows(self) -> list[dict[str, Any]]:
        """As plain objects, for a checkpoint."""
        return [asdict(record) for record in self]

    @classmethod
    def from_rows(cls, rows: Iterable[dict[str, Any]]) -> "History":
        """The history in a checkpoint that agrees with its schema."""
        names = [field.name for field in fields(EpochRecord)]
        return cls(EpochRecord(**{name: row[name] for name in names}) for row in rows)
