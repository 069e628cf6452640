"""What holds whatever the book's networks compute: assigning, copying, devices, refusals."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.book.network import Network
from gpunet.core.errors import DeviceError, InputError
from tests.book.comparing import assert_same_network, seed, twins
from tests.book.conftest import SIZES
from tests.book.plain import Pair


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


def test_a_network_on_an_open_device_is_copied_as_well(usual: Device) -> None:
    network, _ = twins(usual)
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert other.device == usual.name
        np.testing.assert_array_equal(other.weights[0], network.weights[0])


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
        ("list of pairs", lambda: network.SGD(7, 1, 1, 1.0)),  # type: ignore[arg-type]
        ("no samples", lambda: network.SGD([], 1, 1, 1.0)),
        ("no samples", lambda: network.update_mini_batch([], 1.0)),
        ("mini_batch_size 0", lambda: network.SGD([(x, y)], 1, 0, 1.0)),
        ("epochs 1.5", lambda: network.SGD([(x, y)], 1.5, 1, 1.0)),  # type: ignore[arg-type]
        ("epochs -1", lambda: network.SGD([(x, y)], -1, 1, 1.0)),
        ("vectorized_result", lambda: network.SGD(labelled, 1, 10, 1.0)),
        ("pairs", lambda: network.SGD([1, 2], 1, 10, 1.0)),  # type: ignore[list-item]
        (r"\(63, 1\)", lambda: network.SGD([(x, y), (x[1:], y)], 1, 2, 1.0)),
        ("label", lambda: network.evaluate(columns)),
        ("label", lambda: network.evaluate(columns[:3])),
        ("pairs", lambda: network.evaluate([x])),
        (r"\(64, 1\)", lambda: network.feedforward(x.ravel())),
        ("input", lambda: network.feedforward("x")),
        ("input of type <U1: needed numbers", lambda: network.feedforward(np.full((64, 1), "a"))),
        ("input of type <U1: needed numbers", lambda: network.backprop(np.full((64, 1), "a"), y)),
        (r"\(64, 1\)", lambda: network.backprop(x[1:], y)),
        (r"\(64, 1\)", lambda: network.backprop(np.hstack([x, x]), y)),
        (r"\(10, 1\)", lambda: network.backprop(x, 3)),
        (r"\(10, 1\)", lambda: network.backprop(x, y.ravel())),
        ("layer sizes", lambda: Network([784])),
    ]
    for words, call in refused:
        with pytest.raises(InputError, match=words):
            call()
    wrong: list[tuple[str, list[Any], list[Any]]] = [
        (
            r"weights\[1\] of shape \(10, 13\)",
            [np.ones((12, 64)), np.ones((10, 13))],
            network.biases,
        ),
        (r"biases\[0\] of shape \(12,\)", network.weights, [np.ones(12), np.ones((10, 1))]),
        (r"biases\[1\] of shape \(10,\)", network.weights, [np.ones((12, 1)), np.ones(10)]),
        ("1 arrays of weights and 2", network.weights[:1], network.biases),
        ("0 arrays of weights", [], []),
        (r"weights\[0\] of type <U1", [np.full((10, 64), "a")], [np.ones((10, 1))]),
    ]
    for words, network.weights, network.biases in wrong:
        for call in (
            lambda: network.feedforward(x),
            lambda: network.backprop(x, y),
            lambda: network.evaluate(labelled),
            lambda: network.SGD([(x, y)], 1, 1, 1.0),
        ):
            with pytest.raises(InputError, match=words):
                call()
