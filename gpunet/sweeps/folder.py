"""A population's folder: what its run.json says, and what is found of its networks."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError
from gpunet.runs.folder import (
    LINES,
    POPULATION,
    RUN,
    RunFolder,
    is_population,
    read_description,
)
from gpunet.runs.run import describe_run
from gpunet.serialization.tensors import FORMAT
from gpunet.sweeps.members import Entry, Job, Member, find_entry

# What a population is asked for, and the type of each.
ASKED = {"kind": str, "grid": dict, "networks": int, "seed": int, "dtype": str, "data": dict}


def describe_population(
    job: Job, first: Member, grid: Mapping[str, Sequence[Any]], networks: int
) -> dict[str, Any]:
    """What run.json says of a new population."""
    setting, dataset = first.setting, job.dataset
    network = setting.network(dataset, seed=first.seed, dtype=job.dtype, device=job.device)
    alike = describe_run(network, dataset, setting.training)
    asked = {
        "kind": POPULATION,
        "grid": {name: list(values) for name, values in grid.items()},
        "networks": networks,
        "seed": first.seed,
        "dtype": job.dtype,
        "data": alike["data"],
    }
    launch = {"device": network.device.name, "engine": job.engine}
    launch["precision"] = network.device.precision
    told = {key: alike[key] for key in ("versions", "started", "seconds")}
    return {"identity": identify_population(asked), "status": "new", **asked, **launch, **told}


def identify_population(description: dict[str, Any]) -> str:
    """A digest of what a population was asked for."""
    asked = {key: description[key] for key in ASKED}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def open_population(path: Path) -> RunFolder | None:
    """The population in an existing folder; None if it holds something else.

    Raises:
        InputError: there is no run.json, or it is damaged or from a newer version.
    """
    description, place = read_description(path), path / RUN
    if not is_population(description):
        return None
    if not isinstance(description.get("format"), int):
        raise InputError(f"{place}: damaged: 'format' is missing")
    if description["format"] > FORMAT:
        raise InputError(f"{place}: written by a newer gpunet; update gpunet")
    for key, kind in ASKED.items():
        if not isinstance(description.get(key), kind):
            raise InputError(f"{place}: damaged: {key!r} is missing")
    if description.get("identity") != identify_population(description):
        raise InputError(f"{place}: damaged or edited: its contents do not match their checksum")
    return RunFolder(path, description)


def find_entries(job: Job, members: Sequence[Member]) -> dict[int, Entry]:
    """The lines of the members that have come to their end, by number.

    A network's own folder says whether it has finished. Only that one has diverged must be looked
    up in population.jsonl; if it was not written any more, the network diverges once again.
    """
    recorded = {entry.get("number"): entry for entry in read_entries(job.path / LINES)}
    entries = {}
    for member in members:
        entry = find_entry(job, member)
        if entry is None and (told := recorded.get(member.number)) and told.get("diverged"):
            entry = member.entry(None, diverged=str(told["diverged"]))
        if entry:
            entries[member.number] = entry
    return entries


def read_entries(path: Path) -> list[Entry]:
    """The lines of population.jsonl, if it is there.

    Raises:
        InputError: it is damaged.
    """
    try:
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        lines = [None]
    if not all(isinstance(line, dict) and isinstance(line.get("number"), int) for line in lines):
        raise InputError(f"{path}: damaged; remove it: what it says can be found out again")
    return lines
