"""Overwriting follows no link; what was left half written is removed, and nothing else."""

import os
import shutil
from pathlib import Path

import pytest

from gpunet.runs.lock import Lock, LockHolder
from tests.cli.running import contents, gpunet, state
from tests.forging import make_killed


def overwrite(run: Path) -> int:
    return gpunet("train", "--epochs", 1, "--out", run, "--overwrite").status


@pytest.fixture
def elsewhere(three: Path, tmp_path: Path) -> Path:
    """What links lead to, and must stay as it is."""
    return Path(shutil.copytree(three, tmp_path / "elsewhere"))


@pytest.mark.parametrize("place", ["networks", "networks/000"])
def test_what_a_link_leads_to_is_not_overwritten(
    two_of_three: Path, elsewhere: Path, place: str
) -> None:
    before = contents(elsewhere)
    shutil.rmtree(two_of_three / place)
    (two_of_three / place).symlink_to(elsewhere / place)
    assert overwrite(two_of_three) == 0
    assert contents(elsewhere) == before
    assert set(os.listdir(two_of_three)) == {"run.json", *state(two_of_three)}


def test_files_that_are_links_are_replaced_and_what_they_lead_to_stays(
    copied: Path, finished: Path, tmp_path: Path
) -> None:
    kept = Path(shutil.copytree(finished, tmp_path / "kept"))
    for name in os.listdir(copied):
        (copied / name).unlink()
        (copied / name).symlink_to(kept / name)
    assert overwrite(copied) == 0
    assert contents(kept) == contents(finished)
    assert not any(path.is_symlink() for path in copied.iterdir())


def test_a_run_behind_a_link_is_not_overwritten(finished: Path, tmp_path: Path) -> None:
    before = contents(finished)
    (tmp_path / "link").symlink_to(finished)
    outcome = gpunet("train", "--epochs", 1, "--out", tmp_path / "link", "--overwrite")
    assert outcome.status == 2
    assert f"{tmp_path / 'link'}: is a link" in outcome.complaint
    assert contents(finished) == before


def test_a_network_of_many_that_is_being_trained_is_not_overwritten(
    two_of_three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.GRACE_PERIOD", 0.0)
    before = contents(two_of_three)
    with LockHolder(Lock(two_of_three / "networks/001")):
        outcome = gpunet("train", "--epochs", 1, "--out", two_of_three, "--overwrite")
    assert outcome.status == 2
    assert "networks/001: is being trained by another process" in outcome.complaint
    assert contents(two_of_three) == before


@pytest.mark.parametrize("how", ["resume", "overwrite"])
def test_what_killed_writers_left_is_removed_and_nothing_else(copied: Path, how: str) -> None:
    left = [".run.json.123.part", ".model.safetensors.4567.part", ".history.jsonl.9.part"]
    theirs = [".letter.part", ".run.json.part", "run.json.123.part", ".other.json.123.part"]
    for name in [*left, *theirs]:
        (copied / name).write_text("dear")
    if how == "resume":
        assert gpunet("train", "--resume", copied, "--epochs", 6).status == 0
    else:
        assert overwrite(copied) == 0
    assert set(os.listdir(copied)) == {"run.json", *state(copied), *theirs}


def test_what_killed_writers_left_in_networks_is_removed(two_of_three: Path) -> None:
    parts = [
        two_of_three / ".population.jsonl.77.part",
        two_of_three / "networks/001/.run.json.3.part",
    ]
    make_killed(two_of_three / "networks/001")
    for path in parts:
        path.write_text("{")
    assert gpunet("train", "--resume", two_of_three).status == 0
    assert not any(path.exists() for path in parts)


def test_what_is_being_written_by_another_process_is_left_alone(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.GRACE_PERIOD", 0.0)
    (copied / ".run.json.123.part").write_text("{")
    with LockHolder(Lock(copied)):
        assert overwrite(copied) == 2
        assert gpunet("train", "--resume", copied, "--epochs", 6).status == 2
    assert (copied / ".run.json.123.part").exists()
