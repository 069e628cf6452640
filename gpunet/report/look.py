"""A closer look at the networks of a run: loaded, and shown the test images if those are found."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gpunet.backend.device import Device
from gpunet.core.errors import GpunetError, InputError
from gpunet.core.words import count
from gpunet.datasets.dataset import Dataset
from gpunet.nn.network import Network
from gpunet.report.findings import Findings, examine
from gpunet.report.subject import Subject
from gpunet.runs.description import style_of
from gpunet.runs.folder import RunFolder

# Of a population no more are loaded; its curves and its figures are of all.
MOST_NETWORKS = 50

# Loads the data that a run was trained on.
Loader = Callable[[RunFolder], Dataset]


@dataclass
class Look:
    """What was seen.

    Attributes:
        network: the first of the networks; None if none could be loaded.
        findings, dataset: None where the test images could not be had, or not be shown.
        notes: whole sentences on what is missing, and why.
    """

    network: Network | None = None
    findings: Findings | None = None
    dataset: Dataset | None = None
    notes: list[str] = field(default_factory=list)


def look_at(subject: Subject, device: Device, load: Loader) -> Look:
    """Load the networks of a subject that are shown, and show them the test images."""
    look = Look()
    networks = load_networks(subject, device, look.notes)
    if not networks:
        return look
    look.network = networks[0]
    try:
        dataset = load(subject.folder)
        check_data(subject.folder, dataset, look.notes)
        look.findings = examine(networks, dataset.test)
    except (GpunetError, OSError) as error:
        look.notes.append(
            f"The test images could not be had, so what the network makes of them is left out: "
            f"{error}."
        )
    else:
        look.dataset = dataset
    return look


def load_networks(subject: Subject, device: Device, notes: list[str]) -> list[Network]:
    """The networks that are looked at: of several, those that did not diverge."""
    several = subject.folder.is_population
    trained = [t for t in subject.shown.networks if not (several and t.diverged)]
    networks: list[Network] = []
    for each in trained[:MOST_NETWORKS]:
        try:
            networks.append(each.folder.load_network(device))
        except InputError as error:
            if not several:
                notes.append(f"There is no network to look at: {error}.")
    if several and not networks:
        notes.append("There is no network to look at yet: none has been written that is whole.")
    if len(trained) > MOST_NETWORKS:
        shown = count(MOST_NETWORKS, "network")
        notes.append(f"What follows is of the first {shown} of {len(trained):,}.")
    return networks


def check_data(folder: RunFolder, dataset: Dataset, notes: list[str]) -> None:
    """Raise InputError if a run's network was trained on other pixels; note if on other images."""
    style, _ = style_of(folder.description)
    if dataset.max_pixel != style.max_pixel:
        raise InputError(
            f"{dataset.name} has pixels up to {dataset.max_pixel}, and the network was trained on "
            f"pixels up to {style.max_pixel}"
        )
    if dataset.digest != folder.description["data"]["digest"]:
        notes.append(
            f"What follows is of {dataset.name} as it is now; the network was trained on other "
            "images than it holds."
        )
