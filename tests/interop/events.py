"""What TensorBoard itself reads in a folder of event files."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
pytest.importorskip("tensorboard", reason="TensorBoard is not installed")


def read(folder: Path) -> Any:
    """All that is in a folder; histograms are thinned out by nobody."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), {"scalars": 0, "histograms": 0}).Reload()


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    """Steps and values of a curve."""
    return [(event.step, event.value) for event in read(folder).Scalars(tag)]


def steps(folder: Path, tag: str) -> list[int]:
    """Steps of a curve, or of histograms."""
    found = read(folder)
    kind = found.Histograms if tag in found.Tags()["histograms"] else found.Scalars
    return [event.step for event in kind(tag)]
