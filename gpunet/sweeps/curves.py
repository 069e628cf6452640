"""Accuracy and cost over the epochs: of a run, or of a population's networks together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.options import show_value
from gpunet.runs.description import NETWORKS, RUN
from gpunet.runs.folder import RunFolder
from gpunet.runs.progress import read_history
from gpunet.sweeps.folder import open_population
from gpunet.sweeps.listing import options_of_run
from gpunet.training.history import History

# A cost that is larger is drawn as this one, whose square is still a number.
LARGEST = 1e100


@dataclass(frozen=True)
class Band:
    """A figure over the epochs, averaged over networks.

    Attributes:
        epochs: (n,), counted from 1.
        mean: (n,).
        deviation: (n,), the sample standard deviation; 0 where there is one network.
    """

    epochs: HostArray
    mean: HostArray
    deviation: HostArray


@dataclass(frozen=True)
class Curves:
    """What is drawn of one run, or of the networks of one setting.

    Attributes:
        name: the folder's, and the setting where there are several.
        cost_name: of the cost function.
        networks: how many are averaged.
        accuracy, cost: on the validation split; accuracies are fractions.
    """

    name: str
    cost_name: str
    networks: int
    accuracy: Band
    cost: Band


def curves_of(path: Path) -> list[Curves]:
    """The curves in a folder: one of a run, one for each setting of a population.

    Raises:
        InputError: it is neither, is damaged, or no epoch has been recorded yet.
    """
    population = open_population(path)
    folders = (
        [RunFolder.open(run.parent) for run in sorted((path / NETWORKS).glob(f"*/{RUN}"))]
        if population
        else [RunFolder.open(path)]
    )
    varied = (
        {name for name, values in population.description["grid"].items() if len(values) > 1}
        if population
        else set()
    )
    by_setting: dict[str, list[History]] = {}
    costs: dict[str, str] = {}
    for folder in folders:
        if history := read_history(folder.path):
            setting = "".join(f", {each}" for each in name_setting(folder, varied))
            by_setting.setdefault(f"{path}{setting}", []).append(history)
            costs[f"{path}{setting}"] = folder.description["network"]["cost"]
    if not by_setting:
        raise InputError(f"{path}: no epoch has been recorded yet; wait for the first")
    return [curves(name, costs[name], histories) for name, histories in by_setting.items()]


def name_setting(folder: RunFolder, varied: set[str]) -> list[str]:
    """The options that a population varies, as one of its networks has them."""
    options = options_of_run(folder.description)
    return [f"{n.replace('_', ' ')} {show_value(v)}" for n, v in options.items() if n in varied]


def curves(name: str, cost_name: str, histories: Sequence[History]) -> Curves:
    """The curves of one or more histories that are averaged."""
    bands = [
        average([[(r.epoch, getattr(r, figure)) for r in history] for history in histories])
        for figure in ("accuracy", "cost")
    ]
    return Curves(name, cost_name, len(histories), *bands)


def average(rows: Sequence[Sequence[tuple[int, float | None]]]) -> Band:
    """Mean and deviation in every epoch, over the networks that were measured in it."""
    longest = max((epoch for row in rows for epoch, _ in row), default=0)
    values = np.full((len(rows), longest), np.nan)
    for network, row in enumerate(rows):
        for epoch, value in row:
            if value is not None:
                values[network, epoch - 1] = min(max(value, 0.0), LARGEST)
    measured = np.flatnonzero(np.isfinite(values).any(axis=0))
    return Band(measured + 1, *mean_and_deviation(values[:, measured]))


def mean_and_deviation(values: HostArray) -> tuple[HostArray, HostArray]:
    """Of each column of values (networks, n) with NaN where one was not measured: both (n,).

    The deviation is that of a sample; 0 where one network was measured. Of each column at least
    one was.
    """
    mean = np.nanmean(values, axis=0)
    others = np.isfinite(values).sum(axis=0) - 1
    return mean, np.sqrt(np.nansum((values - mean) ** 2, axis=0) / np.maximum(others, 1))
