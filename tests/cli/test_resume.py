"""A run that is stopped, at whatever moment, ends as if it had not been."""

import json
import re
import signal
from itertools import count
from pathlib import Path

import pytest

from gpunet.show.progress import TrainingProgress
from tests.backends import CUDA
from tests.cli.running import (
    Outcome,
    contents,
    everywhere,
    finish,
    gpunet,
    on_cuda,
    start,
    state,
    stop_after_first_epoch,
)

LONG = ["--batch-size", "2", "--epochs", "8"]
MOMENTUM = ["--epochs", "3", "--learning-rate", "0.3", "--momentum", "0.9"]
# Each keeps something else from step to step, or from epoch to epoch.
KINDS = {
    "diagnosed": ("--diagnose", "--momentum", "0.5"),
    "adam": ["--optimizer", "adam", "--learning-rate", "0.01", "--clip", "1"],
    "dropout": ["--dropout", "0.5", "--optimizer", "nesterov", "--momentum", "0.5"],
    "dropout of inputs": ["--dropout", "0.4", "--input-dropout", "0.2", "--max-norm", "none,2"],
    "rising momentum": [
        *("--momentum", "0.9", "--momentum-start", "0.5", "--momentum-epochs", "2"),
        *("--dampening", "--schedule", "exponential:0.998"),
    ],
    "deformed": ["--rotation", "10", "--elastic", "5", "--sigma", "2"],
    "convolution": ["--hidden", "4C3,MP2,12", "--activation", "relu", "--learning-rate", "0.1"],
    "best kept": ["--keep-best", "--patience", "2", "--schedule", "halving:1"],
}

# Can be stopped every few steps, and waits there, so that there is time to.
SLOWLY = """
import time
from gpunet.engines import compiled, fused
from gpunet.show.progress import TrainingProgress
compiled.CALLED_MACS, fused.LAUNCHED_STEPS = 100_000, 16
quick = TrainingProgress.on_steps
TrainingProgress.on_steps = lambda self, steps: time.sleep(0.002) or quick(self, steps)
"""

# Writes the state after every epoch, and is killed when it is about to rename its n-th file.
KILLED_AT = """
import os, signal
from gpunet.runs import run
run.WRITE_INTERVAL = 0.0
rename, left = os.replace, {moment}
def replace(*places):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(*places)
os.replace = replace
"""


def uninterrupted(place: Path, *options: str) -> dict[str, bytes]:
    """What a run leaves behind that nobody interrupts."""
    assert gpunet("train", *options, "--out", place).status == 0
    return state(place)


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory, where: str) -> dict[str, bytes]:
    return uninterrupted(tmp_path_factory.mktemp("long") / "run", *LONG, "--device", where)


@everywhere
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_stops_a_run_in_the_middle_of_an_epoch(
    tmp_path: Path, long_run: dict[str, bytes], number: signal.Signals, status: int
) -> None:
    run = tmp_path / "run"
    stopped = stop_after_first_epoch(start("train", *LONG, "--out", run, code=SLOWLY), number)
    assert stopped.status == status
    assert stopped.complaint.endswith(f"resume with: gpunet train --resume {run}")
    assert json.loads((run / "run.json").read_text())["status"] == "interrupted"
    resumed = gpunet("train", "--resume", run)
    assert resumed.status == 0
    assert re.search(f"resuming {run} from epoch [0-9]+, step [1-9]", resumed.out)
    assert state(run) == long_run


def stopped_at(moment: int, *arguments: object) -> Outcome:
    """What became of a command that is interrupted when it has asked so often whether to go on."""
    looks = count(1)

    def interrupt(progress: TrainingProgress, steps: int) -> None:
        if next(looks) == moment:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gpunet.engines.fused.LAUNCHED_STEPS", 8)  # as many as eager's
        patch.setattr(TrainingProgress, "on_steps", interrupt)
        return gpunet(*arguments)


# An epoch of 126 steps is looked at 16 times: the last two moments are on either side of its end.
@everywhere
@pytest.mark.parametrize("moment", [1, 7, 16, 17])
def test_a_run_with_momentum_can_be_stopped_at_any_moment(tmp_path: Path, moment: int) -> None:
    stopped = stopped_at(moment, "train", *MOMENTUM, "--out", tmp_path / "run", "--json")
    assert stopped.status == 130
    assert stopped.out == ""
    assert gpunet("train", "--resume", tmp_path / "run").status == 0
    assert state(tmp_path / "run") == uninterrupted(tmp_path / "whole", *MOMENTUM)


@everywhere
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_trained_goes_on_as_if_it_had_not_been_stopped(
    tmp_path: Path, kind: str
) -> None:
    run, options = tmp_path / "run", [*KINDS[kind], "--batch-size", "30", "--epochs", "3"]
    assert stopped_at(2, "train", *options, "--out", run).status == 130
    resumed = gpunet("train", "--resume", run)
    assert resumed.status == 0
    assert re.search("from epoch 0, step [1-9]", resumed.out)
    assert state(run) == uninterrupted(tmp_path / "whole", *options)


@on_cuda
@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_every_engine_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path, engine: str) -> None:
    run, how = tmp_path / "run", ("--engine", engine)
    assert stopped_at(18, "train", *MOMENTUM, *how, "--out", run).status == 130
    assert gpunet("train", "--resume", run, *how).status == 0
    assert json.loads((run / "run.json").read_text())["engine"] == engine
    assert state(run) == uninterrupted(tmp_path / "whole", *MOMENTUM, *how)


@everywhere
def test_a_run_can_be_stopped_more_than_once(tmp_path: Path, long_run: dict[str, bytes]) -> None:
    run = tmp_path / "run"
    for arguments in (("--out", run, *LONG), ("--resume", run)):
        stopped = stop_after_first_epoch(start("train", *arguments, code=SLOWLY), signal.SIGTERM)
        assert stopped.status == 143
    assert gpunet("train", "--resume", run).status == 0
    assert state(run) == long_run


@pytest.mark.parametrize(
    ("where", "moment"),
    [*((None, moment) for moment in range(2, 16, 2)), pytest.param("cuda", 8, marks=CUDA.marks)],
    indirect=["where"],
)
def test_a_run_killed_between_two_files_goes_on_as_if_it_had_not_been(
    tmp_path: Path, finished: Path, moment: int
) -> None:
    run = tmp_path / "run"
    options = ("train", "--epochs", 5, "--out", run)
    killed = finish(start(*options, code=KILLED_AT.format(moment=moment)))
    assert killed.status == -signal.SIGKILL
    assert gpunet("train", "--resume", run).status == 0
    assert state(run) == state(finished)


@pytest.mark.parametrize("moment", [3, 4, 5, 6], ids=["checkpoint", "history", "model", "run.json"])
def test_a_run_killed_at_its_very_end_still_gets_all_its_files(tmp_path: Path, moment: int) -> None:
    options = ("train", "--epochs", 1)
    gpunet(*options, "--out", tmp_path / "whole")
    run = tmp_path / "run"
    finish(start(*options, "--out", run, code=KILLED_AT.format(moment=moment)))
    resumed = gpunet("train", "--resume", run, "--json")
    assert resumed.status == 0
    assert resumed.result["epochs"] == 1
    assert state(run) == state(tmp_path / "whole")


def test_a_finished_run_is_not_run_again(copied: Path) -> None:
    before = contents(copied)
    outcome = gpunet("train", "--resume", copied)
    assert outcome.status == 2
    assert "add --epochs with a larger number" in outcome.complaint
    assert contents(copied) == before


@pytest.mark.parametrize("epochs", [2, 5])
def test_a_run_cannot_be_taken_back(copied: Path, epochs: int) -> None:
    before = contents(copied)
    assert gpunet("train", "--resume", copied, "--epochs", epochs).status == 2
    assert contents(copied) == before


@everywhere
def test_a_finished_run_given_more_epochs_is_one_run_of_as_many(
    copied: Path, tmp_path: Path
) -> None:
    assert gpunet("train", "--resume", copied, "--epochs", 8).status == 0
    gpunet("train", "--epochs", 8, "--out", tmp_path / "whole")
    assert state(copied) == state(tmp_path / "whole")


def test_a_finished_run_is_not_begun_anew_because_its_checkpoint_is_lost(copied: Path) -> None:
    (copied / "checkpoint.safetensors").unlink()
    outcome = gpunet("train", "--resume", copied)
    assert outcome.status == 2
    assert "checkpoint.safetensors: is missing" in outcome.complaint


@everywhere
@pytest.mark.parametrize("name", ["history.jsonl", "model.safetensors"])
def test_a_file_that_was_lost_is_made_again(copied: Path, finished: Path, name: str) -> None:
    (copied / name).unlink()
    assert gpunet("train", "--resume", copied).status == 0
    assert state(copied) == state(finished)


@pytest.mark.parametrize(
    "option",
    [
        *("--hidden=9", "--batch-size=9", "--learning-rate=9", "--momentum=0.9", "--seed=9"),
        *("--cost=cross-entropy", "--activation=relu", "--initializer=large", "--dtype=float64"),
        *("--out=9", "--overwrite"),
    ],
)
def test_what_a_run_is_cannot_be_changed_on_the_way(copied: Path, option: str) -> None:
    outcome = gpunet("train", "--resume", copied, option)
    assert outcome.status == 2
    assert f"{option.partition('=')[0]} cannot be changed" in outcome.complaint


def test_a_run_goes_on_only_with_the_data_it_began_with(copied: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("".join(f"{i % 2},{i},{i + 1},3,4\n" for i in range(40)))
    outcome = gpunet("train", "--resume", copied, "--epochs", 9, "--data", table)
    assert outcome.status == 2
    assert "trained on other data" in outcome.complaint
