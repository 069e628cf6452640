"""A population's folder: its run.json, and the results found in its networks' folders."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gpunet.runs.description import POPULATION, describe_run, read_description
from gpunet.runs.folder import RunFolder
from gpunet.sweeps.members import Entry, Job, Member, find_entry


def describe_population(
    job: Job, first: Member, grid: Mapping[str, Sequence[Any]], networks: int
) -> dict[str, Any]:
    """What run.json says of a new population."""
    config, dataset = first.config, job.dataset
    network = config.network(dataset, seed=first.seed, dtype=job.dtype, device=job.device)
    alike = describe_run(network, dataset, config.training)
    return {
        "kind": POPULATION,
        "status": alike["status"],
        "grid": {name: list(values) for name, values in grid.items()},
        "networks": networks,
        "seed": first.seed,
        "dtype": job.dtype,
        **{key: alike[key] for key in ("data", "source", "versions", "started", "seconds")},
        "device": network.device.name,
        "engine": job.engine,
        "precision": network.device.precision,
    }


def open_population(path: Path) -> RunFolder | None:
    """The population in an existing folder, to be read; None if it holds a run.

    Raises:
        InputError: there is no run.json, or it is damaged or from a newer version.
    """
    folder = RunFolder(path, *read_description(path))
    return folder if folder.is_population else None


def find_entries(job: Job, members: Sequence[Member]) -> dict[int, Entry]:
    """The lines of the members that have finished, by number, read from their own folders."""
    found = {member.number: find_entry(job, member) for member in members}
    return {number: entry for number, entry in found.items() if entry}
