"""What a run folder says is believed only as far as it can be."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet as package
from gpunet.runs.lock import Lock
from gpunet.serialization.tensors import read_tensors, write_tensors
from tests.cli.running import contents, gpunet, population_state, state
from tests.forging import edit, forge, make_foreign, make_old

MANY = ("train", "--networks", 3, "--epochs", 2)
TEST = package.load_dataset("digits").test


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three networks that are finished; not to be changed."""
    run = tmp_path_factory.mktemp("whole") / "run"
    assert gpunet(*MANY, "--out", run).status == 0
    return run


@pytest.fixture
def unfinished(whole: Path, tmp_path: Path) -> Path:
    """The same, with the last still to be trained."""
    run = Path(shutil.copytree(whole, tmp_path / "unfinished"))
    shutil.rmtree(run / "networks/002")
    return run


def lie(description: dict[str, Any]) -> None:
    description["result"] |= {"accuracy": 0.125, "correct": 45}


# --- results


def test_a_result_that_was_edited_is_never_told(unfinished: Path) -> None:
    edit(unfinished / "networks/001", lie)
    outcome = gpunet("train", "--resume", unfinished)
    assert outcome.status == 2
    assert "networks/001/run.json: damaged or edited" in outcome.complaint
    assert "12.5" not in outcome.out


@pytest.mark.parametrize("make", [lambda run: forge(run, lie), make_foreign, make_old])
def test_a_result_of_somebody_elses_is_found_out_again(
    unfinished: Path, whole: Path, make: Callable[[Path], None]
) -> None:
    for network in ("000", "001"):
        make(unfinished / "networks" / network)
    result = gpunet("train", "--resume", unfinished, "--json").result
    told = [json.loads(line) for line in (whole / "population.jsonl").read_text().splitlines()]
    assert result["networks"] == told
    assert population_state(unfinished) == population_state(whole)


@pytest.mark.parametrize(
    "result",
    [
        *(None, 5, [], {}, {"accuracy": 0.5}, "good"),
        *({"accuracy": value, "correct": 1, "total": 1, "cost": 0.1} for value in ("x", 10**400)),
    ],
    ids=str,
)
def test_a_result_of_another_kind_is_refused(unfinished: Path, result: Any) -> None:
    forge(unfinished / "networks/001", lambda description: description.update(result=result))
    outcome = gpunet("train", "--resume", unfinished)
    assert outcome.status == 2
    assert "networks/001/run.json: damaged: " in outcome.complaint


def test_a_run_of_somebody_elses_is_evaluated_again_and_is_ours_then(
    copied: Path, finished: Path
) -> None:
    make_foreign(copied)
    assert gpunet("train", "--resume", copied).status == 0
    assert state(copied) == state(finished)
    assert "has finished its 5 epochs" in gpunet("train", "--resume", copied).complaint


# --- links


@pytest.fixture
def elsewhere(whole: Path, tmp_path: Path) -> Path:
    """What links lead to, and must stay as it is."""
    return Path(shutil.copytree(whole, tmp_path / "elsewhere"))


def overwrite(run: Path) -> int:
    return gpunet("train", "--epochs", 1, "--out", run, "--overwrite").status


@pytest.mark.parametrize("place", ["networks", "networks/000"])
def test_what_a_link_leads_to_is_not_overwritten(
    unfinished: Path, elsewhere: Path, place: str
) -> None:
    before = contents(elsewhere)
    shutil.rmtree(unfinished / place)
    (unfinished / place).symlink_to(elsewhere / place)
    assert overwrite(unfinished) == 0
    assert contents(elsewhere) == before
    assert set(os.listdir(unfinished)) == {"run.json", *state(unfinished)}


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
    unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.PATIENCE", 0.0)
    before = contents(unfinished)
    with Lock(unfinished / "networks/001"):
        outcome = gpunet("train", "--epochs", 1, "--out", unfinished, "--overwrite")
    assert outcome.status == 2
    assert "networks/001: is being trained by another process" in outcome.complaint
    assert contents(unfinished) == before


# --- files that are not of the state that run.json tells of


@pytest.fixture
def longer(tmp_path: Path) -> Path:
    """A run like the finished one, of more epochs: of the same identity."""
    run = tmp_path / "longer"
    assert gpunet("train", "--epochs", 8, "--out", run).status == 0
    return run


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_model_of_a_run_of_another_length_is_refused(
    copied: Path, longer: Path, tmp_path: Path, command: str
) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 8 8 255 " + bytes(range(0, 256, 4)))
    image = [tmp_path / "a.pgm"] if command == "predict" else []
    assert gpunet(command, copied, *image).status == 0
    shutil.copy(longer / "model.safetensors", copied / "model.safetensors")
    outcome = gpunet(command, copied, *image)
    assert outcome.status == 2
    assert "is the network after 8 epochs" in outcome.complaint
    assert "tells of that after 5 epochs" in outcome.complaint


def test_a_checkpoint_of_a_run_of_another_length_is_refused(copied: Path, longer: Path) -> None:
    shutil.copy(longer / "checkpoint.safetensors", copied / "checkpoint.safetensors")
    outcome = gpunet("train", "--resume", copied, "--epochs", 9)
    assert outcome.status == 2
    assert "is not the state after 5 epochs" in outcome.complaint


def test_a_checkpoint_with_another_cosine_is_refused(tmp_path: Path) -> None:
    for epochs in (2, 3):
        options = ("--schedule", "cosine", "--epochs", epochs)
        gpunet("train", *options, "--out", tmp_path / str(epochs))
    edit_status(tmp_path / "3", "running")
    shutil.copy(tmp_path / "2/checkpoint.safetensors", tmp_path / "3/checkpoint.safetensors")
    outcome = gpunet("train", "--resume", tmp_path / "3")
    assert outcome.status == 2
    assert "belongs to a run of 2 epochs" in outcome.complaint


def edit_status(run: Path, status: str) -> None:
    """Make it that of a run which was killed, and says nothing of the state it was left in."""

    def change(description: dict[str, Any]) -> None:
        description.pop("state", None)
        description.pop("result", None)
        description["status"] = status

    forge(run, change)


def test_a_network_that_is_not_its_runs_last_is_evaluated_with_a_word(
    copied: Path, longer: Path
) -> None:
    edit_status(copied, "running")
    shutil.copy(longer / "model.safetensors", copied / "model.safetensors")
    outcome = gpunet("evaluate", copied, "--json")
    assert outcome.status == 0
    assert f"note: {copied} has not come to its end" in outcome.err
    assert "after 8 epochs" in outcome.err


def test_a_network_of_which_nobody_said_whether_it_is_the_last_is_evaluated_with_a_word(
    copied: Path, finished: Path
) -> None:
    make_old(copied)
    outcome = gpunet("evaluate", copied, "--json")
    assert outcome.result["accuracy"] == gpunet("evaluate", finished, "--json").result["accuracy"]
    assert f"note: {copied} does not say which network was its last" in outcome.err


# --- what is left behind by those that were killed


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


def test_what_killed_writers_left_in_networks_is_removed(unfinished: Path) -> None:
    parts = [unfinished / ".population.jsonl.77.part", unfinished / "networks/001/.run.json.3.part"]
    edit_status(unfinished / "networks/001", "running")
    for path in parts:
        path.write_text("{")
    assert gpunet("train", "--resume", unfinished).status == 0
    assert not any(path.exists() for path in parts)


def test_what_is_being_written_by_another_process_is_left_alone(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.PATIENCE", 0.0)
    (copied / ".run.json.123.part").write_text("{")
    with Lock(copied):
        assert overwrite(copied) == 2
        assert gpunet("train", "--resume", copied, "--epochs", 6).status == 2
    assert (copied / ".run.json.123.part").exists()


# --- data on this disk


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
    edit_status(run, "running")
    forge(run, lambda description: description["data"].update(name=name))
    identity = json.loads((run / "run.json").read_text())["identity"]
    for file in ("model.safetensors", "checkpoint.safetensors"):
        tensors, about, _ = read_tensors(run / file)
        write_tensors(run / file, tensors, {**about, "identity": identity})


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
