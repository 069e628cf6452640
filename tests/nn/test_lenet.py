"""LeNet's layers, padding, and maxout, against plain loops and finite differences."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.probe import Probe
from tests.backends import assert_close
from tests.nn.formulas import FUNCTIONS
from tests.nn.test_convolution import CLASSES, convolve, differences, make_samples, network_of, pool

ARCHITECTURES: dict[str, list[Any]] = {
    "averaged": [(7, 5), "3C2", "AP2", CLASSES],
    "averaged by three": [(8, 5), "2C3", "AP3", 4, CLASSES],
    "averaged twice": [(9, 9), "2C2", "AP2", "3C3", "AP2", 5, CLASSES],
    "subsampled": [(7, 5), "3C2", "SS2", CLASSES],
    "subsampled twice": [(9, 9), "2C2", "SS2", "3C3", "SS2", 5, CLASSES],
    "subsampled by one": [(4, 4), "2C2", "SS1", CLASSES],
    "padded": [(6, 4), "2C3P1", "MP2", CLASSES],
    "padded above": [(6, 6), "2C3", "AP2", "3C2P1", CLASSES],
    "maxout": [6, 10, "MX5", 6, "MX2", CLASSES],
    "maxout of maps": [(6, 6), "4C3", "MX2", "6C2", "MX3", CLASSES],
    "maxout of pooled maps": [(6, 6), "6C3", "MP2", "MX3", CLASSES],
    "connected by a table": [(3, 3), "6C2", "16C2@lenet", CLASSES],
}
# Table I of LeCun et al. 1998 as it is printed: a line for each map of S2, a letter for each of C3.
TABLE = """
    X . . . X X X . . X X X X . X X
    X X . . . X X X . . X X X X . X
    X X X . . . X X X . . X . X X X
    . X X X . . X X X X . . X . X X
    . . X X X . . X X X X . X X . X
    . . . X X X . . X X X X . X X X
"""
CONNECTED = np.array([line.split() for line in TABLE.split("\n") if line.strip()]).T == "X"


def make_network(device: Device | str, name: str, activation: str = "tanh") -> gpunet.Network:
    return network_of(ARCHITECTURES[name], device, activation)


def squares(maps: Any, side: int) -> Any:
    """The numbers of every square: (maps, height, width, side²)."""
    filters, height, width = maps.shape
    return np.array(
        [
            [[m[y : y + side, x : x + side].ravel() for x in range(0, width, side)]
            for y in range(0, height, side)] for m in maps
        ]
    ).reshape(filters, height // side, width // side, -1)  # fmt: skip


def weighted(layer: Any, a: Any, weights: Any, biases: Any) -> Any:
    """Weighted inputs, as the layer is written."""
    written = str(layer)
    if written.startswith("SS"):
        sums = squares(a, int(written[2:])).sum(axis=-1)
        return weights[:, 0, None, None] * sums + biases[:, None, None]
    if weights.ndim == 2:
        return weights @ a.ravel() + biases
    if "P" in written:
        p = int(written.split("P")[1])
        a = np.pad(a, ((0, 0), (p, p), (p, p)))
    if "@" in written:
        weights = weights * CONNECTED[:, :, None, None]
    return convolve(a, weights, biases)


def forward(network: gpunet.Network, sample: Any) -> Any:
    """A sample's outputs."""
    host = network.device.host
    inputs, *layers = network.architecture.given
    a = sample.reshape(1, *inputs) if isinstance(inputs, tuple) else sample
    stages = zip(network.weights, network.biases, network.activations, strict=True)
    for layer in layers:
        written = str(layer)
        if written.startswith("MP"):
            a = pool(a, int(written[2:]))
        elif written.startswith("AP"):
            a = squares(a, int(written[2:])).mean(axis=-1)
        elif written.startswith("MX"):
            a = a.reshape(-1, int(written[2:]), *a.shape[1:]).max(axis=1)
        else:
            weights, biases, name = next(stages)
            a = FUNCTIONS[name](weighted(layer, a, host(weights), host(biases)))
    return a


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "linear"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_feedforward(device: Device, name: str, activation: str) -> None:
    network = make_network(device, name, activation)
    x, _ = make_samples(network)
    expected = np.array([forward(network, sample) for sample in x])
    assert_close(device, network.feedforward(x), expected, 1e-12, 1e-14)
    assert_close(device, network.feedforward(x[0]), expected[0], 1e-12, 1e-14)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_backprop_is_the_gradient(device: Device, name: str, activation: str) -> None:
    network = make_network(device, name, activation)
    x, y = make_samples(network)
    expected, found = differences(network, x, y), device.host(network.backprop(x, y).flat)
    scale = np.abs(expected).max()
    assert scale > 1e-3
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-7)


def test_of_equal_pieces_the_first_alone_takes_the_gradient(device: Device) -> None:
    network = gpunet.Network([2, 6, "MX3", 2], activation="linear", device=device, dtype="float64")
    with device.active():
        network.weights[0][...] = 1.0
        network.biases[0][...] = 0.0
    (of_pieces, _) = network.backprop(np.ones((1, 2)), np.array([0])).weights
    moved = device.host(of_pieces).any(axis=1)
    assert moved.tolist() == [True, False, False, True, False, False]


def test_lenet_5_has_the_parameters_that_its_paper_counts() -> None:
    sizes = [(28, 28), "6C5P2", "SS2", "16C5@lenet", "SS2", "120C5", 84, 10]
    network = gpunet.Network(sizes, activation="tanh")
    counted = [
        np.count_nonzero(weights) + biases.size
        for weights, biases in zip(network.weights, network.biases, strict=True)
    ]
    # Layers C1, S2, C3, S4, C5 and F6 of section II.B; then an output layer of the usual kind.
    assert counted == [156, 12, 1516, 32, 48120, 10164, 850]
    assert network.sizes == (784, 4704, 1176, 1600, 400, 120, 84, 10)


def test_the_weights_of_a_filter_are_scaled_by_the_maps_that_it_sees() -> None:
    drawn = [
        gpunet.Network([(9, 9), "6C2", "16C5@lenet", 3], initializer="scaled", seed=seed).weights[1]
        for seed in range(40)
    ]
    for number, seen in enumerate(CONNECTED):
        spread = np.std([weights[number, seen] for weights in drawn])
        assert spread == pytest.approx(1 / np.sqrt(25 * seen.sum()), rel=0.1)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd", "l2": 0.1},
        {"optimizer": "sgd", "momentum": 0.9, "l1": 0.1},
        {"optimizer": "sgd", "momentum": 0.9, "l2": 0.1},
        {"optimizer": "adam", "clip": 1.0, "max_norm": 1.0},
    ],
)
def test_what_is_not_connected_stays_so(digits: Dataset, options: dict[str, Any]) -> None:
    network = gpunet.Network([(8, 8), "6C3", "16C3@lenet", 10], activation="tanh", seed=3)
    before = network.weights[1].copy()
    gpunet.fit(network, digits, epochs=1, learning_rate=0.01, batch_size=32, **options)
    assert not network.weights[1][~CONNECTED].any()
    assert (network.weights[1][CONNECTED] != before[CONNECTED]).all()


@pytest.mark.parametrize(
    "hidden",
    [["4C3", "AP2", 20], ["4C3", "SS2", 20], [60, "MX5"], ["6C3P1", "SS2", "16C3@lenet"]],
)
def test_what_is_saved_is_loaded(hidden: list[Any], tmp_path: Any) -> None:
    network = gpunet.Network([(8, 8), *hidden, 10], activation="tanh", seed=3)
    gpunet.save(network, tmp_path / "net.safetensors")
    again = gpunet.load(tmp_path / "net.safetensors", "cpu")
    assert again.architecture == network.architecture
    x = np.random.default_rng(1).random((5, 64), np.float32)
    np.testing.assert_array_equal(again.feedforward(x), network.feedforward(x))


@pytest.mark.parametrize("hidden", [["6C3P1", "SS2", "16C3@lenet"], ["6C3", "AP2"], [100, "MX5"]])
def test_such_networks_learn(digits: Dataset, hidden: list[Any], device: Device) -> None:
    activation = "linear" if "MX5" in hidden else "tanh"
    network = gpunet.Network(
        [(8, 8), *hidden, 10],
        activation=activation,
        cost="log-likelihood",
        initializer="glorot",
        device=device,
        seed=3,
    )
    options: dict[str, Any] = {"epochs": 4, "learning_rate": 0.1, "batch_size": 10}
    gpunet.fit(network, digits, **options)
    assert gpunet.evaluate(network, digits.test).accuracy > 0.85


@pytest.mark.parametrize("name", ["averaged twice", "subsampled twice", "maxout of pooled maps"])
def test_every_layer_is_shown_as_what_comes_out_of_it(device: Device, name: str) -> None:
    network = make_network(device, name)
    probe = Probe(network)
    pixels = np.random.default_rng(2).random(network.sizes[0])
    seen = probe.look(pixels)
    shapes = {
        "averaged twice": [(2, 4, 4), (3, 1, 1), (5,), (3,)],
        "subsampled twice": [(2, 8, 8), (2, 4, 4), (3, 2, 2), (3, 1, 1), (5,), (3,)],
        "maxout of pooled maps": [(2, 2, 2), (3,)],
    }
    assert [values.shape for values in seen] == shapes[name]
    assert_close(device, seen[-1], network.feedforward(pixels), 1e-12)


@pytest.mark.parametrize("hidden", [["6C3", "AP2"], ["6C3", "SS2"], [60, "MX5"], ["6C3", "MX3"]])
def test_what_goes_on_in_such_layers_is_told(digits: Dataset, hidden: list[Any]) -> None:
    network = gpunet.Network([(8, 8), *hidden, 10], activation="relu", cost="log-likelihood")
    history = gpunet.fit(network, digits, epochs=1, learning_rate=0.01, diagnose=True)
    layers = history[-1].diagnosis.layers if history[-1].diagnosis else ()
    assert len(layers) == len(network.weights)
    assert all(0 <= share <= 1 for layer in layers for share in (layer.saturated, layer.stuck))
