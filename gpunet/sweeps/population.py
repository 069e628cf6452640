"""A population: networks that differ in seed and hyper-parameters, trained and reported together.

Its folder holds a run.json of its own kind, written first; a complete run folder for each network
under networks/; and population.jsonl, a line for each finished network. As in a
run, nothing but run.json holds times.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from signal import Signals
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.core.files import write_atomically
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import LINES, source_of
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import WRITE_INTERVAL
from gpunet.runs.signals import watching_signals
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.folder import describe_population, find_entries
from gpunet.sweeps.grid import complete
from gpunet.sweeps.members import Entry, Job, Member, Reports, make_members
from gpunet.sweeps.statistics import result_of
from gpunet.training.fastest import Choice


class Population:
    """A population's folder, and its members.

    Attributes:
        folder: where it is; its description is run.json.
        members: all of them.
        entries: the lines of those that have finished, by number.
        stopped_by: the signal that ended training early, or None.
    """

    def __init__(self, folder: RunFolder, job: Job, members: Sequence[Member]) -> None:
        self.folder = folder
        self.job = job
        self.members = members
        self.entries: dict[int, Entry] = {}
        self.stopped_by: Signals | None = None
        self.written_at = time.monotonic()

    @classmethod
    def start(
        cls,
        grid: Mapping[str, Sequence[Any]],
        networks: int,
        seed: int,
        dtype: str,
        dataset: Dataset,
        device: Device,
        out: Path | None,
        overwrite: bool,
        engine: str = "auto",
        choice: Choice | None = None,
    ) -> "Population":
        """A new population. Its folder is made once everything else is known to be right.

        Args:
            grid: as `expand` takes it.
            networks: how many for each point of the grid.
            seed: of the first of them; the others count up from there.
            dtype, dataset, device, engine: for all networks.
            out, overwrite, choice: as for a run.

        Raises:
            InputError: there are too many, a point of the grid is invalid, or the folder is taken.
        """
        job = Job(out or Path(), dataset, dtype, device, engine)
        grid = complete(grid)
        members = make_members(job, grid, networks, seed)
        description = describe_population(job, members[0], grid, networks)
        if choice:
            description["choice"] = choice.to_json()
        folder = RunFolder.create(out, overwrite, description)
        return cls(folder, replace(job, path=folder.path), members)

    @classmethod
    def resume(
        cls,
        folder: RunFolder,
        dataset: Dataset,
        device: Device,
        engine: str = "auto",
        chosen: str | None = None,
    ) -> "Population":
        """A population that is resumed: members that have finished are not run again.

        Args:
            folder: from `RunFolder.claim`; its lock is released once the population has been
                trained, or if it cannot be.
            dataset: the data it was begun with.
            device, engine: may differ from before.
            chosen: as for a run.

        Raises:
            InputError: the data are not the same, its files are damaged, or nothing is missing.
        """
        path, description = folder.path, folder.description
        with folder.release_on_error():
            if dataset.digest != description["data"]["digest"]:
                raise InputError(
                    f"{path}: was trained on other data than {dataset.name!r} holds now; "
                    "name the same data with --data"
                )
            job = Job(path, dataset, description["dtype"], device, chosen or engine)
            # An option added after the population was started has its default.
            grid, networks, seed = (description[name] for name in ("grid", "networks", "seed"))
            try:
                members = make_members(job, grid, networks, seed)
            except InputError:
                if not chosen:
                    raise
                job = replace(job, engine=engine)
                members = make_members(job, grid, networks, seed)
            population = cls(folder, job, members)
            population.entries = find_entries(job, members)
            if len(population.entries) == len(members) and description["status"] == "finished":
                raise InputError(f"{path}: all of its {len(members):,} networks are finished")
        description |= {"device": device.name, "engine": job.engine, "precision": device.precision}
        description["source"] = source_of(dataset)
        return population

    def train(
        self,
        on_entry: Callable[[Entry], None],
        on_progress: Callable[[float], None],
        board: Path | None = None,
    ) -> bool:
        """Train what is missing, writing as it goes; False if stopped before the end.

        The first Ctrl-C or SIGTERM finishes the current steps, writes their states and sets
        `stopped_by`; a second one ends at once. The folder's lock is released at the end.

        Args:
            on_entry: called for each network that finishes.
            on_progress: called with the number of missing networks done, fractions included.
            board: where TensorBoard's files of each network get a folder, if they are wanted.

        Raises:
            GpunetError: a network could not be trained; what was written before is intact.
        """

        def keep(entry: Entry) -> None:
            self.entries[entry["number"]] = entry
            if time.monotonic() - self.written_at > WRITE_INTERVAL:
                self.write_entries()
            on_entry(entry)

        reports = Reports(keep, on_progress)
        began = time.perf_counter()
        missing = [member for member in self.members if member.number not in self.entries]
        with self.folder:
            with watching_signals(reports):
                self.folder.note("running")
                try:
                    run_members(replace(self.job, board=board), missing, reports)
                except BaseException:
                    self.write_entries()
                    self.folder.note("interrupted", time.perf_counter() - began)
                    raise
                self.write_entries()
            seconds = time.perf_counter() - began
            if len(self.entries) < len(self.members):
                self.stopped_by = reports.stopped_by
                self.folder.note("interrupted", seconds)
                return False
            self.stopped_by = None
            self.folder.note("finished", seconds, result=result_of(self.members, self.entries))
            return True

    def write_entries(self) -> None:
        """Write population.jsonl, in order of number."""
        lines = [json.dumps(self.entries[number]) + "\n" for number in sorted(self.entries)]
        with self.folder.writing():
            write_atomically(self.folder.path / LINES, "".join(lines).encode())
        self.written_at = time.monotonic()
