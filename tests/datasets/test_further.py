"""QMNIST's further test digits: found on disk, never fetched, and known for what they are."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gpunet.datasets.further import FILES, FIRST, read_further
from tests.cli.running import gpunet
from tests.datasets.samples import Array, idx_bytes, make_samples, refused, write_mnist

MORE = 25


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data sets, of which QMNIST's is there and empty."""
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "qmnist").mkdir()
    return tmp_path


def write(root: Path, images: Array, labels: Array) -> None:
    """QMNIST's two test files, packed, with labels in the first of eight columns."""
    extended = np.zeros((len(labels), 8), ">i4")
    extended[:, 0], extended[:, 1:] = labels, 300_000
    held = idx_bytes(np.frombuffer(extended.tobytes(), np.uint8), extended.shape, 12)
    for name, content in zip(FILES, (idx_bytes(images), held), strict=True):
        (root / "qmnist" / f"{name}.gz").write_bytes(gzip.compress(content, 1))


def digits(count: int) -> tuple[Array, Array]:
    """So many that are blank, and some behind these that are not."""
    images, labels = make_samples(MORE, 28, 28)
    blank = np.zeros((count, 28, 28), np.uint8)
    return np.vstack([blank, images]), np.hstack([np.zeros(count, np.uint8), labels])


def test_they_are_those_behind_mnists(root: Path) -> None:
    write(root, *digits(FIRST))
    found = read_further()
    images, labels = make_samples(MORE, 28, 28)
    np.testing.assert_array_equal(found.images, images.reshape(MORE, -1))
    np.testing.assert_array_equal(found.labels, labels)


def test_they_are_not_fetched(root: Path) -> None:
    with refused(root / "qmnist", "gpunet data fetch qmnist"):
        read_further()
    assert list((root / "qmnist").iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda images, labels: (images[:FIRST], labels[:FIRST]),
        lambda images, labels: (images[:, :27], labels),
        lambda images, labels: (images, labels + 1),
    ],
    ids=["too few", "too small", "unknown labels"],
)
def test_other_files_are_refused(
    root: Path, spoil: Callable[[Array, Array], tuple[Array, Array]]
) -> None:
    images, labels = spoil(*digits(FIRST))
    write(root, images.copy(), labels.astype(np.int64))
    with refused(root / "qmnist", "QMNIST has 60,000 test images of 28 × 28"):
        read_further()


def test_evaluate_tells_of_them(root: Path) -> None:
    write_mnist(root / "mnist", *make_samples(100, 28, 28))
    run = root / "run"
    options = ("--data", "mnist", "--epochs", 30, "--learning-rate", 3, "--out", run)
    assert gpunet("train", *options, "--networks", 2).status == 0
    outcome = gpunet("evaluate", run, "--further")
    assert outcome.status == 2
    assert "gpunet data fetch qmnist" in outcome.complaint
    write(root, *digits(FIRST))
    result = gpunet("evaluate", run, "--further", "--json").result["further"]
    # The first of the very samples that it was trained on.
    assert result["total"] == MORE
    assert result["members_alone"]["n"] == 2
    assert result["ci95_images"][0] < result["accuracy"]
    said = gpunet("evaluate", run, "--further").out
    assert f"({result['correct']} of 25; 95 % interval over images" in said
    assert "on QMNIST's further test digits" in said
    assert "further" not in gpunet("evaluate", run, "--json").result
    outcome = gpunet("evaluate", run, "--further", "--split", "train")
    assert (outcome.status, "leave out --data and --split" in outcome.complaint) == (2, True)


def test_networks_of_other_data_are_refused(root: Path) -> None:
    run = root / "run"
    gpunet("train", "--epochs", 1, "--out", run)
    outcome = gpunet("evaluate", run, "--further")
    assert outcome.status == 2
    assert "for networks trained on MNIST, not on digits" in outcome.complaint
