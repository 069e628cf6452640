"""Model and checkpoint are those of the very state that run.json records."""

import shutil
from pathlib import Path

import pytest

from tests.cli.running import gpunet
from tests.forging import make_killed, make_old


@pytest.fixture
def longer(tmp_path: Path) -> Path:
    """A run like the finished one, of more epochs: of the same identity."""
    run = tmp_path / "longer"
    assert gpunet("train", "--epochs", 8, "--out", run).status == 0
    return run


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_model_of_a_run_of_another_length_is_refused(
    copied: Path, longer: Path, image: Path, command: str
) -> None:
    arguments = (command, copied, *([image] if command == "predict" else []))
    assert gpunet(*arguments).status == 0
    shutil.copy(longer / "model.safetensors", copied / "model.safetensors")
    outcome = gpunet(*arguments)
    assert outcome.status == 2
    assert "holds the state after 8 epochs" in outcome.complaint
    assert "records another, after 5 epochs" in outcome.complaint


def test_a_checkpoint_of_a_run_of_another_length_is_refused(copied: Path, longer: Path) -> None:
    shutil.copy(longer / "checkpoint.safetensors", copied / "checkpoint.safetensors")
    outcome = gpunet("train", "--resume", copied, "--epochs", 9)
    assert outcome.status == 2
    assert "records another, after 5 epochs" in outcome.complaint


def test_a_checkpoint_with_another_cosine_is_refused(tmp_path: Path) -> None:
    for epochs in (2, 3):
        options = ("--schedule", "cosine", "--epochs", epochs)
        gpunet("train", *options, "--out", tmp_path / str(epochs))
    make_killed(tmp_path / "3")
    shutil.copy(tmp_path / "2/checkpoint.safetensors", tmp_path / "3/checkpoint.safetensors")
    outcome = gpunet("train", "--resume", tmp_path / "3")
    assert outcome.status == 2
    assert "belongs to a run of 2 epochs" in outcome.complaint


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_network_that_is_not_its_runs_last_is_used_with_a_word(
    copied: Path, longer: Path, image: Path, command: str
) -> None:
    make_killed(copied)
    shutil.copy(longer / "model.safetensors", copied / "model.safetensors")
    image_too = [image] if command == "predict" else []
    outcome = gpunet(command, copied, *image_too, "--json")
    assert outcome.status == 0
    assert f"note: {copied} has not finished" in outcome.err
    assert "after 8 epochs" in outcome.err


def test_a_network_of_which_nobody_said_whether_it_is_the_last_is_evaluated_with_a_word(
    copied: Path, finished: Path
) -> None:
    make_old(copied)
    outcome = gpunet("evaluate", copied, "--json")
    assert outcome.result["accuracy"] == gpunet("evaluate", finished, "--json").result["accuracy"]
    assert f"note: {copied} does not record which network was its final one" in outcome.err
