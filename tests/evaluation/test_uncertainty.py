"""Intervals of accuracies: against SciPy, the bootstrap, and how often they hold."""

import numpy as np
import pytest
from scipy import stats

import gpunet
from gpunet.backend.device import Device
from gpunet.evaluation.uncertainty import deviation, over_images, student, welch, wilson
from tests.evaluation.test_committee import different

ACCURACIES = (0.9738, 0.9752, 0.9741, 0.9729, 0.9765)
OTHERS = (0.9791, 0.9760, 0.9802)


@pytest.mark.parametrize(("correct", "total"), [(0, 10), (7, 10), (9744, 10_000), (10, 10)])
def test_wilsons_is_scipys(correct: int, total: int) -> None:
    expected = stats.binomtest(correct, total).proportion_ci(method="wilson")
    assert wilson(correct, total) == pytest.approx(tuple(expected), abs=1e-12)


def test_students_is_scipys() -> None:
    expected = stats.t.interval(0.95, 4, np.mean(ACCURACIES), stats.sem(ACCURACIES))
    assert student(ACCURACIES) == pytest.approx(expected, rel=1e-12)
    assert deviation(ACCURACIES) == pytest.approx(np.std(ACCURACIES, ddof=1), rel=1e-12)


def test_welchs_is_scipys() -> None:
    expected = stats.ttest_ind(OTHERS, ACCURACIES, equal_var=False).confidence_interval()
    assert welch(ACCURACIES, OTHERS) == pytest.approx((expected.low, expected.high), rel=1e-12)


def test_welchs_of_what_does_not_vary_is_a_point() -> None:
    assert welch([0.5, 0.5], [0.75, 0.75]) == (0.25, 0.25)


def misses(networks: int, images: int, seed: int) -> np.ndarray:
    """Networks that miss one image in ten, mostly the same: some images are harder."""
    stream = np.random.default_rng(seed)
    difficulty = stream.beta(0.2, 1.8, images)
    return stream.random((networks, images)) >= difficulty


def test_over_images_of_one_network_it_is_wilsons() -> None:
    (right,) = misses(1, 500, 1)
    expected = wilson(int(right.sum()), 500)
    assert over_images(right) == pytest.approx(expected, abs=1e-12)
    assert over_images(right[None]) == pytest.approx(expected, abs=1e-12)


def test_over_images_it_is_the_bootstraps() -> None:
    right = misses(5, 4000, 2)
    shares = right.mean(axis=0)
    stream = np.random.default_rng(3)
    means = [shares[stream.integers(0, 4000, 4000)].mean() for _ in range(4000)]
    assert over_images(right) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=7e-4)


def test_over_images_it_holds_the_truth_as_often_as_it_says() -> None:
    held = [
        low <= 0.9 <= high for low, high in (over_images(misses(4, 400, s)) for s in range(2000))
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("value", [True, False])
def test_where_nothing_varies_as_many_images_count_as_there_are(value: bool) -> None:
    assert over_images(np.full((3, 20), value)) == wilson(20 * value, 20)


def test_no_more_answers_count_than_were_given() -> None:
    right = np.array([[True] * 10 + [False] * 10, [False] * 10 + [True] * 10])
    assert over_images(right) == pytest.approx(wilson(20, 40))


def test_an_evaluation_keeps_which_samples_were_right(device: Device) -> None:
    test = gpunet.load_dataset("digits").test
    networks = different(device)
    for network in (networks[0], gpunet.Committee(networks)):
        found = gpunet.evaluate(network, test)
        guesses = device.host(network.predict(test.images))
        np.testing.assert_array_equal(found.right, guesses == test.labels)
        assert found.interval == wilson(found.correct, found.total)
