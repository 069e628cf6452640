"""Chapter 1's program, held to a plain one that goes sample by sample."""

import random

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.book.network import Network, sigmoid, sigmoid_prime
from tests.book.comparing import (
    assert_equal_network,
    assert_lists_close,
    assert_same_network,
    seed,
    twins,
)
from tests.book.conftest import SIZES
from tests.book.plain import Pair, Plain


def test_the_first_weights_are_the_books() -> None:
    network, plain = twins()
    for ours, theirs in zip(network.biases + network.weights, plain.biases + plain.weights,
                            strict=True):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)
    assert (network.sizes, network.num_layers) == (SIZES, 3)


def test_training_equals_training_sample_by_sample(
    device: Device, columns: list[Pair], labelled: list[Pair], capsys: pytest.CaptureFixture[str]
) -> None:
    network, plain = twins(device)
    theirs, lines = list(columns), []
    seed(2)
    for epoch in range(2):
        plain.epoch(theirs, 10, 3.0)
        lines.append(f"Epoch {epoch}: {plain.correct(labelled)} / 431\n")
    after = random.random()
    seed(2)
    ours = list(columns)
    network.SGD(ours, 2, 10, 3.0, test_data=labelled)
    assert_same_network(network, plain)
    assert [id(x) for x, _ in ours] == [id(x) for x, _ in theirs]  # shuffled alike, in place
    assert random.random() == after
    assert capsys.readouterr().out == "".join(lines)


@pytest.mark.parametrize(("samples", "size"), [(253, 253), (253, 1000), (20, 7), (3, 1)])
def test_batches_of_any_size(columns: list[Pair], samples: int, size: int) -> None:
    network, plain = twins()
    seed(2)
    plain.epoch(columns[:samples], size, 0.7)
    seed(2)
    network.SGD(columns[:samples], 1, size, 0.7)
    assert_same_network(network, plain)


def test_without_test_data_it_says_complete(
    columns: list[Pair], capsys: pytest.CaptureFixture[str]
) -> None:
    assert twins()[0].SGD(columns[:50], 2, 10, 3.0) is None  # type: ignore[func-returns-value]
    assert capsys.readouterr().out == "Epoch 0 complete\nEpoch 1 complete\n"


def test_targets_may_be_any_columns(device: Device) -> None:
    seed(3)
    plain = Plain([2, 3, 1])
    seed(3)
    network = Network([2, 3, 1], device=device)
    x = [np.array([[a], [b]]) for a in (0, 1) for b in (0, 1)]
    data = [(column, np.array([[0.25 * column.sum()]])) for column in x]
    seed(4)
    plain.epoch(list(data), 2, 1.5)
    seed(4)
    network.SGD(list(data), 1, 2, 1.5)
    assert_same_network(network, plain)


def test_update_mini_batch_is_the_books_to_the_last_bit(columns: list[Pair]) -> None:
    network, plain = twins()
    for start in range(0, 253, 10):
        network.update_mini_batch(columns[start : start + 10], 3.0)
        plain.step(columns[start : start + 10], 3.0)
    assert_equal_network(network, plain)


def test_update_mini_batch_puts_new_arrays_in_place_of_the_old(columns: list[Pair]) -> None:
    network, _ = twins()
    weights, first = network.weights, network.weights[0].copy()
    network.update_mini_batch(columns[:10], 3.0)
    assert network.weights is not weights
    np.testing.assert_array_equal(weights[0], first)


def test_backprop_gives_two_lists_of_columns_and_matrices(columns: list[Pair]) -> None:
    network, plain = twins()
    nabla_b, nabla_w = network.backprop(*columns[5])
    assert isinstance(nabla_b, list)
    plain_b, plain_w = plain.gradient(*columns[5])
    assert_lists_close(nabla_b, plain_b, 0)
    assert_lists_close(nabla_w, plain_w, 0)


@pytest.mark.parametrize("sizes", [[64, 10], [64, 12, 11, 10], [64, 500, 10]])
def test_networks_of_any_depth(columns: list[Pair], sizes: list[int]) -> None:
    seed(1)
    plain = Plain(sizes)
    seed(1)
    network = Network(sizes)
    x, y = columns[0]
    np.testing.assert_allclose(network.feedforward(x), plain.activations(x)[-1], rtol=1e-12)
    for ours, theirs in zip(network.backprop(x, y), plain.gradient(x, y), strict=True):
        assert_lists_close(ours, theirs, 0)


def test_feedforward_of_one_column_and_of_many(columns: list[Pair]) -> None:
    network, plain = twins()
    x = columns[0][0]
    np.testing.assert_allclose(network.feedforward(x), plain.activations(x)[-1], rtol=1e-12)
    many = np.hstack([x for x, _ in columns])
    np.testing.assert_allclose(network.feedforward(many), plain.activations(many)[-1], rtol=1e-12)


# Few are gone through one by one; many become matrices.
@pytest.mark.parametrize("samples", [0, 1, 20, 21, 431])
def test_evaluate_counts(device: Device, labelled: list[Pair], samples: int) -> None:
    network, plain = twins(device)
    count = network.evaluate(labelled[:samples])
    assert isinstance(count, int)
    assert count == plain.correct(labelled[:samples])


def test_nothing_is_printed_of_no_test_data(
    columns: list[Pair], capsys: pytest.CaptureFixture[str]
) -> None:
    twins()[0].SGD(columns[:20], 1, 10, 3.0, test_data=[])
    assert capsys.readouterr().out == "Epoch 0 complete\n"


@pytest.mark.parametrize("times", [1, 30])
def test_saturated_outputs_are_told_apart(device: Device, times: int) -> None:
    network = Network([1, 3], device=device)
    network.weights = [np.array([[-60.0], [-50.0], [-55.0]])]
    network.biases = [np.zeros((3, 1))]
    one = np.ones((1, 1))
    assert network.evaluate(times * [(one, 1)]) == times
    expected = 1 / (1 + np.exp([[60.0], [50.0], [55.0]]))
    np.testing.assert_allclose(network.feedforward(one), expected, rtol=1e-12)


def test_cost_derivative_sigmoid_and_its_derivative() -> None:
    a, y = np.array([[0.75], [0.5]]), np.array([[1.0], [0.0]])
    np.testing.assert_array_equal(Network([2, 2]).cost_derivative(a, y), [[-0.25], [0.5]])
    assert sigmoid(0.0) == 0.5
    assert sigmoid_prime(0.0) == 0.25
    z = np.array([[-800.0, -1.0, 2.0, 800.0]]).T
    np.testing.assert_allclose(
        sigmoid(z).ravel(), [0.0, 0.268941421369995, 0.880797077977882, 1.0], rtol=1e-14
    )
    h = 1e-6
    slope = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
    np.testing.assert_allclose(sigmoid_prime(z), slope, atol=1e-9)
