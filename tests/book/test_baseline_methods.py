"""The book's baselines: darkness by hand, and the support vector machine's settings."""

import sys

import numpy as np
import pytest

import gpunet
from gpunet.book.baselines import average_darkness, guess_by_darkness, guess_by_svm, nearest
from gpunet.datasets.dataset import Dataset, Split

# Sums 10, 20 and 100, 140; there is no class 1.
IMAGES = np.array([[4, 6], [15, 5], [50, 50], [60, 80]], np.uint8)
LABELS = np.array([0, 0, 2, 2])


def dataset(images: np.ndarray, labels: np.ndarray, tests: list[list[int]]) -> Dataset:
    train = Split(images, labels)
    test = Split(np.array(tests, np.uint8), np.zeros(len(tests), np.int64))
    return Dataset("a few", train, train, test, (1, 2), classes=("a", "b", "c"))


def test_the_average_darkness_is_that_of_each_class() -> None:
    np.testing.assert_array_equal(average_darkness(IMAGES, LABELS), [15.0, np.nan, 120.0])


def test_sums_of_many_pixels_do_not_overflow() -> None:
    image = np.full((1, 784), 255, np.uint8)
    np.testing.assert_array_equal(average_darkness(image, np.array([0])), [199920])


def test_an_image_is_of_the_class_that_is_as_dark() -> None:
    averages = np.array([15.0, np.nan, 120.0])
    images = np.array([[60, 7], [60, 8], [0, 0], [255, 255]], np.uint8)
    np.testing.assert_array_equal(nearest(images, averages), [0, 2, 0, 2])


def test_darkness_is_learnt_from_the_training_images_and_told_of_the_test_images() -> None:
    guessed = guess_by_darkness(dataset(IMAGES, LABELS, [[1, 1], [90, 90], [30, 20]]))
    np.testing.assert_array_equal(guessed, [0, 2, 0])


def test_the_machine_is_the_books() -> None:
    """Against its decision function, written out: Σ αᵢ yᵢ exp(−γ ‖x − xᵢ‖²) + b, γ = 1/features."""
    pytest.importorskip("sklearn")
    from gpunet.book.baselines import train_svm

    digits = gpunet.load_dataset("digits")
    zeros_and_ones = digits.train.labels < 2
    x = digits.train.images[zeros_and_ones] / 16
    machine = train_svm(x[:-20], digits.train.labels[zeros_and_ones][:-20])
    squares = ((x[-20:, np.newaxis] - machine.support_vectors_) ** 2).sum(axis=2)
    decision = np.exp(-squares / 64) @ machine.dual_coef_[0] + machine.intercept_
    np.testing.assert_allclose(machine.decision_function(x[-20:]), decision, rtol=1e-9)
    assert np.abs(machine.dual_coef_).max() <= 1  # C


def test_the_machine_takes_fractions_and_gives_labels() -> None:
    pytest.importorskip("sklearn")
    guessed = guess_by_svm(dataset(IMAGES, LABELS, [[5, 5], [60, 70]]))
    np.testing.assert_array_equal(guessed, [0, 2])


def test_one_class_is_too_few() -> None:
    pytest.importorskip("sklearn")
    with pytest.raises(gpunet.InputError, match="all of one class"):
        guess_by_svm(dataset(IMAGES, np.zeros(4, np.int64), [[5, 5]]))


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    with pytest.raises(gpunet.InputError, match="pip install scikit-learn"):
        guess_by_svm(dataset(IMAGES, LABELS, [[5, 5]]))
