"""Runs named on the command line: one network, or a committee of several."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.core.words import typed
from gpunet.datasets.readers.pictures import Style
from gpunet.evaluation.committee import Committee
from gpunet.nn.network import Network
from gpunet.runs.description import NETWORKS, RUN, style_of
from gpunet.runs.folder import RunFolder
from gpunet.serialization.shipped import is_shipped, shipped_run
from gpunet.sweeps.folder import open_population


class Runs(NamedTuple):
    """One run, or several that form a committee.

    Attributes:
        folders: the run folder of each network.
        style: of the images that all of them take.
        classes: the names of their classes.
        is_committee: whether they are a committee: not just one run, named by itself.
    """

    folders: list[RunFolder]
    style: Style
    classes: list[str]
    is_committee: bool

    def load(self, device: Device) -> Network | Committee:
        """The network, or all of them as a committee, on a device.

        Raises:
            InputError: a model is missing, damaged, or another run's.
        """
        networks = [folder.load_network(device) for folder in self.folders]
        return Committee(networks) if self.is_committee else networks[0]


def open_runs(paths: Sequence[Path]) -> Runs:
    """The runs in some folders; a population counts as its networks that did not diverge.

    Args:
        paths: one or more; the name of the network that comes with the package is one too.

    Raises:
        InputError: one is not a run, is damaged, named twice, or takes other images than the first.
    """
    folders = []
    paths = [shipped_run() if is_shipped(path) else path for path in paths]
    for path in paths:
        population = open_population(path)
        folders += members_of(population) if population else [RunFolder.open(path)]
    style, classes = style_of(folders[0].description)
    seen = set()
    for folder in folders:
        if (place := folder.path.resolve()) in seen:
            raise InputError(f"{folder.path}: named twice; name each run once")
        seen.add(place)
        check_alike(folders[0], folder)
    return Runs(folders, style, classes, [folder.path for folder in folders] != paths[:1])


def open_one_setting(path: Path) -> Runs:
    """The run in a folder, or the networks of a population that differ in nothing but their seeds.

    Raises:
        InputError: as `open_runs`, or the networks of a population differ in more.
    """
    runs = open_runs([path])
    if runs.is_committee and (population := open_population(path)):
        varied = [name for name, each in population.description["grid"].items() if len(each) > 1]
        if varied:
            raise InputError(
                f"{path}: holds networks of several settings, which differ in "
                f"{', '.join(varied)}; name networks of one setting"
            )
    return runs


def members_of(population: RunFolder) -> list[RunFolder]:
    """The runs of a population's networks, except those that diverged.

    Raises:
        InputError: some are not trained yet, or all diverged.
    """
    path, asked = population.path, population.description
    total = asked["networks"] * prod(len(values) for values in asked["grid"].values())
    found = [RunFolder.open(run.parent) for run in sorted((path / NETWORKS).glob(f"*/{RUN}"))]
    finished = [folder for folder in found if folder.description["status"] == "finished"]
    diverged = [folder for folder in found if folder.description["status"] == "diverged"]
    if missing := total - len(finished) - len(diverged):
        raise InputError(
            f"{path}: {missing:,} of its {total:,} networks are not trained yet; "
            f"resume with: gpunet train --resume {typed(path)}"
        )
    if not finished:
        raise InputError(f"{path}: every network diverged; try a smaller learning rate")
    return finished


def check_alike(one: RunFolder, other: RunFolder) -> None:
    """Raise InputError unless two runs take images of one kind, of the same classes."""
    for known, found in zip(kind_of(one), kind_of(other), strict=True):
        if known != found:
            raise InputError(
                f"{other.path} was trained on {found}, {one.path} on {known}: they cannot form "
                "a committee; name runs trained on images of one kind"
            )


def kind_of(folder: RunFolder) -> tuple[str, ...]:
    """What the runs of a committee must have in common, in words."""
    style, classes = style_of(folder.description)
    height, width = style.shape
    return (
        f"images of {height} × {width} pixels",
        f"pixels up to {style.max_pixel}",
        f"digits {style.box} pixels long",
        f"the classes {', '.join(classes)}",
    )
