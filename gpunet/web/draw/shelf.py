"""The networks that a page offers: those named, those in runs/, and the one that comes along."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gpunet.backend.device import Device
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.pictures import Style
from gpunet.evaluation.committee import Committee
from gpunet.evaluation.probe import Probe
from gpunet.nn.outputs import to_probabilities
from gpunet.runs.description import RUN
from gpunet.serialization.shipped import SHIPPED
from gpunet.sweeps.named import Runs, open_runs

# Where `gpunet train` puts its runs unless it is told otherwise.
RUNS = Path("runs")
# How many networks are kept loaded.
MOST_LOADED = 8


class Shown:
    """A run's network, ready to be asked; of a committee, every one.

    Attributes:
        name: the run as it was named.
        style: of the images that it takes.
        classes: the names of its classes.
        layers: those of the network, of a committee those of the first.
        trained: what its run.json says.
        several: whether a photograph may show several samples: handwriting, each class a letter.
        probes: one for each network.
    """

    def __init__(self, name: str, runs: Runs, device: Device) -> None:
        loaded = runs.load(device)
        networks = loaded.networks if isinstance(loaded, Committee) else [loaded]
        self.name = name
        self.style: Style = runs.style
        self.classes = runs.classes
        self.several = all(len(label) == 1 for label in runs.classes)
        self.probes = [Probe(network) for network in networks]
        self.layers = self.probes[0].layers
        self.trained = runs.folders[0].description

    def look(self, pixels: HostArray) -> tuple[HostArray, list[HostArray]]:
        """The probability of each class for an image (n_in,), and what every layer makes of it.

        Raises:
            InputError: that is not finite.
        """
        seen = [probe.look(pixels) for probe in self.probes]
        for layers in seen:
            self.refuse_diverged(*layers)
        shares = [to_probabilities(np, layers[-1]) for layers in seen]
        return np.mean(shares, axis=0), seen[0]

    def read(self, images: HostArray) -> HostArray:
        """The probability of each class for images (n, n_in): (n, classes).

        Raises:
            InputError: one is not finite.
        """
        networks = [probe.network for probe in self.probes]
        outputs = [network.feedforward(images) for network in networks]
        self.refuse_diverged(*outputs)
        probabilities: HostArray = np.mean([to_probabilities(np, each) for each in outputs], axis=0)
        return probabilities

    def refuse_diverged(self, *values: HostArray) -> None:
        """Raises an InputError where these are not finite."""
        if not all(np.isfinite(each).all() for each in values):
            raise InputError(f"{self.name}: the network diverged; choose another")


class Shelf:
    """The runs on offer, by the number that a page knows each by, loaded when they are asked for.

    Only what is on the list is ever opened, whatever a page asks for.

    Args:
        named: the runs named on the command line, which come first.
        device: where they compute.

    Raises:
        InputError: a named one cannot be loaded.
    """

    def __init__(self, named: Sequence[Path], device: Device) -> None:
        self.device = device
        self.paths = list(named) or [Path(SHIPPED)]
        self.loaded: dict[int, Shown] = {}
        for number in range(len(self.paths)):
            self.load(number)

    def look_around(self) -> list[str]:
        """The name of every run on offer, with those that have come into runs/ since."""
        found = sorted((run.parent for run in RUNS.glob(f"*/{RUN}")), key=age)
        self.paths += [path for path in (*found, Path(SHIPPED)) if path not in self.paths]
        return [written(path) for path in self.paths]

    def load(self, number: int) -> Shown:
        """A run as it is now on disk.

        Raises:
            InputError: it cannot be loaded, or there is no such number.
        """
        if not 0 <= number < len(self.paths):
            raise InputError(f"there is no network {number} here; load the page again")
        path = self.paths[number]
        self.loaded.pop(number, None)
        while len(self.loaded) >= MOST_LOADED:
            del self.loaded[next(iter(self.loaded))]
        self.loaded[number] = Shown(written(path), open_runs([path]), self.device)
        return self.loaded[number]

    def get(self, number: int) -> Shown:
        """A run, as it was when it was loaded.

        Raises:
            InputError: as `load`.
        """
        return self.loaded.get(number) or self.load(number)


def age(path: Path) -> float:
    """Of two runs the newer has the smaller one."""
    try:
        return -(path / RUN).stat().st_mtime
    except OSError:
        return 0.0


def written(path: Path) -> str:
    """A path in characters that every page can show."""
    return str(path).encode("utf-8", "replace").decode()
