"""Whether a difference is more than chance: against SciPy's tests, and by simulation."""

import re

import numpy as np
import pytest
from scipy import stats

import gpunet
from gpunet.evaluation import comparison
from gpunet.evaluation.comparison import compare, mcnemar, permutation_test, sign_test
from gpunet.show.comparison import conclusion

# Of 4,096 images, so that sums are exact, and ties are ties to SciPy too.
A = [n / 4096 for n in (3989, 3994, 3990, 3985, 4000, 3991)]
B = [n / 4096 for n in (3994, 3998, 3999, 3983, 4010, 3989)]


def answers(accuracies: list[float], seed: int, images: int = 2000) -> np.ndarray:
    """Networks that classify images correctly as often as that."""
    draws = np.random.default_rng(seed).random((len(accuracies), images))
    return draws < np.array(accuracies)[:, None]


@pytest.mark.parametrize(("a", "b"), [(44, 86), (0, 5), (3, 3), (7, 0)])
def test_mcnemars_is_the_binomial_test(a: int, b: int) -> None:
    assert mcnemar(a, b) == pytest.approx(stats.binomtest(a, a + b).pvalue, rel=1e-12)


def test_mcnemars_of_no_difference_is_certain() -> None:
    assert mcnemar(0, 0) == 1.0


def difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    """Of sums, which stands for that of means where the groups are of one size."""
    return np.asarray(x.sum(axis) - y.sum(axis))


@pytest.mark.parametrize(("first", "second"), [(A, B), (A, B[:3]), (B[:2], A[:3])])
def test_of_groups_it_is_scipys_permutation_test(first: list[float], second: list[float]) -> None:
    # SciPy doubles the smaller tail; with groups of one size the two tails are the same.
    found = permutation_test(first, second)
    if len(first) == len(second):
        expected = stats.permutation_test((first, second), difference, n_resamples=np.inf)
        assert found == pytest.approx(expected.pvalue, abs=1e-12)
    values, m = np.array(first + second), len(first)
    draws = np.array([np.random.default_rng(s).permutation(values) for s in range(20_000)])
    gaps = np.abs(draws[:, :m].mean(axis=1) - draws[:, m:].mean(axis=1))
    gap = abs(np.mean(first) - np.mean(second))
    assert found == pytest.approx((gaps >= gap - 1e-12).mean(), abs=0.015)


def test_of_pairs_it_is_scipys_permutation_test() -> None:
    kind = {"permutation_type": "samples", "n_resamples": np.inf}
    expected = stats.permutation_test((A, B), difference, **kind)
    assert sign_test([y - x for x, y in zip(A, B, strict=True)]) == pytest.approx(expected.pvalue)


def test_where_there_are_too_many_arrangements_some_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = [y - x for x, y in zip(A, B, strict=True)]
    exact = sign_test(pairs), permutation_test(A, B)
    monkeypatch.setattr(comparison, "MOST_EXACT", 1)
    drawn = sign_test(pairs), permutation_test(A, B)
    assert drawn == pytest.approx(exact, abs=0.02)
    assert drawn == (sign_test(pairs), permutation_test(A, B))
    assert sign_test([0.01] * 40) == 1 / 10_001


def test_of_two_networks_samples_are_counted() -> None:
    a = np.array([True, True, True, False, False, False, False])
    b = np.array([True, False, False, True, True, True, False])
    found = gpunet.compare(a, b)
    assert (found.both, found.only_a, found.only_b, found.neither) == (1, 2, 3, 1)
    assert found.difference == pytest.approx(1 / 7)
    assert found.chance == pytest.approx(1.0)
    assert found.over_networks is None


@pytest.mark.parametrize("networks", [1, 3])
def test_the_interval_over_images_is_the_bootstraps(networks: int) -> None:
    a, b = answers([0.9] * networks, 1), answers([0.93] * networks, 2)
    differences = b.mean(axis=0) - a.mean(axis=0)
    stream = np.random.default_rng(3)
    means = [differences[stream.integers(0, 2000, 2000)].mean() for _ in range(4000)]
    found = compare(a, b).over_images
    assert found == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=1.5e-3)


def test_the_interval_over_networks_is_of_pairs_where_they_are_pairs() -> None:
    a, b = answers(A, 1), answers(B, 2)
    first, second = a.mean(axis=1), b.mean(axis=1)
    expected = stats.ttest_rel(second, first).confidence_interval()
    found = compare(a, b)
    assert found.paired
    assert found.over_networks == pytest.approx((expected.low, expected.high))
    assert found.least_chance == 2 / 2**6
    expected = stats.ttest_ind(second[:4], first, equal_var=False).confidence_interval()
    found = compare(a, b[:4])
    assert not found.paired
    assert found.over_networks == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("paired", [True, False])
def test_no_more_than_once_in_twenty_is_a_difference_found_where_there_is_none(
    paired: bool,
) -> None:
    draws = (np.split(answers([0.9] * 12, seed, 300), 2) for seed in range(400))
    found = np.array([compare(a, b, paired=paired).chance for a, b in draws])
    assert 0.01 < (found <= 0.05).mean() < 0.075


def test_answers_for_other_samples_are_refused() -> None:
    with pytest.raises(gpunet.InputError, match=re.escape("right_a is of 3 samples, right_b of 4")):
        compare(np.ones(3, bool), np.ones(4, bool))
    with pytest.raises(gpunet.InputError, match="right_a"):
        compare(np.ones(3), np.ones(3, bool))


def test_what_is_shown_is_said_in_a_sentence() -> None:
    a, b = answers([0.9], 1)[0], answers([0.95], 2)[0]
    said = conclusion(compare(a, b))
    assert re.fullmatch(
        r"B is better by \d\.\d\d points \(95 % interval \d\.\d\d to \d\.\d\d\); a difference as "
        r"large comes by chance (once in [\d,]+|less than once in a million)",
        said,
    )
    assert conclusion(compare(b, a)) == said.replace("B is", "A is")


def test_what_is_not_shown_is_said() -> None:
    a = answers([0.9], 1)[0]
    assert conclusion(compare(a, a)).endswith("there is no difference")
    assert conclusion(compare(a, answers([0.9], 2)[0])).startswith("no difference is shown: ")


def test_that_there_are_too_few_networks_is_said() -> None:
    said = conclusion(compare(answers([0.9] * 3, 1), answers([0.95] * 3, 2)))
    assert said.endswith(
        "3 pairs of networks are too few to tell: whatever they show, it comes by chance at least "
        "once in 4"
    )
