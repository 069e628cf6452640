"""Accuracies without a network: chapter 1's two baselines."""

from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset

# Accuracies on MNIST's test images, trained on 50,000, as chapter 1 prints them.
PUBLISHED = {"darkness": 0.2225, "svm": 0.9435}


def guess_by_darkness(dataset: Dataset) -> HostArray:
    """The labels (n,) of the test images: that of the class whose training images are as dark.

    The book's mnist_average_darkness.py. Dark is ink: the sum of an image's pixels.
    """
    averages = average_darkness(dataset.train.images, dataset.train.labels)
    return nearest(dataset.test.images, averages)


def average_darkness(images: HostArray, labels: HostArray) -> HostArray:
    """For each class, the sum of an image's pixels, averaged over its images.

    Args:
        images: (n, features).
        labels: whole numbers from 0 (n,).

    Returns:
        float64 (classes,), NaN for a class of no images.
    """
    counts = np.bincount(labels)
    totals = np.bincount(labels, weights=images.sum(axis=1, dtype=np.float64))
    averages: HostArray = np.full(len(counts), np.nan)
    np.divide(totals, counts, out=averages, where=counts > 0)
    return averages


def nearest(images: HostArray, averages: HostArray) -> HostArray:
    """For images (n, features) the classes (n,) whose averages are nearest to their own sums."""
    darkness = images.sum(axis=1, dtype=np.float64)
    distances: HostArray = np.abs(darkness[:, np.newaxis] - averages)
    return np.asarray(np.nanargmin(distances, axis=1))


def guess_by_svm(dataset: Dataset) -> HostArray:
    """The labels (n,) that a support vector machine gives the test images; as `train_svm`."""
    train, test = dataset.train, dataset.test
    machine = train_svm(train.images * dataset.scale, train.labels)
    return np.asarray(machine.predict(test.images * dataset.scale))


def train_svm(images: HostArray, labels: HostArray) -> Any:
    """scikit-learn's support vector classifier with the default settings of the book's time.

    The book's mnist_svm.py writes `svm.SVC()`, which then meant a radial basis function with
    γ = 1/features, and C = 1. It runs on one core; on MNIST for minutes.

    Args:
        images: pixels as fractions (n, features).
        labels: (n,).

    Returns:
        An object with `predict(images)`.

    Raises:
        InputError: scikit-learn is not installed, or there is only one class.
    """
    try:
        from sklearn.svm import SVC
    except ImportError:
        raise InputError(
            "the SVM is scikit-learn's, which is not installed: pip install scikit-learn"
        ) from None
    if len(np.unique(labels)) < 2:
        raise InputError("the training images are all of one class; an SVM needs two or more")
    return SVC(C=1.0, kernel="rbf", gamma="auto").fit(images, labels)


BASELINES = {"darkness": guess_by_darkness, "svm": guess_by_svm}
