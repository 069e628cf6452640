"""Labels of MNIST that are disputed: known by the very bytes of its test files."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gpunet
from gpunet.datasets import disputed
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.disputed import PLACES, disputed_labels
from gpunet.datasets.mnist import find_mnist
from gpunet.report.certainty import certainty
from gpunet.report.findings import Findings
from gpunet.show.doubts import count_disputed, doubts
from tests.datasets.samples import idx_bytes


@pytest.fixture
def forged(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Data that pass for MNIST: its digests are those of these."""
    images = np.zeros((10_000, 28, 28), np.uint8)
    labels = (np.arange(10_000) % 10).astype(np.uint8)
    digests = {
        "t10k-images-idx3-ubyte": hashlib.sha256(idx_bytes(images)).hexdigest(),
        "t10k-labels-idx1-ubyte": hashlib.sha256(idx_bytes(labels)).hexdigest(),
    }
    monkeypatch.setattr(disputed, "MNIST", digests)
    test = Split(images.reshape(10_000, -1), labels)
    return Dataset("any name", test[:10], test[:10], test, (28, 28))


def test_there_are_fifteen_in_order() -> None:
    assert len(PLACES) == 15
    assert sorted(set(PLACES)) == list(PLACES)


def test_they_are_those_of_mnist_alone(forged: Dataset, few: Dataset) -> None:
    assert disputed_labels(forged).tolist() == list(PLACES)
    assert not len(disputed_labels(few))
    labels = forged.test.labels.copy()
    labels[0] += 1
    other = replace(forged, test=Split(forged.test.images, labels))
    assert not len(disputed_labels(other))


@pytest.mark.skipif(not find_mnist(), reason="needs MNIST: gpunet data fetch mnist")
def test_mnist_is_known_from_any_place(tmp_path: Path) -> None:
    folder = find_mnist()
    assert folder is not None
    for path in folder.glob("*ubyte*"):
        (tmp_path / path.name).symlink_to(path)
    assert len(disputed_labels(gpunet.load_dataset(tmp_path))) == 15


def answers(missed: list[int]) -> np.ndarray:
    """Right answers but for these places."""
    right = np.ones(10_000, bool)
    right[missed] = False
    return right


def test_it_is_said_how_many_of_the_misread_have_one(forged: Dataset, few: Dataset) -> None:
    right = answers([*PLACES[:4], *range(30)])
    assert count_disputed(forged, right) == {"images": 15, "misread": 4}
    (said,) = doubts(forged, right)
    assert said.startswith("of the 34 misread, 4 have a label that is disputed, as 15 of the test")
    assert doubts(few, right) == []
    assert count_disputed(few, right) is None


def test_an_error_no_larger_than_that_of_the_labels_is_said_to_tell_nothing(
    forged: Dataset,
) -> None:
    _, said = doubts(forged, answers(list(range(15))))
    assert said == (
        "an error of 0.15 % is no more than that of the labels, 0.15 %: below this nothing can be "
        "told"
    )
    assert len(doubts(forged, answers(list(range(16))))) == 1


def test_a_report_says_it_too(forged: Dataset) -> None:
    right = np.stack([answers(list(PLACES[:3])), answers([1, 2])])
    pooled = gpunet.Evaluation(0.1, np.eye(10, dtype=np.int64))
    told = certainty(Findings(2, pooled, right, [], []), forged)
    words = re.sub("<.*?>", "", str(told)).replace("&nbsp;", " ")
    assert "over networks that differ in their seeds" in words
    assert "Of the 2.5 images that are on average misread, 1.5 have a label that is" in words
    assert "below it nothing can be told" in words
