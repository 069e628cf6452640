"""Convolution and pooling, against plain loops and finite differences."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from tests.backends import assert_close
from tests.nn.formulas import FUNCTIONS

SAMPLES, CLASSES = 4, 3
ARCHITECTURES: dict[str, list[Any]] = {
    "one": [(6, 5), "3C2", CLASSES],
    "pooled": [(7, 5), "3C2", "MP2", CLASSES],
    "two": [(9, 9), "2C2", "MP2", "3C3", "MP2", 5, CLASSES],
    "pooled by three": [(8, 5), "2C3", "MP3", 4, CLASSES],
    "unpooled": [(6, 6), "2C3", "3C2", CLASSES],
}


def make_network(device: Device | str, name: str, activation: str = "tanh") -> gpunet.Network:
    return network_of(ARCHITECTURES[name], device, activation)


def network_of(layers: list[Any], device: Device | str, activation: str = "tanh") -> gpunet.Network:
    return gpunet.Network(
        layers,
        activation=activation,
        cost="log-likelihood",
        device=device,
        dtype="float64",
        seed=5,
    )


def make_samples(network: gpunet.Network) -> tuple[Any, Any]:
    stream = np.random.default_rng(7)
    x = stream.standard_normal((SAMPLES, network.sizes[0]))
    return x, stream.integers(CLASSES, size=SAMPLES)


def convolve(image: Any, weights: Any, biases: Any) -> Any:
    """One sample's maps (filters, height, width), place by place."""
    filters, _, side, _ = weights.shape
    height, width = (n - side + 1 for n in image.shape[1:])
    maps = np.empty((filters, height, width))
    for y in range(height):
        for x in range(width):
            patch = image[:, y : y + side, x : x + side]
            maps[:, y, x] = (weights * patch).sum(axis=(1, 2, 3)) + biases
    return maps


def pool(maps: Any, side: int) -> Any:
    """The largest of every square."""
    filters, height, width = maps.shape
    return np.array(
        [
            [[m[y : y + side, x : x + side].max() for x in range(0, width, side)]
            for y in range(0, height, side)] for m in maps
        ]
    ).reshape(filters, height // side, width // side)  # fmt: skip


def forward(network: gpunet.Network, sample: Any) -> Any:
    """A sample's outputs; pooling comes after the activation, as chapter 6 tells it."""
    host = network.device.host
    inputs, *layers = network.architecture.given
    a = sample.reshape(1, *inputs)
    stages = zip(network.weights, network.biases, network.activations, strict=True)
    for layer in layers:
        if str(layer).startswith("MP"):
            a = pool(a, int(layer[2:]))
            continue
        weights, biases, name = next(stages)
        weights, biases = host(weights), host(biases)
        z = weights @ a.ravel() + biases if weights.ndim == 2 else convolve(a, weights, biases)
        a = FUNCTIONS[name](z)
    return a


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "linear"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_feedforward(device: Device, name: str, activation: str) -> None:
    network = make_network(device, name, activation)
    x, _ = make_samples(network)
    expected = np.array([forward(network, sample) for sample in x])
    assert_close(device, network.feedforward(x), expected, 1e-12, 1e-14)
    assert_close(device, network.feedforward(x[0]), expected[0], 1e-12, 1e-14)


def differences(network: gpunet.Network, x: Any, y: Any, step: float = 1e-4) -> Any:
    """∂C/∂p for every parameter p, by five points."""
    parameters, host = network.parameters.array, network.device.host
    gradient = np.empty(len(parameters))
    for place in range(len(parameters)):
        kept, values = float(host(parameters[place])), []
        for shift in (-2, -1, 1, 2):
            parameters[place] = kept + shift * step
            outputs = host(network.feedforward(x))
            values.append(-np.log(outputs[np.arange(len(x)), y]).mean())
        parameters[place] = kept
        gradient[place] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    return gradient


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_backprop_is_the_gradient(device: Device, name: str, activation: str) -> None:
    network = make_network(device, name, activation)
    x, y = make_samples(network)
    expected, found = differences(network, x, y), device.host(network.backprop(x, y).flat)
    scale = np.abs(expected).max()
    assert scale > 1e-3
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-7)


def test_many_samples_are_taken_through_in_parts(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network(device, "two")
    x = np.random.default_rng(1).standard_normal((25, 81))
    whole = device.host(network.feedforward(x))
    monkeypatch.setattr("gpunet.nn.placed.WORKSPACE_BYTES", 7 * 8 * network.workspace)
    assert network.most_at_once == 7
    assert_close(device, network.feedforward(x), whole, 1e-12)


def test_the_workspace_counts_what_a_step_holds() -> None:
    network = make_network("cpu", "pooled")
    places, pooled, patch = 6 * 4, 3 * 2, 4  # of 2 × 2 pixels
    convolution = 2 * patch * places + 2 * 3 * places + 3 * 3 * pooled + 35
    assert network.workspace == 35 + convolution + 3 * CLASSES


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_backprop_agrees_with_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    network = make_network("cpu", name, "relu")
    x, y = make_samples(network)
    inputs, *layers = network.architecture.given
    parameters = [
        torch.tensor(array, requires_grad=True)
        for pair in zip(network.weights, network.biases, strict=True)
        for array in pair
    ]
    a, left = torch.tensor(x).reshape(SAMPLES, 1, *inputs), list(parameters)
    for layer in layers:
        if str(layer).startswith("MP"):
            a = torch.nn.functional.max_pool2d(a, int(layer[2:]))
            continue
        weights, biases = left.pop(0), left.pop(0)
        if weights.ndim == 2:
            z = a.reshape(SAMPLES, -1) @ weights.T + biases
        else:
            z = torch.nn.functional.conv2d(a, weights, biases)
        a = torch.relu(z) if left else z
    torch.nn.functional.cross_entropy(a, torch.tensor(y)).backward()
    expected = np.concatenate([p.grad.numpy().ravel() for p in parameters])
    np.testing.assert_allclose(network.backprop(x, y).flat, expected, rtol=1e-9, atol=1e-13)
