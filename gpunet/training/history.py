"""What happened in each epoch."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from gpunet.core.arguments import as_list, check_whole, is_number
from gpunet.core.errors import InputError
from gpunet.core.words import listed, shown
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

    def __post_init__(self) -> None:
        check_whole(self.epoch, "epoch", 1)
        check_whole(self.steps, "steps", 0)
        for name in ("learning_rate", "accuracy", "cost"):
            value = getattr(self, name)
            if not is_number(value) and (value is not None or name == "learning_rate"):
                raise InputError(f"{name} {shown(value)} of an epoch: give a number")
        if not isinstance(self.diagnosis, Diagnosis | None):
            raise InputError(f"diagnosis {shown(self.diagnosis)}: give a Diagnosis, or None")

    def to_json(self) -> dict[str, Any]:
        """As plain values; what was not asked for is left out."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "diagnosis"}
        return {**said, "diagnosis": self.diagnosis.to_json()} if self.diagnosis else said

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "EpochRecord":
        """What `to_json` gave; names of later versions are ignored.

        Raises:
            InputError: it is something else.
        """
        needed = [f.name for f in fields(cls) if f.name != "diagnosis"]
        if not isinstance(said, dict) or any(name not in said for name in needed):
            raise InputError(
                f"{shown(said)} is no record of an epoch: give a dict with {listed(needed)}"
            )
        known = {f.name: said[f.name] for f in fields(cls) if f.name in said}
        if known.get("diagnosis"):
            known["diagnosis"] = Diagnosis.from_json(known["diagnosis"])
        return cls(**known)


class History(list[EpochRecord]):
    """The epochs so far, in order.

    Args:
        records: of the epochs.

    Raises:
        InputError: one of them is none.
    """

    def __init__(self, records: Iterable[EpochRecord] = ()) -> None:
        found = as_list(records)
        if found is None or not all(isinstance(record, EpochRecord) for record in found):
            raise InputError(f"records {shown(records)}: give a list of EpochRecord")
        super().__init__(found)

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
        """What `to_rows` gave; raises as `EpochRecord.from_json`."""
        found = as_list(rows)
        if found is None:
            raise InputError(f"rows {shown(rows)}: give a list of dicts, one for each epoch")
        return cls(map(EpochRecord.from_json, found))
