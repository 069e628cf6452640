"""However members are run: a stop is heard, a failure ends it, and progress is true."""

import sys
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest

import gpunet
from gpunet.backend.device import Device, Memory
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import RUN
from gpunet.runs.lock import Lock
from gpunet.sweeps.executors import choose, gpu, processes
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.members import Entry, Job, Member, Reports, make_members
from tests.backends import open_gpu
from tests.pretended_gpu import PretendedGpu

# How members are run, by the device and the engine that ask for it, and by the cores there are.
WAYS: dict[str, tuple[Any, str, int]] = {
    "in turn": (lambda: gpunet.open_device("cpu"), "eager", 1),
    "processes": (lambda: gpunet.open_device("cpu"), "eager", 2),
    "streams": (PretendedGpu, "graph", 2),
    "shared launches": (PretendedGpu, "fused", 2),
    "streams of cuda": (lambda: open_gpu("cuda"), "graph", 2),
    "shared launches of cuda": (lambda: open_gpu("cuda"), "fused", 2),
}


@pytest.fixture(
    params=[pytest.param(way, marks=pytest.mark.cuda) if "cuda" in way else way for way in WAYS]
)
def job(
    request: pytest.FixtureRequest, few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Job:
    """A job that is done in each way, at most two members at once."""
    make_device, engine, cores = WAYS[request.param]
    monkeypatch.setattr(choose, "cores", lambda: cores)
    monkeypatch.setattr(gpu, "MAX_STREAMS", 2)
    monkeypatch.setattr(gpu, "in_even_groups", lambda members, at_once: 2)
    return Job(tmp_path / "population", few, "float32", make_device(), engine)


def members_of(job: Job, epochs: int) -> list[Member]:
    return make_members(job, {"hidden": [[9]], "epochs": [epochs]}, networks=6, seed=4)


def begun(job: Job, members: list[Member]) -> int:
    """How many have a run folder."""
    return sum((job.path / member.folder / RUN).exists() for member in members)


def test_progress_counts_the_networks_that_are_done(job: Job) -> None:
    progress: list[float] = []
    entries: list[Entry] = []
    run_members(job, members_of(job, 2), Reports(entries.append, progress.append))
    assert len(entries) == progress[-1] == max(progress) == 6


def test_once_stopped_no_other_network_is_begun(job: Job) -> None:
    members = members_of(job, 2)
    reports = Reports(lambda entry: stop(), lambda done: None)

    def stop() -> None:
        reports.stopped_by = SIGTERM

    run_members(job, members, reports)
    # Beside the first two, a third may have been handed to the process that was done first.
    assert begun(job, members) <= 3


def test_a_stop_is_heard_in_the_middle_of_a_network(job: Job) -> None:
    if job.engine == "eager" and vars(choose)["cores"]() == 1:
        pytest.skip("one after another, it is the run itself that hears the signal")
    members = members_of(job, 20_000)  # which would take a minute
    entries: list[Entry] = []
    reports = Reports(entries.append, lambda done: None)

    def stop(done: float) -> None:
        reports.stopped_by = SIGTERM if done > 0 else None

    reports.on_progress = stop
    run_members(job, members, reports)
    assert entries == []
    assert 1 <= begun(job, members) <= 2


def test_a_network_is_locked_as_long_as_it_is_trained(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.GRACE_PERIOD", 0.0)
    monkeypatch.setattr(processes, "POLL_INTERVAL", 0.01)
    members = members_of(job, 300)[:2]
    first, reports = job.path / members[0].folder, Reports(lambda entry: None, lambda done: None)

    def look(done: float) -> None:
        if 0 < done < 1 and reports.stopped_by is None:
            with pytest.raises(gpunet.InputError, match="trained by another process"):
                Lock(first)
            reports.stopped_by = SIGTERM

    reports.on_progress = look
    run_members(job, members, reports)
    assert reports.stopped_by, "it was never looked at"
    Lock(first).release()


@pytest.mark.skipif(sys.platform != "linux", reason="a forked worker has what is patched here")
def test_once_one_has_failed_no_other_is_handed_out(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: Any, member: Member, keep_going: Any) -> None:
        (tmp_path / f"tried {member.number}").touch()
        raise MemoryError

    monkeypatch.setattr(choose, "cores", lambda: 2)
    monkeypatch.setattr(processes, "train_member", fail)
    job = Job(tmp_path / "population", few, "float32", gpunet.open_device("cpu"))
    with pytest.raises(gpunet.GpunetError, match="MemoryError"):
        run_members(job, members_of(job, 2), Reports(lambda entry: None, lambda done: None))
    assert {path.name for path in tmp_path.glob("tried *")} <= {"tried 0", "tried 1"}


class Roomy(PretendedGpu):
    """A device with so much memory; 0 if it does not say."""

    def __init__(self, free: int) -> None:
        super().__init__()
        self.free = free

    def memory(self) -> Memory:
        return Memory(self.free, self.free)


def sizes_of_groups(few: Dataset, device: Device) -> list[int]:
    """How many of six members go at once."""
    job = Job(Path(), few, "float32", device, "graph")
    members = members_of(Job(Path(), few, "float32", PretendedGpu(), "graph"), 2)
    return [len(group) for group in gpu.groups_that_fit(job, members, most=8)]


def test_the_data_take_their_part_of_the_memory(few: Dataset) -> None:
    member = members_of(Job(Path(), few, "float32", PretendedGpu(), "graph"), 2)[0]
    data = sum(split.images.nbytes + 8 * len(split) for split in few.splits.values())
    assert sizes_of_groups(few, Roomy(data + 3 * member.needed)) == [3, 3]
    assert sizes_of_groups(few, Roomy(data + 3 * member.needed - 1)) == [2, 2, 2]


def test_streams_take_their_part_of_the_memory(few: Dataset) -> None:
    members = members_of(Job(Path(), few, "float32", PretendedGpu(), "graph"), 2)
    data = sum(split.images.nbytes + 8 * len(split) for split in few.splits.values())

    def streams(free: int) -> int:
        device = Roomy(free)
        device.sibling_bytes = 1000
        return gpu.streams_that_fit(Job(Path(), few, "float32", device, "graph"), members)

    three = data + 3 * members[0].needed + 2 * 1000
    assert [streams(free) for free in (three, three - 1, data, 0)] == [3, 2, 1, 6]


def test_where_the_device_does_not_say_all_go_at_once(few: Dataset) -> None:
    assert sizes_of_groups(few, Roomy(0)) == [6]
