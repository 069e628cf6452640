"""The embedded digits: all of scikit-learn's, divided once and for ever."""

import numpy as np
import pytest

from gpunet.datasets.dataset import Dataset
from gpunet.datasets.genuine import verify
from gpunet.datasets.load import load_dataset
from gpunet.datasets.named import DATASETS
from gpunet.datasets.places import embedded


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits")


def test_the_files_are_the_published_ones() -> None:
    verify(DATASETS["digits"], embedded("digits"))


def test_they_say_where_they_come_from() -> None:
    note = (embedded("digits") / "README.md").read_text()
    assert "Alpaydin" in note
    assert "CC BY 4.0" in note


def test_they_are_8_by_8_pixels_of_16_levels_in_10_classes(digits: Dataset) -> None:
    assert (digits.shape, digits.features, digits.max_pixel) == ((8, 8), 64, 16)
    assert digits.classes == tuple("0123456789")
    assert digits.scale == 1 / 16


def test_seventy_ten_and_twenty_percent(digits: Dataset) -> None:
    fractions = [len(split) / 1797 for split in digits.splits.values()]
    assert fractions == pytest.approx([0.7, 0.1, 0.2], abs=0.002)


def test_together_the_splits_are_scikit_learns_digits(digits: Dataset) -> None:
    """As a multiset of images with their labels: so no image is in two splits, either."""
    datasets = pytest.importorskip("sklearn.datasets")
    source = datasets.load_digits()
    expected = sorted(
        (image.tobytes(), int(label))
        for image, label in zip(source.data.astype(np.uint8), source.target, strict=True)
    )
    found = sorted(
        (image.tobytes(), int(label))
        for split in digits.splits.values()
        for image, label in zip(split.images, split.labels, strict=True)
    )
    assert found == expected


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_each_split_has_every_class_in_its_proportion(digits: Dataset, name: str) -> None:
    counts = {k: np.bincount(split.labels, minlength=10) for k, split in digits.splits.items()}
    share = len(digits.splits[name]) / 1797
    assert np.all(np.abs(counts[name] - share * sum(counts.values())) <= 1)


@pytest.mark.parametrize("first", ["train", "validation", "test"])
def test_no_image_is_in_two_splits(digits: Dataset, first: str) -> None:
    images = {k: {image.tobytes() for image in s.images} for k, s in digits.splits.items()}
    for other in images.keys() - {first}:
        assert not images[first] & images[other]


def test_they_are_the_same_every_time(digits: Dataset) -> None:
    again = load_dataset("digits")
    assert again.digest == digits.digest
    np.testing.assert_array_equal(again.train.images, digits.train.images)
