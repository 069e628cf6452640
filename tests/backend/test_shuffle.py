"""Orders of the samples: permutations, of which none is likelier than another."""

import numpy as np
import pytest

from gpunet.backend.shuffle import shuffled

KEY = 0x123456789ABCDEF0


@pytest.mark.parametrize("samples", [1, 2, 3, 10, 253, 1024, 1025, 50_000])
def test_every_sample_comes_once(samples: int) -> None:
    order = shuffled(samples, KEY, 0)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(samples))


def test_epochs_and_keys_have_orders_of_their_own_and_the_same_each_time() -> None:
    orders = [shuffled(1000, key, epoch) for key in (KEY, KEY + 1) for epoch in (0, 1)]
    for number, order in enumerate(orders):
        # Of two permutations one place in a thousand is the same by chance.
        assert [np.mean(order == other) < 0.01 for other in orders].count(False) == 1
        again = shuffled(1000, (KEY, KEY, KEY + 1, KEY + 1)[number], number % 2)
        np.testing.assert_array_equal(order, again)


@pytest.mark.parametrize("samples", [5, 16, 64, 257])
def test_every_sample_is_as_often_at_every_place_and_behind_every_other(samples: int) -> None:
    draws, places, pairs = 4000, np.zeros((samples, samples)), np.zeros((samples, samples))
    for draw in range(draws):
        order = shuffled(samples, KEY + draw // 30, draw % 30)
        places[np.arange(samples), order] += 1
        np.add.at(pairs, (order[:-1], order[1:]), 1)
    others = ~np.eye(samples, dtype=bool)
    for found, freedom in ((places.ravel(), (samples - 1) ** 2), (pairs[others], others.sum())):
        excess = chi_squared(found) / freedom - 1
        assert abs(excess) < 5 * np.sqrt(2 / freedom)


@pytest.mark.parametrize("lag", [1, 2, 16, 256, 4096])
def test_what_lies_some_places_apart_is_independent(lag: int) -> None:
    """In fifty parts of the samples; a permutation leaves 4 % less than chance does."""
    samples, parts, excesses = 50_000, 50, []
    for key in range(20):
        own = shuffled(samples, KEY + key, key) * parts // samples
        together = np.bincount(own[:-lag] * parts + own[lag:], minlength=parts**2)
        excesses.append(chi_squared(together) / (parts**2 - 1) - 0.96)
    # Of one order the standard deviation is 0.028.
    assert abs(np.mean(excesses)) < 5 * 0.028 / np.sqrt(20)


def test_batches_have_as_many_of_a_class_as_chance_gives_them() -> None:
    counts = [
        (shuffled(50_000, KEY, epoch) < 5000).reshape(-1, 10).sum(axis=1) for epoch in range(8)
    ]
    # The variance of a hypergeometric number; its own standard deviation is 0.0065 here.
    assert abs(np.var(counts) - 0.9) < 0.03


def chi_squared(counts: np.ndarray) -> float:
    """Of numbers that are all to be expected alike."""
    return float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
