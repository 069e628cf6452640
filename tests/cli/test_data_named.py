"""Data on this disk are looked for where this user says so, or this user's own run left them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from tests.cli.running import gpunet
from tests.forging import forge, forge_all, make_foreign, make_killed, make_old

MANY = ("train", "--networks", 3, "--epochs", 2)
TEST = package.load_dataset("digits").test


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data that lie somewhere on the disk."""
    path = tmp_path_factory.mktemp("data") / "private.npz"
    np.savez(path, images=TEST.images.reshape(-1, 8, 8), labels=TEST.labels)
    return path


@pytest.fixture
def on_table(table: Path, tmp_path: Path) -> Path:
    """A run of this user's on them."""
    run = tmp_path / "on-table"
    assert gpunet("train", "--data", table, "--epochs", 1, "--out", run).status == 0
    return run


def forge_name(run: Path, name: str) -> None:
    """Make a run, all of its files, one of data of that name."""
    make_killed(run)
    forge_all(run, lambda description: description["data"].update(name=name))


READERS = {"evaluate": ("evaluate",), "resume": ("train", "--epochs", 2, "--resume")}


@pytest.mark.parametrize("reader", READERS)
def test_data_are_found_again_where_this_users_own_run_left_them(
    on_table: Path, reader: str
) -> None:
    assert gpunet(*READERS[reader], on_table).status == 0


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("make", [make_foreign, make_old])
def test_data_that_somebody_elses_run_names_are_not_looked_for(
    on_table: Path, table: Path, reader: str, make: Callable[[Path], None]
) -> None:
    make(on_table)
    outcome = gpunet(*READERS[reader], on_table)
    assert outcome.status == 2
    assert "was not written by you on this machine" in outcome.complaint
    assert "--data" in outcome.complaint
    assert gpunet(*READERS[reader], on_table, "--data", table).status == 0


@pytest.mark.parametrize("reader", READERS)
def test_whether_such_data_exist_is_not_told(on_table: Path, reader: str) -> None:
    complaints = set()
    for name in ("/etc/passwd", "/nowhere/at/all"):
        forge_name(on_table, name)
        complaints.add(gpunet(*READERS[reader], on_table).complaint.replace(name, "NAME"))
    assert len(complaints) == 1


def test_a_source_that_was_forged_is_not_followed(copied: Path) -> None:
    forge(copied, lambda description: description.update(source="/etc/passwd"))
    assert gpunet("evaluate", copied, "--json").result["data"] == "digits"


def test_a_population_of_somebody_elses_needs_its_data_named(table: Path, tmp_path: Path) -> None:
    run = tmp_path / "many"
    assert gpunet(*MANY, "--data", table, "--out", run).status == 0
    for each in (run, *run.glob("networks/*")):
        make_foreign(each)
    assert "name them with --data" in gpunet("train", "--resume", run).complaint
    assert "name them with --data" in gpunet("evaluate", run).complaint
    assert gpunet("train", "--resume", run, "--data", table).status == 0
    assert gpunet("evaluate", run).status == 0


def test_once_gone_on_with_it_is_the_data_named_here_that_are_found_again(
    on_table: Path, table: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copy(table, tmp_path / "moved.npz"))
    forge_name(on_table, "/etc/passwd")
    assert gpunet("train", "--resume", on_table, "--epochs", 2, "--data", moved).status == 0
    outcome = gpunet("evaluate", on_table, "--json")
    assert outcome.result["data"] == str(moved)


def test_named_data_sets_need_no_trust(copied: Path) -> None:
    make_foreign(copied)
    assert gpunet("evaluate", copied).status == 0
    assert gpunet("train", "--resume", copied, "--epochs", 6).status == 0


def test_where_no_key_can_be_kept_nothing_is_believed_and_everything_works(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    run = tmp_path / "run"
    assert gpunet("train", "--epochs", 1, "--data", table, "--out", run).status == 0
    assert "name them with --data" in gpunet("evaluate", run).complaint
    assert gpunet("evaluate", run, "--data", table).status == 0
    many = tmp_path / "many"
    assert gpunet(*MANY, "--out", many).status == 0
    again = gpunet("train", "--resume", many)
    assert again.status == 0
    assert re.search("0 of 3 networks are done", again.out)
