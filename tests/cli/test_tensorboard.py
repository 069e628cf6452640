"""`gpunet train --tensorboard`: one network and many, stopped and gone on with, and refused."""

import json
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.running import (
    contents,
    everywhere,
    gpunet,
    on_cuda,
    start,
    state,
    stop_after_first_epoch,
)
from tests.interop.events import scalars, steps

SHORT = ("train", "--epochs", 3)


def assert_curve_of(run: Path, board: Path) -> None:
    """What TensorBoard shows is what the run folder holds, epoch by epoch."""
    records = list(map(json.loads, (run / "history.jsonl").read_text().splitlines()))
    found = scalars(board, "accuracy")
    assert [step for step, _ in found] == [record["steps"] for record in records]
    expected = [record["accuracy"] for record in records]
    assert [value for _, value in found] == pytest.approx(expected)


@everywhere
def test_a_run_has_its_curves_there(tmp_path: Path, where: str) -> None:
    run, board = tmp_path / "run", tmp_path / "board"
    assert gpunet(*SHORT, "--out", run, "--tensorboard", board).status == 0
    assert_curve_of(run, board)


def test_the_run_folder_is_the_same_with_it(tmp_path: Path) -> None:
    plain, shown = tmp_path / "plain", tmp_path / "shown"
    assert gpunet(*SHORT, "--out", plain).status == 0
    assert gpunet(*SHORT, "--out", shown, "--tensorboard", tmp_path / "board").status == 0
    assert state(plain) == state(shown)
    assert b"board" not in (shown / "run.json").read_bytes()


def test_it_may_lie_in_the_run_folder(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert gpunet(*SHORT, "--out", run, "--tensorboard", run / "board").status == 0
    assert gpunet("evaluate", run).status == 0
    assert len(steps(run / "board", "cost")) == 3


def test_a_run_that_is_stopped_goes_on_in_the_same_folder(tmp_path: Path) -> None:
    run, board = tmp_path / "run", ("--tensorboard", tmp_path / "board")
    options = ("--epochs", 8, "--batch-size", 1)
    stopped = stop_after_first_epoch(start("train", *options, "--out", run, *board), signal.SIGINT)
    assert stopped.status == 130
    assert gpunet("train", "--resume", run, *board).status == 0
    assert_curve_of(run, tmp_path / "board")


@everywhere
@pytest.mark.parametrize("hidden", ["12", "1200"], ids=["narrow", "wide"])
def test_many_networks_have_a_folder_each(tmp_path: Path, where: str, hidden: str) -> None:
    check_many(tmp_path, "--hidden", hidden, "--engine", "auto")


@on_cuda
@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_many_networks_at_once_have_a_folder_each(tmp_path: Path, engine: str) -> None:
    check_many(tmp_path, "--hidden", "12", "--engine", engine)


def check_many(place: Path, *options: object) -> None:
    """Train three networks, and hold each one's curve to its run folder."""
    run, board = place / "run", place / "board"
    many = ("train", "--networks", 3, "--epochs", 2, *options, "--out", run)
    assert gpunet(*many, "--tensorboard", board).status == 0
    assert sorted(path.name for path in board.iterdir()) == ["000", "001", "002"]
    for folder in board.iterdir():
        assert_curve_of(run / "networks" / folder.name, folder)


def test_a_file_in_its_place_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    file, run = tmp_path / "file", tmp_path / "run"
    file.touch()
    for many in (), ("--networks", 2):
        outcome = gpunet(*SHORT, *many, "--out", run, "--tensorboard", file)
        assert outcome.status == 2
        assert outcome.complaint == (
            f"gpunet: {file}: is not a folder; TensorBoard's files need one: name another"
        )
    assert contents(tmp_path) == {"file": b""}


def test_without_tensorboardx_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    outcome = gpunet(*SHORT, "--out", tmp_path / "run", "--tensorboard", tmp_path / "board")
    assert outcome.status == 2
    assert outcome.complaint.endswith('not installed: pip install "gpunet[tensorboard]"')
    assert contents(tmp_path) == {}
