"""Two processes that want the same folder: one has it, from before it reads to after it writes."""

import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.cli.running import contents, finish, gpunet, start, state

# Data that take a while to be read, a terminal that takes a while to print on, and little patience
# with whoever has the folder.
SLOW = """
import time
from gpunet.cli import single
from gpunet.datasets import load
from gpunet.runs import lock
lock.GRACE_PERIOD = 0.05
read = load.load_dataset
def slow(*arguments, **options):
    time.sleep({reading})
    return read(*arguments, **options)
load.load_dataset = slow
said = single.introduce
def say_slowly(*arguments):
    said(*arguments)
    time.sleep({printing})
single.introduce = say_slowly
"""
# Data that are not read before we are told so.
WAITING = """
import os, time
from gpunet.datasets import load
read = load.load_dataset
def wait(*arguments, **options):
    while not os.path.exists({told!r}):
        time.sleep(0.01)
    return read(*arguments, **options)
load.load_dataset = wait
"""
# Each pair of commands is started at once; each kind of run is told by its seed.
RUNS = {
    "resume": ("train", "--resume", "{run}"),
    "overwrite": ("train", "--epochs", 3, "--seed", 1, "--overwrite", "--out", "{run}"),
    "overwrite too": ("train", "--epochs", 3, "--seed", 2, "--overwrite", "--out", "{run}"),
    "new": ("train", "--epochs", 3, "--seed", 1, "--out", "{run}"),
    "new too": ("train", "--epochs", 3, "--seed", 2, "--out", "{run}"),
}
ROUNDS, DELAYS = 4, (0, 0.1, 0.6)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, bytes]]:
    """What a run of each seed leaves behind."""
    place = tmp_path_factory.mktemp("runs")
    for seed in range(3):
        gpunet("train", "--epochs", 3, "--seed", seed, "--out", place / str(seed))
    return {seed: state(place / str(seed)) for seed in range(3)}


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of seed 0 that was killed before its first step; not to be changed."""
    run = tmp_path_factory.mktemp("interrupted") / "run"
    code = (
        "import os, signal\n"
        "from gpunet.training.trainer import Trainer\n"
        "Trainer.train = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = finish(start("train", "--epochs", 3, "--seed", 0, "--out", run, code=code))
    assert killed.status == -signal.SIGKILL
    return run


@pytest.mark.parametrize(
    "pair",
    [
        *(("resume", "overwrite"), ("overwrite", "overwrite too")),
        *(("resume", "resume"), ("new", "new too")),
    ],
    ids=" and ".join,
)
def test_no_finished_run_is_lost(
    tmp_path: Path, interrupted: Path, runs: dict[int, dict[str, bytes]], pair: tuple[str, str]
) -> None:
    dice = random.Random(str(pair))
    for number in range(ROUNDS):
        run = tmp_path / str(number)
        if "new" not in pair:
            shutil.copytree(interrupted, run)
        processes = [
            start(
                *(str(word).format(run=run) for word in RUNS[name]),
                code=SLOW.format(reading=dice.choice(DELAYS), printing=dice.choice(DELAYS)),
            )
            for name in pair
        ]
        ends = [finish(process) for process in processes]
        assert {end.status for end in ends} <= {0, 2}, ends
        for end in ends:
            if end.status:
                words = ("is being trained by another process", "has finished its 3", "exists;")
                assert any(word in end.complaint for word in words)
        description = json.loads((run / "run.json").read_text())
        assert description["status"] == "finished"
        # Whoever says it has finished, and was not overwritten after, has left a whole run.
        done = [name for name, end in zip(pair, ends, strict=True) if end.status == 0]
        assert done
        if "overwrite" in done and "resume" in pair:
            done = ["overwrite"]
        assert description["seed"] in [seed_of(name) for name in done]
        assert state(run) == runs[description["seed"]]
        assert set(contents(run)) == {"run.json", *state(run)}
        assert gpunet("evaluate", run).status == 0


def seed_of(name: str) -> int:
    return 0 if name == "resume" else 2 if name.endswith("too") else 1


def test_a_folder_is_had_from_before_its_run_is_read(interrupted: Path, tmp_path: Path) -> None:
    """While the first still reads its data, having read what run.json says of them."""
    run = Path(shutil.copytree(interrupted, tmp_path / "run"))
    told = tmp_path / "told"
    first = start("train", "--resume", run, code=WAITING.format(told=str(told)))
    wait_until_locked(run)
    before = contents(run)
    second = finish(start(*RUNS["overwrite"][:-1], run, code=SLOW.format(reading=0, printing=0)))
    assert second.status == 2
    assert "is being trained by another process" in second.complaint
    assert contents(run) == before
    told.touch()
    assert finish(first).status == 0


def wait_until_locked(run: Path) -> None:
    """Until some process has the folder."""
    fcntl = pytest.importorskip("fcntl")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        folder = os.open(run, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return
        finally:
            os.close(folder)
        time.sleep(0.005)
    raise AssertionError("nobody has it")
