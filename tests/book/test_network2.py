"""Chapter 3's program, held to a plain one that goes sample by sample."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.book import network2
from gpunet.book.costs import BookCost
from gpunet.book.network2 import CrossEntropyCost, Network, QuadraticCost, vectorized_result
from gpunet.core.errors import InputError
from tests.book.comparing import (
    assert_equal_network,
    assert_lists_close,
    assert_same_network,
    seed,
)
from tests.book.conftest import SIZES
from tests.book.plain import Pair, Plain

COSTS: dict[str, BookCost] = {"quadratic": QuadraticCost, "cross-entropy": CrossEntropyCost}
ALL: dict[str, Any] = {
    "monitor_evaluation_cost": True,
    "monitor_evaluation_accuracy": True,
    "monitor_training_cost": True,
    "monitor_training_accuracy": True,
}


def twins(device: Device | None = None, cost: str = "cross-entropy") -> tuple[Network, Plain]:
    """The same network twice, as the same seed makes it."""
    seed(1)
    plain = Plain(SIZES, cost, scaled=True)
    seed(1)
    return Network(SIZES, cost=COSTS[cost], device=device), plain


def with_columns(labelled: list[Pair]) -> list[Pair]:
    return [(x, vectorized_result(y)) for x, y in labelled]


def test_the_initializers_draw_as_the_books_do() -> None:
    network, plain = twins()
    assert network.cost is CrossEntropyCost
    assert_lists_close(network.weights + network.biases, plain.weights + plain.biases, 1e-15)
    seed(7)
    large = Plain(SIZES)
    seed(7)
    network.large_weight_initializer()
    assert_lists_close(network.weights + network.biases, large.weights + large.biases, 0)
    seed(7)
    network.default_weight_initializer()
    np.testing.assert_allclose(network.weights[0], large.weights[0] / 8, rtol=1e-15)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("lmbda", [0.0, 5.0])
def test_training_equals_training_sample_by_sample(
    device: Device, columns: list[Pair], cost: str, lmbda: float
) -> None:
    network, plain = twins(device, cost)
    seed(2)
    plain.epoch(list(columns), 10, 0.5, lmbda)
    seed(2)
    assert network.SGD(list(columns), 1, 10, 0.5, lmbda) == ([], [], [], [])
    assert_same_network(network, plain)


def test_the_monitors_and_their_lines(
    device: Device, columns: list[Pair], labelled: list[Pair], capsys: pytest.CaptureFixture[str]
) -> None:
    network, plain = twins(device)
    seed(2)
    wanted: list[list[float]] = [[], [], [], []]
    shuffled = list(columns)
    for _ in range(2):
        plain.epoch(shuffled, 10, 0.5, 2.0)
        wanted[0].append(plain.mean_cost(with_columns(labelled), 2.0))
        wanted[1].append(plain.correct(labelled))
        wanted[2].append(plain.mean_cost(columns, 2.0))
        wanted[3].append(plain.correct(columns))
    seed(2)
    found = network.SGD(list(columns), 2, 10, 0.5, 2.0, labelled, **ALL)
    np.testing.assert_allclose(np.array(found), wanted, rtol=1e-9)
    assert_same_network(network, plain)
    ec, ea, tc, ta = found
    assert capsys.readouterr().out == "".join(
        f"Epoch {i} training complete\n"
        f"Cost on training data: {tc[i]}\n"
        f"Accuracy on training data: {ta[i]} / 253\n"
        f"Cost on evaluation data: {ec[i]}\n"
        f"Accuracy on evaluation data: {ea[i]} / 431\n"
        "\n"
        for i in range(2)
    )
    assert {type(value) for value in ec + tc} == {float}
    assert {type(value) for value in ea + ta} == {int}


@pytest.mark.parametrize("name", ALL)
def test_each_monitor_alone(
    columns: list[Pair], labelled: list[Pair], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lists: tuple[Sequence[float], ...] = twins()[0].SGD(
        columns[:50], 2, 10, 0.5, evaluation_data=labelled, **{name: True}
    )
    lengths = {other: len(found) for other, found in zip(ALL, lists, strict=True)}
    assert lengths == {other: 2 * (other == name) for other in ALL}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line] == [
        "Epoch", "Accuracy" if "accuracy" in name else "Cost"
    ] * 2  # fmt: skip


def test_early_stopping_waits_for_no_improvement_in_n_epochs(
    columns: list[Pair], labelled: list[Pair], capsys: pytest.CaptureFixture[str]
) -> None:
    network, _ = twins()
    # Without learning nothing improves: the first epoch is the best, and three more are waited for.
    network.SGD(columns[:50], 30, 10, 0.0, evaluation_data=labelled, early_stopping_n=3)
    assert capsys.readouterr().out.count("Epoch") == 4
    accuracies = network.SGD(
        list(columns), 60, 10, 0.5, evaluation_data=labelled,
        monitor_evaluation_accuracy=True, early_stopping_n=2,
    )[1]  # fmt: skip
    waits = [max(accuracies[:i], default=0) >= accuracies[i] for i in range(len(accuracies))]
    assert waits[-2:] == [True, True]
    assert not any(a and b for a, b in pairwise(waits[:-1]))
    assert len(accuracies) < 60


@pytest.mark.parametrize("cost", COSTS)
def test_update_mini_batch_decays_weights_once(columns: list[Pair], cost: str) -> None:
    network, plain = twins(cost=cost)
    for start in range(0, 253, 10):
        network.update_mini_batch(columns[start : start + 10], 0.5, 5.0, 253)
        plain.step(columns[start : start + 10], 0.5, 5.0, 253)
    assert_equal_network(network, plain)


@pytest.mark.parametrize("cost", COSTS)
def test_backprop(columns: list[Pair], cost: str) -> None:
    network, plain = twins(cost=cost)
    for ours, theirs in zip(
        network.backprop(*columns[3]), plain.gradient(*columns[3]), strict=True
    ):
        assert_lists_close(ours, theirs, 0)


# Few are gone through one by one; many become matrices.
@pytest.mark.parametrize("samples", [1, 20, 21, 253])
@pytest.mark.parametrize("cost", COSTS)
def test_accuracy_and_total_cost(
    device: Device, columns: list[Pair], labelled: list[Pair], cost: str, samples: int
) -> None:
    network, plain = twins(device, cost)
    columns, labelled = columns[:samples], labelled[:samples]
    assert network.accuracy(labelled) == plain.correct(labelled)
    assert network.accuracy(columns, convert=True) == plain.correct(columns)
    found = [network.total_cost(columns, 5.0), network.total_cost(labelled, 5.0, convert=True)]
    wanted = [plain.mean_cost(columns, 5.0), plain.mean_cost(with_columns(labelled), 5.0)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_of_no_samples_none_are_recognised() -> None:
    assert twins()[0].accuracy([]) == 0
    assert twins()[0].accuracy([], convert=True) == 0


@pytest.mark.parametrize("samples", [1, 30])
def test_the_cost_of_a_saturated_output_is_the_books(device: Device, samples: int) -> None:
    network = Network([1, 2], device=device)
    network.weights, network.biases = [np.array([[-60.0], [-60.0]])], [np.zeros((2, 1))]
    data: list[Pair] = samples * [(np.ones((1, 1)), np.array([[1.0], [0.0]]))]
    assert network.total_cost(data, 0.0) == pytest.approx(60.0, rel=1e-12)


def test_the_costs_by_themselves() -> None:
    z = np.array([[0.0], [np.log(3)]])
    a, y = np.array([[0.5], [0.75]]), np.array([[1.0], [0.0]])
    assert QuadraticCost.fn(a, y) == pytest.approx(0.5 * (0.25 + 0.5625))
    np.testing.assert_allclose(QuadraticCost.delta(z, a, y), [[-0.125], [0.75 * 0.1875]])
    assert CrossEntropyCost.fn(a, y) == pytest.approx(np.log(2) + np.log(4))
    np.testing.assert_array_equal(CrossEntropyCost.delta(z, a, y), a - y)
    exact = np.array([[1.0], [0.0]])
    assert CrossEntropyCost.fn(exact, exact) == 0.0
    assert CrossEntropyCost.fn(1 - exact, exact) > 1e308


def test_the_functions_beside_the_network() -> None:
    column = vectorized_result(3)
    assert column.shape == (10, 1)
    assert (column.sum(), column[3, 0]) == (1.0, 1.0)
    assert network2.sigmoid(0) == 0.5
    assert network2.sigmoid_prime(0) == 0.25


def test_an_assigned_cost_counts(columns: list[Pair]) -> None:
    network, plain = twins()
    network.cost, plain.cost = QuadraticCost, "quadratic"
    network.update_mini_batch(columns[:10], 0.5, 0.0, 253)
    plain.step(columns[:10], 0.5)
    assert_same_network(network, plain)


def test_what_makes_no_sense_is_refused(columns: list[Pair], labelled: list[Pair]) -> None:
    network, _ = twins()
    refused: list[tuple[str, Any]] = [
        ("give evaluation_data", lambda: network.SGD(columns, 1, 1, 1.0, **ALL)),
        ("give evaluation_data", lambda: network.SGD(columns, 1, 1, 1.0, early_stopping_n=2)),
        ("list of pairs", lambda: network.SGD(7, 1, 1, 1.0)),  # type: ignore[arg-type]
        ("label", lambda: network.accuracy(columns)),
        ("label", lambda: network.accuracy(columns[:3])),
        (r"columns \(10, 1\)", lambda: network.accuracy(labelled, convert=True)),
        (r"columns \(10, 1\)", lambda: network.accuracy(labelled[:3], convert=True)),
        (r"columns \(10, 1\)", lambda: network.total_cost(labelled, 0.0)),
        (r"columns \(10, 1\)", lambda: network.total_cost(labelled[:3], 0.0)),
        ("label", lambda: network.total_cost(columns[:3], 0.0, convert=True)),
        ("no samples", lambda: network.total_cost([], 0.0)),
        ("label 12", lambda: network.total_cost([(columns[0][0], 12)], 0.0, convert=True)),
        ("CrossEntropyCost", lambda: Network(SIZES, cost="quadratic")),  # type: ignore[arg-type]
    ]
    for words, call in refused:
        with pytest.raises(InputError, match=words):
            call()
