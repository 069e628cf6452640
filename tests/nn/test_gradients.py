"""Backpropagation against central finite differences, in float64, on every backend."""

from itertools import product
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from tests.backends import assert_close
from tests.nn.formulas import COST_TERMS
from tests.registries.costs import suits

SENSIBLE = [
    (cost, output)
    for cost, output in product(COSTS, ACTIVATIONS)
    if suits(COSTS[cost], ACTIVATIONS[output])
]
SAMPLES, SIZES = 6, (5, 4, 3)
STEP = 1e-3


def make_network(device: Device | str, hidden: str, output: str, cost: str) -> gpunet.Network:
    return gpunet.Network(
        SIZES,
        activation=[hidden, output],
        cost=cost,
        device=device,
        dtype="float64",
        seed=5,
        initializer="scaled",
    )


def make_samples() -> tuple[Any, Any]:
    stream = np.random.default_rng(3)
    return stream.standard_normal((SAMPLES, SIZES[0])), stream.integers(SIZES[-1], size=SAMPLES)


def cost_of(network: gpunet.Network, x: Any, y: Any) -> float:
    """The mean cost by the book's formulas, in plain NumPy, from the network's outputs."""
    a, targets = network.device.host(network.feedforward(x)), np.eye(SIZES[-1])[y]
    return float(COST_TERMS[network.cost.name](a, targets).sum() / len(x))


def differences(network: gpunet.Network, x: Any, y: Any) -> Any:
    """∂C/∂p for every parameter p: five points, so that the error is of fourth order in STEP."""
    parameters = network.parameters.array
    gradient = np.empty(len(parameters))
    for place in range(len(parameters)):
        kept = float(network.device.host(parameters[place]))
        values = []
        for shift in (-2, -1, 1, 2):
            parameters[place] = kept + shift * STEP
            values.append(cost_of(network, x, y))
        parameters[place] = kept
        gradient[place] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * STEP)
    return gradient


@pytest.mark.parametrize(("cost", "output"), SENSIBLE)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_backprop_is_the_gradient(device: Device, hidden: str, output: str, cost: str) -> None:
    network = make_network(device, hidden, output, cost)
    x, y = make_samples()

    expected = differences(network, x, y)
    found = device.host(network.backprop(x, y).flat)

    scale = np.abs(expected).max()
    assert scale > 1e-3
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-7)


def test_gradients_are_laid_out_like_the_parameters(device: Device) -> None:
    network = make_network(device, "tanh", "sigmoid", "quadratic")
    gradients = network.backprop(*make_samples())
    flat = device.host(gradients.flat)
    start = 0
    for weights, biases in zip(gradients.weights, gradients.biases, strict=True):
        for part in (weights, biases):
            size = int(np.prod(part.shape))
            assert_close(device, part, flat[start : start + size].reshape(part.shape), 0)
            start += size
    assert [w.shape for w in gradients.weights] == [w.shape for w in network.weights]


def test_backprop_takes_labels_or_targets_alike(device: Device) -> None:
    network = make_network(device, "sigmoid", "softmax", "log-likelihood")
    x, y = make_samples()
    by_label = network.backprop(x, y).flat
    by_target = network.backprop(x, np.eye(SIZES[-1])[y]).flat
    assert_close(device, by_label, device.host(by_target), 0)


def test_backprop_of_one_sample_is_that_of_a_batch_of_one(device: Device) -> None:
    network = make_network(device, "sigmoid", "sigmoid", "cross-entropy")
    x, y = make_samples()
    single = network.backprop(x[0], y[0]).flat
    assert_close(device, single, device.host(network.backprop(x[:1], y[:1]).flat), 0)


def test_backprop_leaves_the_network_alone(device: Device) -> None:
    network = make_network(device, "sigmoid", "sigmoid", "quadratic")
    before = device.host(network.parameters.array).copy()
    network.backprop(*make_samples())
    assert_close(device, network.parameters.array, before, 0)


@pytest.mark.parametrize(("cost", "output"), SENSIBLE)
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "softmax"])
def test_backprop_agrees_with_pytorch(hidden: str, output: str, cost: str) -> None:
    torch = pytest.importorskip("torch")
    network = make_network("cpu", hidden, output, cost)
    x, y = make_samples()
    functions = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "softmax": lambda z: torch.softmax(z, dim=1),
        "linear": lambda z: z,
    }
    parameters = []
    a = torch.tensor(x)
    for name, *pair in zip(network.activations, network.weights, network.biases, strict=True):
        weights, biases = (torch.tensor(array, requires_grad=True) for array in pair)
        a = functions[name](a @ weights.T + biases)
        parameters += [weights, biases]
    targets = torch.eye(SIZES[-1], dtype=torch.float64)[torch.tensor(y)]
    value = {
        "quadratic": lambda: 0.5 * ((a - targets) ** 2).sum(),
        "cross-entropy": lambda: torch.nn.functional.binary_cross_entropy(
            a, targets, reduction="sum"
        ),
        "log-likelihood": lambda: -(targets * torch.log(a)).sum(),
    }[cost]()
    (value / SAMPLES).backward()
    expected = np.concatenate([p.grad.numpy().ravel() for p in parameters])
    np.testing.assert_allclose(network.backprop(x, y).flat, expected, rtol=1e-9, atol=1e-13)
