"""Chapter 1's program, held to a plain one that goes sample by sample."""

import copy
import pickle
import random
from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.book.network import Network, sigmoid, sigmoid_prime
from gpunet.core.errors import DeviceError, InputError
from tests.book.comparing import assert_lists_close, assert_same_network, seed
from tests.book.conftest import SIZES
from tests.book.plain import Pair, Plain


def twins(device: Device | str | None = None, number: int = 1) -> tuple[Network, Plain]:
    """The same network twice, as the same seed makes it."""
    seed(number)
    plain = Plain(SIZES)
    seed(number)
    return Network(SIZES, device=device), plain


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


def test_update_mini_batch(device: Device, columns: list[Pair]) -> None:
    network, plain = twins(device)
    for start in (0, 10):
        network.update_mini_batch(columns[start : start + 10], 3.0)
        plain.step(columns[start : start + 10], 3.0)
    assert_same_network(network, plain)


def test_backprop_gives_two_lists_of_columns_and_matrices(
    device: Device, columns: list[Pair]
) -> None:
    network, plain = twins(device)
    nabla_b, nabla_w = network.backprop(*columns[5])
    assert isinstance(nabla_b, list)
    plain_b, plain_w = plain.gradient(*columns[5])
    assert_lists_close(nabla_b, plain_b)
    assert_lists_close(nabla_w, plain_w)


def test_feedforward_of_one_column_and_of_many(device: Device, columns: list[Pair]) -> None:
    network, plain = twins(device)
    x = columns[0][0]
    np.testing.assert_allclose(network.feedforward(x), plain.activations(x)[-1], rtol=1e-12)
    many = np.hstack([x for x, _ in columns])
    np.testing.assert_allclose(network.feedforward(many), plain.activations(many)[-1], rtol=1e-12)


def test_evaluate_counts(device: Device, labelled: list[Pair]) -> None:
    network, plain = twins(device)
    count = network.evaluate(labelled)
    assert isinstance(count, int)
    assert count == plain.correct(labelled)


def test_saturated_outputs_are_told_apart(device: Device) -> None:
    network = Network([1, 3], device=device)
    network.weights = [np.array([[-60.0], [-50.0], [-55.0]])]
    network.biases = [np.zeros((3, 1))]
    one = np.ones((1, 1))
    assert network.evaluate([(one, 1)]) == 1
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


def assign_whole(network: Any) -> None:
    network.weights = [np.linspace(-1, 1, w.size).reshape(w.shape) for w in network.weights]
    network.biases = [np.zeros(b.shape) for b in network.biases]


def assign_an_array(network: Any) -> None:
    network.weights[1] = -network.weights[1]
    network.biases[0] = np.ones((12, 1), dtype=np.float32)


def assign_in_place(network: Any) -> None:
    network.weights[0][3, 4] = 7.0
    network.weights[1] *= 0.5
    network.biases[1][2] = -1.0


@pytest.mark.parametrize("assign", [assign_whole, assign_an_array, assign_in_place])
def test_what_is_assigned_counts(
    device: Device, columns: list[Pair], labelled: list[Pair], assign: Any
) -> None:
    network, plain = twins(device)
    network.update_mini_batch(columns[:10], 3.0)
    plain.step(columns[:10], 3.0)
    for both in (network, plain):
        assign(both)
    x = columns[0][0]
    np.testing.assert_allclose(network.feedforward(x), plain.activations(x)[-1], rtol=1e-9)
    assert network.evaluate(labelled) == plain.correct(labelled)
    seed(5)
    network.SGD(list(columns), 1, 10, 3.0)
    seed(5)
    plain.epoch(list(columns), 10, 3.0)
    assert_same_network(network, plain)


def test_weights_assigned_may_change_the_sizes(columns: list[Pair]) -> None:
    network, plain = twins()
    for both in (network, plain):
        both.weights = [np.full((5, 64), 0.1), np.full((10, 5), 0.2)]
        both.biases = [np.zeros((5, 1)), np.zeros((10, 1))]
    x = columns[0][0]
    np.testing.assert_allclose(network.feedforward(x), plain.activations(x)[-1])


def test_an_interrupted_training_keeps_what_was_learnt(
    columns: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    network, plain = twins()
    seed(6)
    plain.epoch(list(columns), 10, 3.0)

    def interrupt(*ignored: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", interrupt)
    seed(6)
    with pytest.raises(KeyboardInterrupt):
        network.SGD(list(columns), 5, 10, 3.0)
    assert_same_network(network, plain)


def test_copies_and_pickles(columns: list[Pair]) -> None:
    network, _ = twins("cpu")
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        other.update_mini_batch(columns[:10], 3.0)
        assert not np.array_equal(other.weights[1], network.weights[1])


def test_the_device_is_the_arguments_or_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Network(SIZES).device == "cpu"
    monkeypatch.setenv("GPUNET_DEVICE", "abacus")
    assert Network(SIZES, device="cpu").device == "cpu"
    with pytest.raises(DeviceError, match="abacus"):
        Network(SIZES)


def test_what_does_not_fit_is_refused(columns: list[Pair], labelled: list[Pair]) -> None:
    network, _ = twins()
    x, y = columns[0]
    refused: list[tuple[str, Any]] = [
        ("list of pairs", lambda: network.SGD(zip([x], [y], strict=True), 1, 1, 1.0)),  # type: ignore[arg-type]
        ("no samples", lambda: network.SGD([], 1, 1, 1.0)),
        ("mini_batch_size 0", lambda: network.SGD([(x, y)], 1, 0, 1.0)),
        ("vectorized_result", lambda: network.SGD(labelled, 1, 10, 1.0)),
        ("pairs", lambda: network.SGD([1, 2], 1, 10, 1.0)),  # type: ignore[list-item]
        (r"\(63, 1\)", lambda: network.SGD([(x, y), (x[1:], y)], 1, 2, 1.0)),
        ("label", lambda: network.evaluate(columns)),
        (r"\(64, 1\)", lambda: network.feedforward(x.ravel())),
        (r"\(10, 1\)", lambda: network.backprop(x, 3)),
        ("layer sizes", lambda: Network([784])),
    ]
    for words, call in refused:
        with pytest.raises(InputError, match=words):
            call()
    network.weights[1] = np.ones((10, 13))
    with pytest.raises(InputError, match=r"weights\[1\] of shape \(10, 13\)"):
        network.feedforward(x)
