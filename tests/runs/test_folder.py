"""The run folder: made, described, written, and trusted only where it can be."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import style_of
from gpunet.runs.folder import RunFolder
from gpunet.runs.lock import Lock, LockHolder
from gpunet.runs.run import Run
from gpunet.serialization.tensors import read_tensors, write_tensors
from gpunet.training.callbacks import KeepGoing
from gpunet.training.config import TrainingConfig


def start(
    few: Dataset,
    path: Path | None,
    seed: int = 3,
    momentum: float = 0.5,
    device: Device | str = "cpu",
) -> Run:
    network = gpunet.Network([64, 12, 10], seed=seed, device=device)
    return Run.start(
        network,
        few,
        TrainingConfig(epochs=3, batch_size=10, learning_rate=1.0, momentum=momentum),
        path,
        overwrite=False,
        engine="eager",
    )


ROW: dict[str, Any] = {"epoch": 1, "steps": 26, "learning_rate": 1.0, "accuracy": 0.5, "cost": 0.3}


@pytest.fixture
def session(few: Dataset, tmp_path: Path) -> Run:
    """A run of three epochs, stopped in its second."""
    return stopped(start(few, tmp_path / "run"))


def stopped(made: Run) -> Run:
    """The same, stopped in its second epoch."""
    made.trainer.train(KeepGoing(lambda: made.trainer.steps_done < 40))
    made.write_state()
    made.folder.release()
    return made


def resume(session: Run, epochs: int | None = None) -> Run:
    device = session.trainer.network.device
    return Run.resume(
        RunFolder.claim(session.folder.path), session.dataset, device, epochs, "eager"
    )


def test_a_run_is_restored_whole(usual: Device, few: Dataset, tmp_path: Path) -> None:
    session = stopped(start(few, tmp_path / "run", device=usual))
    before, after = session.trainer.snapshot(), resume(session).trainer.snapshot()
    assert after.position == before.position
    assert after.parameters.tobytes() == before.parameters.tobytes()
    assert after.state["velocity"].tobytes() == before.state["velocity"].tobytes()
    assert resume(session).trainer.history == session.trainer.history


def test_writing_a_state_that_was_restored_writes_the_same_bytes(
    usual: Device, few: Dataset, tmp_path: Path
) -> None:
    session = stopped(start(few, tmp_path / "run", device=usual))
    folder = session.folder.path
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    resume(session).write_state()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_run_without_a_checkpoint_begins_at_its_beginning(few: Dataset, tmp_path: Path) -> None:
    fresh = start(few, tmp_path / "run")
    fresh.folder.release()
    trainer = resume(fresh).trainer
    assert trainer.steps_done == 0
    expected = gpunet.Network([64, 12, 10], seed=3, device="cpu").parameters.array
    assert trainer.network.parameters.array.tobytes() == expected.tobytes()


def test_nothing_is_made_if_the_data_do_not_fit(few: Dataset, tmp_path: Path) -> None:
    network = gpunet.Network([63, 10], device="cpu")
    with pytest.raises(gpunet.InputError):
        Run.start(network, few, TrainingConfig(), tmp_path / "run", overwrite=False)
    assert not (tmp_path / "run").exists()


def test_a_folder_without_a_name_gets_the_next_number(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("7", "best", "²"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    assert start(few, None).folder.path == Path("runs/8")


def test_an_empty_folder_is_taken(few: Dataset, tmp_path: Path) -> None:
    assert start(few, tmp_path).folder.path == tmp_path


def test_folders_above_are_made(few: Dataset, tmp_path: Path) -> None:
    start(few, tmp_path / "a" / "b" / "run")
    assert (tmp_path / "a/b/run/run.json").exists()


def test_two_runs_asked_for_the_same_have_one_identity(few: Dataset, tmp_path: Path) -> None:
    first, second = start(few, tmp_path / "a"), start(few, tmp_path / "b")
    assert first.folder.identity == second.folder.identity


@pytest.mark.parametrize("difference", [{"seed": 4}, {"momentum": 0.6}])
def test_runs_that_differ_have_different_identities(
    few: Dataset, tmp_path: Path, difference: dict[str, Any]
) -> None:
    first, second = start(few, tmp_path / "a"), start(few, tmp_path / "b", **difference)
    assert first.folder.identity != second.folder.identity


def test_the_number_of_epochs_is_no_part_of_the_identity(session: Run) -> None:
    longer = resume(session, epochs=9)
    longer.folder.note("running")
    assert RunFolder.open(longer.folder.path).identity == session.folder.identity


def test_the_style_of_the_images_is_kept(session: Run) -> None:
    style, classes = style_of(RunFolder.open(session.folder.path).description)
    assert (style.shape, style.max_pixel) == ((8, 8), 16)
    assert classes == list("0123456789")


@pytest.mark.parametrize("key", ["identity", "options", "network", "data", "seed", "format"])
def test_a_description_that_lacks_something_is_refused(session: Run, key: str) -> None:
    path = session.folder.path / "run.json"
    description = json.loads(path.read_text())
    del description[key]
    path.write_text(json.dumps(description))
    with pytest.raises(gpunet.InputError, match=r"run\.json: damaged"):
        RunFolder.open(session.folder.path)


@pytest.mark.parametrize(
    "change",
    [
        *[{"epoch": None}, {"epoch": -1}, {"epoch": 2}, {"epoch": 0.5}, {"epoch": "1"}],
        *[{"step": None}, {"step": -1}, {"step": 26}, {"step": 0.5}, {"step": "1"}],
        *[{"history": None}, {"history": []}, {"history": [{}]}, {"history": "h"}],
        *[{"history": [row]} for row in (3, "epoch", None, {"epoch": 1}, {"other": 1})],
        *[{"history": [{**ROW, "epoch": epoch}]} for epoch in (0, 2, True, "1", None)],
        *[{"history": [{**ROW, "accuracy": wrong}]} for wrong in (2, -1, "high", float("nan"))],
        *[{"history": [{**ROW, "cost": wrong}]} for wrong in (10**400, float("inf"), "low", False)],
    ],
    ids=str,
)
def test_a_checkpoint_that_contradicts_itself_is_refused(
    session: Run, change: dict[str, Any]
) -> None:
    path = session.folder.path / "checkpoint.safetensors"
    tensors, about, _ = read_tensors(path)
    write_tensors(path, tensors, {**about, **change})
    with pytest.raises(gpunet.InputError, match=r"checkpoint\.safetensors: .*damaged"):
        resume(session)


@pytest.mark.parametrize("name", ["parameters", "optimizer.velocity"])
@pytest.mark.parametrize("shorter", [0, 1])
def test_a_checkpoint_with_other_tensors_is_refused(session: Run, name: str, shorter: int) -> None:
    path = session.folder.path / "checkpoint.safetensors"
    tensors, about, _ = read_tensors(path)
    if shorter:
        tensors[name] = tensors[name][:-1]
    else:
        del tensors[name]
    write_tensors(path, tensors, about)
    with pytest.raises(gpunet.InputError, match="its tensors are not those of this run"):
        resume(session)


def test_no_flipped_bit_in_a_checkpoint_goes_unnoticed(session: Run) -> None:
    path = session.folder.path / "checkpoint.safetensors"
    whole = path.read_bytes()
    for place in range(0, len(whole), 41):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(changed)
        with pytest.raises(gpunet.InputError, match=r"checkpoint\.safetensors"):
            read_tensors(path)


def test_a_result_that_json_has_no_number_for_can_be_read_again(
    few: Dataset, tmp_path: Path
) -> None:
    """Dark images to train on, and weights that only light ones bring past all numbers."""
    dark, light = np.zeros_like(few.train.images), np.full_like(few.test.images, 16)
    dataset = replace(
        few,
        train=replace(few.train, images=dark),
        validation=replace(few.validation, images=np.zeros_like(few.validation.images)),
        test=replace(few.test, images=light),
    )
    network = gpunet.Network([64, 10], activation="linear", device="cpu")
    network.weights[0][...] = 1e30
    session = Run.start(
        network, dataset, TrainingConfig(epochs=1), tmp_path / "run", overwrite=False
    )
    assert session.train()
    assert RunFolder.open(tmp_path / "run").description["result"]["cost"] is None


def test_a_run_that_is_being_trained_is_left_alone(
    session: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.GRACE_PERIOD", 0.0)
    with (
        LockHolder(Lock(session.folder.path)),
        pytest.raises(gpunet.InputError, match="is being trained by another process"),
    ):
        resume(session).train()
    assert resume(session).train()
