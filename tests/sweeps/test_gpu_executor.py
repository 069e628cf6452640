"""A population on a GPU: common launches, or many streams; ordinary run folders."""

import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpunet
from gpunet.backend.device import Device, Memory
from gpunet.core.errors import DeviceFailedError
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import MODEL
from gpunet.runs.run import Run
from gpunet.sweeps.executors import gpu as executor
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.members import Entry, Job, Member, Reports, find_entry, make_members
from gpunet.training.trainer import Trainer
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


STATE = (MODEL, "history.jsonl", "checkpoint.safetensors")
# A device whose blocks hold the smaller of the grid's networks, and not the larger.
SMALL_BLOCK = 5_000


class Roomy(PretendedGpu):
    """A pretended GPU with so much memory."""

    def __init__(self, free: int) -> None:
        super().__init__()
        self.free = free

    def memory(self) -> Memory:
        return Memory(self.free, self.free)


def find_members(job: Job) -> list[Member]:
    return make_members(job, GRID, networks=3, seed=4)


def run(job: Job, reports: Reports) -> None:
    run_members(job, [m for m in find_members(job) if find_entry(job, m) is None], reports)


def assert_single_runs(
    job: Job, members: Sequence[Member], entries: list[Entry], place: Path
) -> None:
    """Every member's folder, and its line, is that of a single run."""
    assert sorted(entry["number"] for entry in entries) == list(range(len(members)))
    assert isinstance(job.device, Device)
    for member in members:
        network = member.config.network(
            job.dataset, seed=member.seed, dtype=job.dtype, device=job.device
        )
        out, settings = place / str(member.number), member.config.training
        single = Run.start(network, job.dataset, settings, out, False, job.engine)
        assert single.train()
        for name in STATE:
            assert (out / name).read_bytes() == (job.path / member.folder / name).read_bytes()
        entry = next(entry for entry in entries if entry["number"] == member.number)
        assert entry["accuracy"] == single.folder.description["result"]["accuracy"]


@pytest.mark.parametrize("engine", ["fused", "graph", "eager"])
def test_members_at_once_leave_the_folders_of_single_runs(
    gpu: Device, few: Dataset, tmp_path: Path, engine: str
) -> None:
    entries: list[Entry] = []
    progress: list[float] = []
    job = Job(tmp_path / "population", few, "float32", gpu, engine)
    run(job, Reports(entries.append, progress.append))
    assert progress == sorted(progress)
    assert progress[-1] == 12
    assert_single_runs(job, find_members(job), entries, tmp_path / "single")


def test_those_too_large_for_the_fused_engine_go_over_streams(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, streamed = (
        note_members(monkeypatch, "SharedLaunch"),
        note_members(monkeypatch, "Streams"),
    )
    entries: list[Entry] = []
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(SMALL_BLOCK), "auto")
    run(job, Reports(entries.append, lambda done: None))
    assert {trainer.network.sizes for group in shared for trainer in group} == {(64, 9, 10)}
    assert [trainer.network.sizes for group in streamed for trainer in group] == [
        (64, 7, 5, 10)
    ] * 6
    assert_single_runs(job, find_members(job), entries, tmp_path / "single")


def note_members(monkeypatch: pytest.MonkeyPatch, kind: str) -> list[list[Trainer]]:
    """Those trained at once in that way, group by group."""
    groups: list[list[Trainer]] = []
    make = getattr(executor, kind)

    def note(trainers: Sequence[Trainer]) -> Any:
        groups.append(list(trainers))
        return make(trainers)

    monkeypatch.setattr(executor, kind, note)
    return groups


@pytest.mark.parametrize("engine", ["auto", "graph", "eager"])
def test_stopped_and_gone_on_with_ends_with_the_same_bytes(
    gpu: Device, few: Dataset, tmp_path: Path, engine: str
) -> None:
    whole, parts = (Job(tmp_path / name, few, "float32", gpu, engine) for name in ("a", "b"))
    run(whole, Reports(lambda entry: None, lambda done: None))

    reports = Reports(lambda entry: None, lambda done: None)

    def stop(done: float) -> None:
        reports.stopped_by = signal.SIGINT if done > 1 else None

    reports.on_progress = stop
    run(parts, reports)
    assert reports.stopped_by is not None
    assert any(find_entry(parts, member) is None for member in find_members(parts))
    run(parts, Reports(lambda entry: None, lambda done: None))

    for member in find_members(whole):
        for name in STATE:
            a, b = ((job.path / member.folder / name).read_bytes() for job in (whole, parts))
            assert a == b


@pytest.mark.parametrize("engine", ["fused", "graph"])
def test_a_member_that_diverges_is_told_and_the_others_finish(
    gpu: Device, few: Dataset, tmp_path: Path, engine: str
) -> None:
    grid = GRID | {"activation": ["linear"], "learning_rate": [0.001, 9.0], "hidden": [[9]]}
    entries: list[Entry] = []
    job = Job(tmp_path / "population", few, "float32", gpu, engine)
    members = make_members(job, grid | {"epochs": [20]}, networks=1, seed=0)
    run_members(job, members, Reports(entries.append, lambda done: None))
    assert [bool(entry["diverged"]) for entry in entries] == [False, True]


def test_each_has_a_stream_of_its_own_and_all_the_same_data(
    gpu: Device, few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = note_members(monkeypatch, "Streams")
    job = Job(tmp_path / "population", few, "float32", gpu, "graph")
    run(job, Reports(lambda entry: None, lambda done: None))
    for group in groups:
        devices = [trainer.network.device for trainer in group]
        assert len({id(device) for device in devices}) == len(group)
        assert len({id(device.hardware) for device in devices}) == 1
    assert sum(len(group) for group in groups) == 12


def test_no_more_go_at_once_than_there_are_streams(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "MAX_STREAMS", 4)
    groups = note_members(monkeypatch, "Streams")
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), "graph")
    run(job, Reports(lambda entry: None, lambda done: None))
    assert [len(group) for group in groups] == [4, 4, 4]


def test_no_more_go_at_once_than_memory_is_there_for(few: Dataset, tmp_path: Path) -> None:
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), "graph")
    alike = [member for member in find_members(job) if member.config.hidden == (9,)]
    data = sum(split.images.nbytes + 8 * len(split) for split in few.splits.values())
    enough_for_two = replace(job, device=Roomy(data + 5 * alike[0].needed // 2))
    groups = executor.groups_that_fit(enough_for_two, alike, most=8)
    assert [len(group) for group in groups] == [2, 2, 2]


class Mortal(PretendedGpu):
    """A pretended GPU that is lost after so many computations on one of its streams."""

    def __init__(self, computations: int) -> None:
        super().__init__()
        self.left = computations

    def computing(self, macs: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise DeviceFailedError("pretended failed: uncorrectable ECC error")
        return super().computing(macs)


@pytest.mark.parametrize("engine", ["fused", "graph", "eager"])
def test_a_lost_device_ends_in_one_line_and_the_population_goes_on(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.setattr("gpunet.runs.run.WRITE_INTERVAL", 0.0)
    path = tmp_path / "population"
    # Members that share launches share a computation for each epoch, too.
    lost = Job(path, few, "float32", Mortal(computations=2 if engine == "fused" else 11), engine)
    with pytest.raises(gpunet.GpunetError, match=rf"ECC error;.*--resume {path}$") as caught:
        run(lost, Reports(lambda entry: None, lambda done: None))
    assert caught.value.exit_status == 1
    assert any(path.glob("networks/*/checkpoint.safetensors"))
    entries: list[Entry] = []
    whole = replace(lost, device=PretendedGpu())
    found = [entry for member in find_members(whole) if (entry := find_entry(whole, member))]
    run(whole, Reports(entries.append, lambda done: None))
    assert_single_runs(whole, find_members(whole), found + entries, tmp_path / "single")


def test_members_of_a_device_without_streams_run_one_after_another(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = note_members(monkeypatch, "Streams")
    entries: list[Entry] = []
    device = PretendedGpu()
    device.supports_streams = False
    job = Job(tmp_path / "population", few, "float32", device, "eager")
    run(job, Reports(entries.append, lambda done: None))
    assert [entry["number"] for entry in entries] == list(range(12))
    assert groups == []


TRAITS: dict[str, dict[str, list[Any]]] = {
    "momentum": {"momentum": [0.0, 0.5]},
    "two momenta": {"momentum": [0.3, 0.5]},
    "batch size": {"batch_size": [10, 16]},
    "expand": {"expand": [False, True]},
    "hidden": {"hidden": [[9], [8]]},
    "activation": {"activation": ["sigmoid", "tanh"]},
    "cost": {"cost": ["quadratic", "cross-entropy"]},
    "epochs": {"epochs": [1, 2]},
    "l2": {"l2": [0.0, 1.0]},
    "two penalties": {"l2": [0.5, 1.0]},
    "schedule": {"schedule": ["constant", "exponential:0.5"]},
}


@pytest.mark.parametrize("trait", TRAITS)
def test_only_what_one_launch_can_train_shares_it(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trait: str
) -> None:
    """Whatever two networks differ in, each is the single run."""
    groups = note_members(monkeypatch, "SharedLaunch")
    grid: dict[str, list[Any]] = {"hidden": [[9]], "epochs": [1], "learning_rate": [0.5]}
    grid |= TRAITS[trait]
    job = Job(tmp_path / "population", few, "float32", PretendedGpu(), "fused")
    members = make_members(job, grid, networks=2, seed=4)
    entries: list[Entry] = []
    run_members(job, members, Reports(entries.append, lambda done: None))
    assert_single_runs(job, members, entries, tmp_path / "single")
    shared = trait in {"two momenta", "two penalties", "schedule"}
    assert [len(group) for group in groups] == ([4] if shared else [2, 2])


@pytest.mark.parametrize(
    ("members", "at_once", "largest"),
    [(1, 132, 1), (132, 132, 132), (133, 132, 67), (264, 132, 132), (300, 132, 100), (5, 2, 2)],
)
def test_groups_are_as_few_as_can_be_and_even(members: int, at_once: int, largest: int) -> None:
    assert executor.in_even_groups(members, at_once) == largest


def test_a_multiprocessor_trains_what_fits_into_it(few: Dataset, tmp_path: Path) -> None:
    device = PretendedGpu()
    for hidden, blocks in (([30], 2), ([9], 2)):  # 4 warps of at most 255 registers a thread
        job = Job(tmp_path / "population", few, "float32", device, "fused")
        (member,) = make_members(job, GRID | {"hidden": [hidden]}, networks=1, seed=0)[:1]
        assert member.at_once == blocks * 132
