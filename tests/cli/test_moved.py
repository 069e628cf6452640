"""Runs that are begun on one device and go on, or are used, on another."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.cli.running import Outcome, gpunet, on_cuda

# Double precision, and a rate at which rounding errors do not grow.
OPTIONS = ("--dtype", "float64", "--hidden", 12, "--batch-size", 20)
KEEPING = {
    "momentum": ("--momentum", 0.5, "--learning-rate", 0.5),
    "adam": ("--optimizer", "adam", "--learning-rate", 0.01),
    "dropout": ("--dropout", 0.5, "--learning-rate", 0.5),
}


def train(where: str, epochs: int, *arguments: object) -> Outcome:
    outcome = gpunet("train", "--device", where, "--epochs", epochs, *arguments)
    assert outcome.status == 0, outcome.err
    return outcome


def weights(run: Path) -> np.ndarray:
    """All parameters of a run's network."""
    tensors = load_file(run / "model.safetensors")
    return np.concatenate([tensors[name].ravel() for name in sorted(tensors)])


@on_cuda
@pytest.mark.parametrize("kept", KEEPING)
def test_a_run_goes_to_the_gpu_and_back_and_ends_with_the_same_weights(
    tmp_path: Path, where: str, kept: str
) -> None:
    moved, straight = tmp_path / "moved", tmp_path / "straight"
    options = (*OPTIONS, *KEEPING[kept])
    train("cpu", 3, *options, "--out", straight)
    train("cpu", 1, *options, "--out", moved)
    train(where, 2, "--resume", moved)
    train("cpu", 3, "--resume", moved)
    np.testing.assert_allclose(weights(moved), weights(straight), rtol=1e-7, atol=1e-9)


@on_cuda
def test_a_run_records_the_device_it_was_last_trained_on(tmp_path: Path, where: str) -> None:
    run, recorded = tmp_path / "run", []
    for epochs, device in enumerate(("cpu", where, "cpu"), 1):
        train(device, epochs, *(["--resume"] if epochs > 1 else ["--out"]), run)
        recorded.append(json.loads((run / "run.json").read_text())["device"])
    assert recorded == ["cpu", where, "cpu"]


@on_cuda
def test_what_was_trained_on_one_device_is_evaluated_alike_on_the_other(
    finished: Path, where: str
) -> None:
    here, there = (
        gpunet("evaluate", finished, "--device", device, "--json").result
        for device in (where, "cpu")
    )
    assert (here.pop("device"), there.pop("device")) == (where, "cpu")
    assert here.pop("cost") == pytest.approx(there.pop("cost"), rel=1e-5)
    assert here == there


@on_cuda
@pytest.mark.parametrize("first", ["cpu", "cuda"])
def test_networks_begun_on_one_device_are_finished_on_the_other(
    tmp_path: Path, where: str, first: str
) -> None:
    run, devices = tmp_path / "run", ("cpu", where) if first == "cpu" else (where, "cpu")
    train(devices[0], 2, *OPTIONS, "--networks", 3, "--out", run)
    kept, lost = weights(run / "networks/000"), weights(run / "networks/002")
    shutil.rmtree(run / "networks/002")
    assert gpunet("train", "--resume", run, "--device", devices[1]).status == 0
    np.testing.assert_array_equal(weights(run / "networks/000"), kept)
    np.testing.assert_allclose(weights(run / "networks/002"), lost, rtol=1e-7, atol=1e-9)
