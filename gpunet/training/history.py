"""What happened in each epoch."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from gpunet.evaluation.diagnosis import Diagnosis


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, as a line of history.jsonl. It holds no times, so that runs can be compared.

    Attributes:
        epoch: counted from 1.
        steps: mini-batches trained on so far, in all epochs.
        learning_rate: η in this epoch.
        accuracy, cost: on the split monitored, after the epoch; None if none is.
        diagnosis: what went on in the layers, where that was asked for.
    """

    epoch: int
    steps: int
    learning_rate: float
    accuracy: float | None
    cost: float | None
    diagnosis: Diagnosis | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values; what was not asked for is left out."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "diagnosis"}
        return {**said, "diagnosis": self.diagnosis.to_json()} if self.diagnosis else said

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "EpochRecord":
        """What `to_json` gave; names of later versions are ignored."""
        known = {f.name: said[f.name] for f in fields(cls) if f.name in said}
        if known.get("diagnosis"):
            known["diagnosis"] = Diagnosis.from_json(known["diagnosis"])
        return cls(**known)


class History(list[EpochRecord]):
    """The epochs so far, in order."""

    @property
    def best(self) -> EpochRecord | None:
        """The first of the epochs with the highest accuracy, or None if none was measured.

        Where there are no classes, and so no accuracy, that with the lowest cost.
        """
        measured = [record for record in self if record.accuracy is not None]
        if not measured:
            costs = [record for record in self if record.cost is not None]
            return min(costs, key=lambda record: record.cost or 0.0, default=None)
        return max(measured, key=lambda record: record.accuracy or 0.0)

    @property
    def diagnosed(self) -> list[Diagnosis | None]:
        """What went on in the layers after each epoch, where that was recorded."""
        return [record.diagnosis for record in self]

    def _repr_html_(self) -> str:
        """In a notebook: curves."""
        from gpunet.training.history_html import history_html

        accuracies = [(each.epoch, each.accuracy) for each in self if each.accuracy is not None]
        costs = [(each.epoch, each.cost) for each in self if each.cost is not None]
        return history_html(accuracies, costs, len(self))

    def to_jsonl(self) -> bytes:
        """One line of JSON an epoch."""
        return "".join(json.dumps(record.to_json()) + "\n" for record in self).encode()

    def to_rows(self) -> list[dict[str, Any]]:
        """As plain objects, for a checkpoint."""
        return [record.to_json() for record in self]

    @classmethod
    def from_rows(cls, rows: Iterable[dict[str, Any]]) -> "History":
        """The history in a checkpoint that agrees with its schema."""
        return cls(map(EpochRecord.from_json, rows))
