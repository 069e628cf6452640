"""`gpunet compare`: two runs, two groups of networks, and what cannot be compared."""

import json
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from tests.cli.running import everywhere, gpunet

TEST = package.load_dataset("digits").test


@pytest.fixture(scope="module")
def smaller(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """A run with fewer hidden neurons."""
    run = tmp_path_factory.mktemp("smaller") / "run"
    options = ("--hidden", 5, "--epochs", 2, "--device", where)
    assert gpunet("train", *options, "--out", run).status == 0
    return run


@pytest.fixture(scope="module")
def three_smaller(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """Three of them."""
    run = tmp_path_factory.mktemp("smaller") / "run"
    options = ("--hidden", 5, "--epochs", 2, "--networks", 3, "--device", where)
    assert gpunet("train", *options, "--out", run).status == 0
    return run


def right(run: Path, where: str) -> np.ndarray:
    """Which test digits a model recognises."""
    network = package.load(run / "model.safetensors", where)
    return np.asarray(network.device.host(network.predict(TEST.images)) == TEST.labels)


@everywhere
def test_of_two_networks_the_images_are_counted(finished: Path, smaller: Path, where: str) -> None:
    found = gpunet("compare", finished, smaller, "--json").result
    a, b = right(finished, where), right(smaller, where)
    counts = [int((a & b).sum()), int((a & ~b).sum()), int((b & ~a).sum()), int((~a & ~b).sum())]
    assert [found[name] for name in ("both", "only_a", "only_b", "neither")] == counts
    assert found["difference"] == pytest.approx(b.mean() - a.mean())
    assert found["ci95_images"][0] < found["difference"] < found["ci95_images"][1]
    assert (found["split"], found["data"]) == ("test", "digits")


@everywhere
def test_networks_are_compared_by_seed(three: Path, three_smaller: Path, where: str) -> None:
    found = gpunet("compare", three, three_smaller, "--json").result
    folders = [f"networks/{number:03}" for number in range(3)]
    accuracies = [
        [right(run / folder, where).mean() for folder in folders] for run in (three, three_smaller)
    ]
    assert found["accuracies"] == pytest.approx(np.mean(accuracies, axis=1).tolist())
    assert found["networks"] == [3, 3]
    assert found["paired"]
    differences = np.subtract(accuracies[1], accuracies[0])
    middle = sum(found["ci95_networks"]) / 2
    assert middle == pytest.approx(differences.mean())


def test_the_conclusion_is_printed(finished: Path, smaller: Path) -> None:
    said = gpunet("compare", finished, smaller, "--split", "validation").out
    assert "on the validation split of digits" in said
    assert "B right" in said
    *_, last = said.splitlines()
    assert last.startswith("A is better by ")
    assert (
        last
        == gpunet("compare", finished, smaller, "--split", "validation", "--json").result[
            "conclusion"
        ]
    )


def test_one_network_beside_several(finished: Path, three: Path) -> None:
    outcome = gpunet("compare", finished, three)
    assert outcome.status == 0
    assert "1 and 3 networks are too few to tell" in outcome.out


def refused(*arguments: object) -> str:
    """The line in which it is refused."""
    outcome = gpunet("compare", *arguments, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    return outcome.complaint


def test_a_run_is_not_compared_with_itself(finished: Path, three: Path) -> None:
    assert "compared with itself" in refused(finished, finished)
    assert "compared with itself" in refused(three, three / "networks/001")


def test_runs_of_other_data_are_not_compared(finished: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "few.npz", images=TEST.images.reshape(-1, 8, 8), labels=TEST.labels)
    run = tmp_path / "run"
    gpunet("train", "--data", tmp_path / "few.npz", "--epochs", 1, "--out", run)
    said = refused(finished, run)
    assert f"{finished} was trained on digits, {run} on {tmp_path / 'few.npz'}" in said
    assert gpunet("compare", finished, run, "--data", "digits").status == 0


def test_networks_of_several_settings_are_not_compared(finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    gpunet("train", "--hidden", 5, "--hidden", 6, "--epochs", 1, "--out", run)
    assert "several settings, which differ in hidden" in refused(finished, run)


def test_a_training_split_is_not_compared_on(finished: Path, smaller: Path) -> None:
    assert "--split" in refused(finished, smaller, "--split", "train")


def test_its_json_is_complete(three: Path, three_smaller: Path) -> None:
    said = json.dumps(gpunet("compare", three, three_smaller, "--json").result)
    assert "NaN" not in said
