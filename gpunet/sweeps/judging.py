"""Which images the networks of some runs recognise, one network after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.core.arrays import HostArray
from gpunet.core.errors import GpunetError
from gpunet.datasets.dataset import Split
from gpunet.evaluation.evaluate import evaluate
from gpunet.evaluation.uncertainty import over_images, wilson
from gpunet.runs.folder import RunFolder
from gpunet.sweeps.members import Entry, Job

# Of a setting no more networks are asked, nor of all settings together: how they vary over images
# is known by then.
MOST_ASKED, MOST_IN_ALL = 100, 1000


def right_answers(folders: Sequence[RunFolder], device: Device, split: Split) -> HostArray:
    """Which images each network classifies correctly: bool (networks, samples).

    Raises:
        InputError: a model is missing or damaged, or does not take these images.
    """
    found = []
    for folder in folders:
        right = evaluate(folder.load_network(device), split).right
        assert right is not None
        found.append(right)
    return np.stack(found)


def with_images(
    job: Job, settings: Sequence[Mapping[str, Any]], entries: Mapping[int, Entry]
) -> list[dict[str, Any]]:
    """The settings of a population with `ci95_images`, the interval over test images.

    It is None where every network diverged, or the device has no memory left for it.

    Args:
        job: of the population.
        settings: as `result_of` gives them.
        entries: the lines of population.jsonl, by number.
    """
    each = len(entries) // len(settings)
    most = max(2, min(MOST_ASKED, MOST_IN_ALL // len(settings)))
    told = []
    for place, setting in enumerate(settings):
        of_it = (entries[number] for number in range(place * each, (place + 1) * each))
        good = [entry for entry in of_it if not entry["diverged"]]
        told.append({**setting, "ci95_images": interval_of(job, good[:most])})
    return told


def interval_of(job: Job, entries: Sequence[Entry]) -> list[float] | None:
    """The interval over test images of the mean of networks, of which the lines are given."""
    if len(entries) == 1:
        return list(wilson(entries[0]["correct"], entries[0]["total"]))
    if not entries:
        return None
    try:
        device = open_device(job.device) if isinstance(job.device, str) else job.device
        folders = [RunFolder.open(job.path / entry["folder"]) for entry in entries]
        return list(over_images(right_answers(folders, device, job.dataset.test)))
    except GpunetError:  # what was trained is whole, and is told without
        return None
