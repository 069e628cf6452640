"""A population on a device with the fused engine: common launches, ordinary run folders."""

import signal
from pathlib import Path
from typing import Any

import pytest

from gpunet.datasets.dataset import Dataset
from gpunet.training.members import Entry, Job, find_entry, make_members
from gpunet.training.run_folder import MODEL
from gpunet.training.session import Session
from gpunet.training.workers import Reports, run_members
from tests.pretended_gpu import PretendedGpu

GRID: dict[str, list[Any]] = {
    "hidden": [[9], [7, 5]],
    "epochs": [2],
    "batch_size": [10],
    "learning_rate": [0.5, 1.0],
    "momentum": [0.0],
    "l2": [0.0],
    "cost": ["quadratic"],
    "activation": ["sigmoid"],
    "initializer": [None],
}


def run(job: Job, reports: Reports) -> None:
    members = make_members(job, GRID, networks=3, seed=4)
    run_members(job, [m for m in members if find_entry(job, m) is None], reports)


def test_members_side_by_side_leave_the_folders_of_single_runs(
    few: Dataset, tmp_path: Path
) -> None:
    entries: list[Entry] = []
    progress: list[float] = []
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), "fused")
    run(job, Reports(entries.append, progress.append))

    members = make_members(job, GRID, networks=3, seed=4)
    assert sorted(entry["number"] for entry in entries) == list(range(12))
    assert progress == sorted(progress)
    for member in members:
        network = member.setting.network(
            few, seed=member.seed, dtype="float32", device=PretendedGpu()
        )
        out = tmp_path / "single" / str(member.number)
        single = Session.start(network, few, member.setting.training, out, False, "fused")
        assert single.train(lambda record: None, lambda steps: None)
        for name in (MODEL, "history.jsonl", "checkpoint.safetensors"):
            assert (out / name).read_bytes() == (job.path / member.folder / name).read_bytes()
        entry = next(entry for entry in entries if entry["number"] == member.number)
        assert entry["accuracy"] == single.folder.description["result"]["accuracy"]


def test_stopped_and_gone_on_with_ends_with_the_same_bytes(few: Dataset, tmp_path: Path) -> None:
    whole, parts = (
        Job(tmp_path / name, few, "float32", PretendedGpu(), "auto") for name in ("a", "b")
    )
    run(whole, Reports(lambda entry: None, lambda done: None))

    reports = Reports(lambda entry: None, lambda done: None)

    def stop(done: float) -> None:
        reports.stopped_by = signal.SIGINT if done > 1 else None

    reports.on_progress = stop
    run(parts, reports)
    assert reports.stopped_by is not None
    run(parts, Reports(lambda entry: None, lambda done: None))

    for member in make_members(whole, GRID, networks=3, seed=4):
        a, b = ((job.path / member.folder / MODEL).read_bytes() for job in (whole, parts))
        assert a == b


def test_a_member_that_diverges_is_told_and_the_others_finish(few: Dataset, tmp_path: Path) -> None:
    grid = GRID | {"activation": ["linear"], "learning_rate": [0.001, 9.0], "hidden": [[9]]}
    entries: list[Entry] = []
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), "fused")
    members = make_members(job, grid | {"epochs": [20]}, networks=1, seed=0)
    run_members(job, members, Reports(entries.append, lambda done: None))
    assert [bool(entry["diverged"]) for entry in entries] == [False, True]


@pytest.mark.parametrize("engine", ["eager", "graph"])
def test_other_engines_run_one_after_another(few: Dataset, tmp_path: Path, engine: str) -> None:
    entries: list[Entry] = []
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), engine)
    grid = GRID | {"hidden": [[9]], "learning_rate": [1.0]}
    run_members(job, make_members(job, grid, 2, 0), Reports(entries.append, lambda done: None))
    assert [entry["number"] for entry in entries] == [0, 1]
