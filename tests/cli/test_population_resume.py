"""Many networks that are stopped, killed or fail, at any moment, end as if they had not been."""

import json
import os
import resource
import signal
import time
from itertools import count
from pathlib import Path

import pytest

from gpunet.runs.run import Run
from tests.cli.running import finish, gpunet, on_cuda, population_state, start
from tests.cli.test_resume import KILLED_AT

LONG = ("train", "--networks", 4, "--epochs", 10, "--batch-size", 5, "--momentum", 0.5)
CORES = "from gpunet.sweeps.executors import choose, processes\nchoose.cores = lambda: {cores}\n"
# Between steps it waits, so that there is time to stop it in the middle of a network.
SLOWLY = """
import time
quick = processes.train_member
def slow(run, member, keep_going):
    return quick(run, member, lambda done: time.sleep(0.001) or keep_going(done))
choose.train_member = processes.train_member = slow
"""


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a population leaves behind that nobody interrupts."""
    run = tmp_path_factory.mktemp("long") / "run"
    assert gpunet(*LONG, "--out", run).status == 0
    return population_state(run)


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_stops_them_and_they_go_on(
    tmp_path: Path, long_run: dict[str, bytes], cores: int, number: signal.Signals, status: int
) -> None:
    run = tmp_path / "run"
    # As a terminal does, send it to every process of the group.
    code = CORES.format(cores=cores) + SLOWLY
    process = start(*LONG, "--out", run, code=code, start_new_session=True)
    wait_for_first_network(run)
    os.killpg(process.pid, number)
    stopped = finish(process)
    assert stopped.status == status
    assert stopped.complaint.endswith(f"resume with: gpunet train --resume {run}")
    assert "of 4 networks done" in stopped.complaint
    assert json.loads((run / "run.json").read_text())["status"] == "interrupted"
    resumed = gpunet("train", "--resume", run)
    assert resumed.status == 0
    assert f"resuming {run}: " in resumed.out
    assert population_state(run) == long_run


def wait_for_first_network(run: Path) -> None:
    """Until one network has left its checkpoint."""
    end = time.monotonic() + 30
    while not any(run.glob("networks/*/checkpoint.safetensors")):
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("cores", [1, 2])
def test_killed_with_its_workers_it_goes_on(
    tmp_path: Path, long_run: dict[str, bytes], cores: int
) -> None:
    run = tmp_path / "run"
    process = start(*LONG, "--out", run, code=CORES.format(cores=cores) + SLOWLY)
    wait_for_first_network(run)
    process.kill()
    # Its workers hold the pipes; that they are closed shows that they have ended by themselves.
    assert finish(process).status == -signal.SIGKILL
    assert gpunet("train", "--resume", run).status == 0
    assert population_state(run) == long_run


@on_cuda
@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_networks_trained_at_once_are_stopped_and_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    run, epochs = tmp_path / "run", count(1)
    options = ("--networks", 3, "--epochs", 3, "--hidden", 12, "--hidden", "9,8", "--momentum", 0.5)
    assert gpunet("train", *options, "--engine", engine, "--out", tmp_path / "whole").status == 0

    def interrupt(self: Run) -> None:
        if next(epochs) == 5:  # of eighteen
            signal.raise_signal(signal.SIGINT)
        after_epoch(self)

    after_epoch = Run.after_epoch
    with monkeypatch.context() as patch:
        patch.setattr(Run, "after_epoch", interrupt)
        stopped = gpunet("train", *options, "--engine", engine, "--out", run)
    assert stopped.status == 130
    assert "of 6 networks done" in stopped.complaint
    assert gpunet("train", "--resume", run, "--engine", engine).status == 0
    assert population_state(run) == population_state(tmp_path / "whole")


SHORT = ("train", "--networks", 2, "--epochs", 3)


@pytest.fixture(scope="module")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    run = tmp_path_factory.mktemp("short") / "run"
    assert gpunet(*SHORT, "--out", run).status == 0
    return population_state(run)


@pytest.mark.parametrize("moment", [1, 2, 3, 4, 9, 22])
def test_killed_between_two_files_it_goes_on(
    tmp_path: Path, short_run: dict[str, bytes], moment: int
) -> None:
    run, code = tmp_path / "run", CORES.format(cores=1) + KILLED_AT.format(moment=moment)
    assert finish(start(*SHORT, "--out", run, code=code)).status == -signal.SIGKILL
    if moment == 1:  # before it had anything to go on from
        assert gpunet(*SHORT, "--out", run).status == 0
    else:
        assert gpunet("train", "--resume", run).status == 0
    assert population_state(run) == short_run


KILLED_WORKER = """
import os, signal
train = processes.train_member
def killed(run, member, keep_going):
    if member.number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return train(run, member, keep_going)
processes.train_member = killed
"""


def test_a_worker_that_is_killed_ends_it_resumably(
    tmp_path: Path, long_run: dict[str, bytes]
) -> None:
    run = tmp_path / "run"
    code = CORES.format(cores=2) + KILLED_WORKER
    outcome = finish(start(*LONG, "--out", run, code=code))
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 1
    for part in ("networks/002", "SIGKILL", f"resume with: gpunet train --resume {run}"):
        assert part in outcome.complaint
    assert gpunet("train", "--resume", run).status == 0
    assert population_state(run) == long_run


def test_no_space_left_ends_in_one_line(tmp_path: Path, long_run: dict[str, bytes]) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    run = tmp_path / "run"
    code = CORES.format(cores=2)
    outcome = finish(start(*LONG, "--out", run, code=code, preexec_fn=small_files_only))
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 1
    assert "cannot be written: File too large" in outcome.err
    assert gpunet("train", "--resume", run).status == 0
    assert population_state(run) == long_run
