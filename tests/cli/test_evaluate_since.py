"""`gpunet evaluate`, where something has become of a run, or of its data, since."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.running import gpunet

WORDS = ("one", "three", "two")


def write_images(folder: Path, classes: tuple[str, ...], side: int = 8) -> None:
    """Ten images of noise for each class."""
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(10):
            pixels = rng.integers(0, 255, (side, side)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of images in three classes."""
    write_images(tmp_path / "data", WORDS)
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path: Path, data: Path) -> Path:
    """A run that was trained on it."""
    run = tmp_path / "run"
    assert gpunet("train", "--data", data, "--epochs", 1, "--out", run).status == 0
    return run


def test_data_that_are_gone(run: Path, data: Path) -> None:
    shutil.rmtree(data)
    outcome = gpunet("evaluate", run)
    assert outcome.status == 2
    wanted = f"{run} was trained on {data.resolve()}, which is no longer there; name its data"
    assert wanted in outcome.complaint


def test_a_class_that_is_gone_does_not_lend_its_number_to_the_next(run: Path, data: Path) -> None:
    shutil.rmtree(data / "one")
    outcome = gpunet("evaluate", run)
    assert outcome.status == 2
    assert f"{data.resolve()} has changed since {run} was trained" in outcome.out + outcome.err
    assert "class 0, counted from 0, is 'three' in" in outcome.complaint
    assert f"and 'one' to {run}" in outcome.complaint


def test_a_class_that_was_added(run: Path, data: Path) -> None:
    write_images(data, ("unknown",))
    outcome = gpunet("evaluate", run)
    assert outcome.status == 2
    assert f"has 4 classes, {run} knows 3" in outcome.complaint


def test_images_of_another_size(run: Path, data: Path) -> None:
    shutil.rmtree(data)
    write_images(data, WORDS, side=9)
    outcome = gpunet("evaluate", run)
    assert outcome.status == 2
    assert f"has images of 9 × 9 pixels, {run} was trained on 8 × 8" in outcome.complaint


def test_other_images_of_the_same_classes_are_evaluated(run: Path, data: Path) -> None:
    (data / "one" / "0.png").unlink()
    outcome = gpunet("evaluate", run)
    assert outcome.status == 0
    assert f"has changed since {run} was trained" in outcome.out


def test_a_run_that_diverged(tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("--activation", "linear", "--learning-rate", 2, "--epochs", 1)
    assert gpunet("train", *options, "--out", run).status == 1
    outcome = gpunet("evaluate", run)
    assert outcome.status == 0
    assert f"note: {run}: training diverged: the " in outcome.out
    assert "smaller than 2; this is its last good network, after 0 epochs" in outcome.out
