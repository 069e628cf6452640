"""The network's face: shapes, seeds, dtypes, and what it refuses."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from tests.backends import assert_close
from tests.strict import StrictDevice

X = np.random.default_rng(0).random((7, 6))


def forward_in_numpy(network: gpunet.Network, x: Any) -> Any:
    """a = f(x @ W.T + b), layer by layer."""
    functions: dict[str, Any] = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
        "linear": lambda z: z,
    }
    host = network.device.host
    for name, weights, biases in zip(
        network.activations, network.weights, network.biases, strict=True
    ):
        x = functions[name](x @ host(weights).T + host(biases))
    return x


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softmax", "linear"])
def test_feedforward(device: Device, name: str) -> None:
    network = gpunet.Network([6, 5, 4], activation=name, device=device, dtype="float64", seed=1)
    assert_close(device, network.feedforward(X), forward_in_numpy(network, X), 1e-12, 1e-14)


def test_float32_is_the_default_and_agrees_with_float64(device: Device) -> None:
    single = gpunet.Network([6, 5, 4], device=device)
    double = gpunet.Network([6, 5, 4], device=device, dtype="float64")
    assert single.feedforward(X).dtype == np.float32
    assert_close(device, single.feedforward(X), device.host(double.feedforward(X)), 1e-5)


def test_one_sample_or_many(device: Device) -> None:
    network = gpunet.Network([6, 5, 4], device=device)
    assert network.feedforward(X).shape == (7, 4)
    assert network.feedforward(X[0]).shape == (4,)
    assert network.predict(X).shape == (7,)
    assert int(network.predict(X[0])) == int(device.host(network.predict(X))[0])


def test_predict_is_the_most_active_output(device: Device) -> None:
    network = gpunet.Network([6, 5, 4], device=device)
    expected = device.host(network.feedforward(X)).argmax(axis=1)
    assert_close(device, network.predict(X), expected, 0)


def test_bytes_are_scaled_and_numbers_are_not(device: Device) -> None:
    network = gpunet.Network([6, 4], device=device, input_scale=1 / 16)
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 6)
    assert_close(
        device, network.feedforward(pixels), device.host(network.feedforward(pixels / 16)), 1e-6
    )


def test_results_are_not_overwritten_by_the_next_call(device: Device) -> None:
    network = gpunet.Network([6, 5, 4], device=device)
    first = network.feedforward(X)
    kept = device.host(first).copy()
    network.feedforward(2 * X)
    assert_close(device, first, kept, 0)


def test_parameters_are_views_of_one_flat_array(device: Device) -> None:
    network = gpunet.Network([6, 5, 4], device=device)
    assert network.parameters.array.shape == (6 * 5 + 5 + 5 * 4 + 4,)
    network.weights[1][...] = 2.0
    network.biases[0][...] = 3.0
    flat = device.host(network.parameters.array)
    assert (flat[35:55] == 2).all()
    assert (flat[30:35] == 3).all()


def test_one_seed_gives_the_same_parameters_everywhere(device: Device) -> None:
    on_device = gpunet.Network([6, 5, 4], device=device, seed=9)
    on_cpu = gpunet.Network([6, 5, 4], seed=9)
    assert_close(device, on_device.parameters.array, on_cpu.parameters.array, 0)
    other = gpunet.Network([6, 5, 4], seed=10)
    assert (other.parameters.array != on_cpu.parameters.array).all()


def test_float32_and_float64_start_from_the_same_numbers() -> None:
    single, double = (gpunet.Network([6, 5, 4], dtype=d) for d in ("float32", "float64"))
    np.testing.assert_array_equal(
        single.parameters.array, double.parameters.array.astype(np.float32)
    )


@pytest.mark.parametrize(("initializer", "deviation"), [("large", 1.0), ("scaled", 0.05)])
def test_initializers_have_the_books_spread(initializer: str, deviation: float) -> None:
    network = gpunet.Network([400, 300, 2000], initializer=initializer, seed=2)
    assert network.weights[0].std() == pytest.approx(deviation, rel=0.02)
    assert network.biases[1].std() == pytest.approx(1.0, rel=0.05)


def test_the_default_start_is_chapter_1s_for_chapter_1s_network_only() -> None:
    assert gpunet.Network([4, 3, 2]).initializer == "large"
    assert gpunet.Network([4, 3, 2], cost="cross-entropy").initializer == "scaled"
    assert gpunet.Network([4, 3, 2], activation="relu").initializer == "scaled"


@pytest.mark.parametrize(
    ("cost", "activations"),
    [
        ("quadratic", ("relu", "linear")),
        ("cross-entropy", ("relu", "sigmoid")),
        ("log-likelihood", ("relu", "softmax")),
    ],
)
def test_the_cost_decides_on_the_output_layer(cost: str, activations: tuple[str, ...]) -> None:
    assert gpunet.Network([4, 3, 2], activation="relu", cost=cost).activations == activations


def test_outputs_that_the_cost_leaves_open_are_as_the_hidden_layers() -> None:
    assert gpunet.Network([4, 3, 2], activation="tanh").activations == ("tanh", "tanh")


def test_two_devices_live_in_one_process() -> None:
    strict = StrictDevice()
    networks = [gpunet.Network([6, 5, 4], device=d, dtype="float64") for d in ("cpu", strict)]
    first, second = [n.device.host(n.feedforward(X)) for n in networks]
    np.testing.assert_allclose(first, second, rtol=1e-12)
    assert networks[1].device is strict


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sizes": [4]}, "sizes"),
        ({"sizes": [4, 0, 2]}, "sizes"),
        ({"sizes": [4, 2.5]}, "sizes"),
        ({"sizes": "43"}, "sizes"),
        ({"sizes": 7}, "sizes"),
        ({"sizes": [10**9, 10**9]}, "GB"),
        ({"activation": "gelu"}, "unknown activation"),
        ({"activation": ["relu"]}, "1 activations for 2 layers"),
        ({"cost": "hinge"}, "unknown cost"),
        ({"dtype": "float16"}, "float32, float64"),
        ({"dtype": "pixels"}, "float32, float64"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"initializer": "zeros"}, "large, scaled"),
        ({"activation": ["relu", "relu"], "cost": "cross-entropy"}, "sigmoid output"),
        ({"activation": ["relu", "sigmoid"], "cost": "log-likelihood"}, "softmax output"),
    ],
)
def test_nonsense_is_refused_by_name(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(gpunet.InputError, match=words):
        gpunet.Network(**{"sizes": [4, 3, 2], **arguments})


@pytest.mark.parametrize(
    "x", [np.ones((3, 5)), np.ones((0, 6)), np.ones((2, 3, 6)), np.ones(4), [["a"] * 6], 3.0]
)
def test_inputs_of_the_wrong_shape_are_refused(x: Any) -> None:
    with pytest.raises(gpunet.InputError, match="inputs"):
        gpunet.Network([6, 4]).feedforward(x)


@pytest.mark.parametrize(
    "y", [[0] * 6, [0.0] * 7, np.zeros((7, 3)), [0, 1, 2, 3, 4, 0, 0], [-1] * 7]
)
def test_targets_that_do_not_fit_are_refused(y: Any) -> None:
    with pytest.raises(gpunet.InputError, match=r"targets|label"):
        gpunet.Network([6, 4]).backprop(X, y)
