"""What a report is about: runs and populations, finished or still in training, as read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gpunet.core.options import show_value
from gpunet.evaluation.uncertainty import wilson
from gpunet.report.settings import config_of, grid_of, spoken
from gpunet.runs.config import RunConfig
from gpunet.runs.description import NETWORKS, RUN
from gpunet.runs.folder import RunFolder
from gpunet.runs.progress import read_history, result_of, state_of
from gpunet.sweeps.folder import open_population
from gpunet.sweeps.grid import expand
from gpunet.sweeps.statistics import Summary, summarise
from gpunet.training.history import History


@dataclass(frozen=True)
class Trained:
    """One network: its run folder, and the epochs that it has recorded."""

    folder: RunFolder
    history: History

    @property
    def accuracy(self) -> float | None:
        """On the test split; None before it has finished."""
        return self.result["accuracy"] if self.result else None

    @property
    def result(self) -> dict[str, Any] | None:
        """What run.json says of the test split; None before it has finished, or if forged."""
        return result_of(self.folder.description)

    @property
    def seed(self) -> int:
        """That of its network."""
        return int(self.folder.description["seed"])

    @property
    def diverged(self) -> bool:
        """Whether its training diverged."""
        return bool(self.folder.description["status"] == "diverged")


@dataclass(frozen=True)
class Series:
    """The networks of one setting, which differ in their seeds; or one network.

    Attributes:
        label: what tells it from the others of the report.
        config: the setting.
        networks: those that have begun.
        asked: how many there will be.
    """

    label: str
    config: RunConfig
    networks: list[Trained]
    asked: int

    @property
    def summary(self) -> Summary:
        """Of the accuracies on the test split; for one network with Wilson's interval."""
        results = [each.result for each in self.networks if each.result]
        summary = summarise([result["accuracy"] for result in results])
        if summary.n != 1:
            return summary
        return replace(summary, ci95=wilson(results[0]["correct"], results[0]["total"]))

    @property
    def last(self) -> float | None:
        """The mean accuracy on the validation split after each network's last epoch."""
        found = [each.history[-1].accuracy for each in self.networks if each.history]
        return summarise([value for value in found if value is not None]).mean


@dataclass(frozen=True)
class Subject:
    """A run, or a population, that was named.

    Attributes:
        name: as it was named.
        folder: its own.
        series: one, or several where a population varies an option.
    """

    name: str
    folder: RunFolder
    series: list[Series]

    @property
    def state(self) -> str:
        """What run.json says, unless the process that trained is gone without a word."""
        return state_of(self.folder.path, self.folder.description)

    @cached_property
    def shown(self) -> Series:
        """The series whose networks are looked at: that of the best validation accuracy."""
        return max(self.series, key=lambda series: series.last or 0.0)

    @property
    def begun(self) -> list[Trained]:
        """All networks that have begun."""
        return [each for series in self.series for each in series.networks]


def open_subjects(paths: Sequence[Path]) -> list[Subject]:
    """The runs and populations in some folders.

    Raises:
        InputError: one is not a run, or is damaged.
    """
    paths = list(dict.fromkeys(paths))
    return [open_subject(path, f"{path}: " if len(paths) > 1 else "") for path in paths]


def open_subject(path: Path, before: str) -> Subject:
    """The run or population in a folder; `before` stands before the label of a setting."""
    name = str(path)
    if (folder := open_population(path)) is None:
        folder = RunFolder.open(path)
        networks = [Trained(folder, read_history(path))]
        return Subject(name, folder, [Series(name, config_of(folder.description), networks, 1)])
    grid, asked = grid_of(folder.description), folder.description["networks"]
    named = [option for option, values in grid.items() if len(values) > 1]
    configs = expand(grid)
    found: list[list[Trained]] = [[] for _ in configs]
    for run in sorted((path / NETWORKS).glob(f"*/{RUN}")):
        member = RunFolder.open(run.parent)
        number = int(run.parent.name) if run.parent.name.isdecimal() else -1
        if 0 <= number < asked * len(configs):
            found[number // asked].append(Trained(member, read_history(run.parent)))
    series = []
    for config, networks in zip(configs, found, strict=True):
        values = config.to_json()
        setting = ", ".join(f"{spoken(option)} {show_value(values[option])}" for option in named)
        series.append(Series(before + setting if setting else name, config, networks, asked))
    return Subject(name, folder, series)
