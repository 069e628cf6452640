"""Optimizers: twenty steps of each, against the formulas of its source, and against PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset, Split
from tests.backends import assert_close

SAMPLES, STEPS, RATE = 8, 20, 0.3
# Each takes weights or biases w, their gradient g, the step t from 1 on, and state of its own.
Rule = Callable[[Any, Any, int, dict[str, Any]], Any]


def eight() -> Dataset:
    """Eight samples, all of them a batch, so that an epoch is a step."""
    stream = np.random.default_rng(1)
    split = Split(
        stream.integers(0, 256, (SAMPLES, 5)).astype(np.uint8), stream.integers(0, 3, SAMPLES)
    )
    return Dataset("eight", split, split, split, (1, 5), 255, ("a", "b", "c"))


def nesterov(w: Any, g: Any, t: int, state: dict[str, Any]) -> Any:
    """Sutskever et al.: the velocity's next step is taken at once."""
    state["v"] = 0.9 * state.get("v", 0.0) - RATE * g
    return w + 0.9 * state["v"] - RATE * g


def momentum(w: Any, g: Any, t: int, state: dict[str, Any]) -> Any:
    state["v"] = 0.9 * state.get("v", 0.0) - RATE * g
    return w + state["v"]


def sgd(w: Any, g: Any, t: int, state: dict[str, Any]) -> Any:
    return w - RATE * g


def adam(w: Any, g: Any, t: int, state: dict[str, Any]) -> Any:
    """Kingma and Ba, algorithm 1."""
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    state["s"] = 0.999 * state.get("s", 0.0) + 0.001 * g**2
    mean, square = state["m"] / (1 - 0.9**t), state["s"] / (1 - 0.999**t)
    return w - RATE * mean / (np.sqrt(square) + 1e-8)


# Options, the rule they ask for, and l1, l2 per sample, clip and decoupled decay to go with it.
CASES: dict[str, tuple[dict[str, Any], Rule]] = {
    "nesterov": ({"optimizer": "nesterov", "momentum": 0.9}, nesterov),
    "nesterov, l2": ({"optimizer": "nesterov", "momentum": 0.9, "l2": 0.4}, nesterov),
    "adam": ({"optimizer": "adam"}, adam),
    "adam, l2": ({"optimizer": "adam", "l2": 0.4}, adam),
    "adamw": ({"optimizer": "adamw", "l2": 0.4}, adam),
    "l1": ({"l1": 0.4}, sgd),
    "l1, l2, momentum": ({"l1": 0.2, "l2": 0.4, "momentum": 0.9}, momentum),
    "clip": ({"clip": 0.1}, sgd),
    "clip, momentum, l1": ({"clip": 0.1, "momentum": 0.9, "l1": 0.2}, momentum),
    "clip, adam": ({"clip": 0.05, "optimizer": "adam"}, adam),
    "a clip that is never reached": ({"clip": 1e6}, sgd),
    "max-norm": ({"max_norm": 1.2}, sgd),
    "max-norm, momentum": ({"max_norm": 1.2, "momentum": 0.9}, momentum),
    "max-norm, adam": ({"max_norm": 0.7, "optimizer": "adam"}, adam),
}


def by_hand(options: dict[str, Any], rule: Rule, network: gpunet.Network, data: Dataset) -> None:
    """Train a network by the formulas, in NumPy, with its own gradients."""
    host, put = network.device.host, network.device.put
    states: list[dict[str, Any]] = [{}, {}]
    l1, l2 = (options.get(name, 0.0) / SAMPLES for name in ("l1", "l2"))
    for t in range(1, STEPS + 1):
        gradients = network.backprop(data.train.images, data.train.labels)
        slopes = [host(gradients.weights[0]), host(gradients.biases[0])]
        length = np.sqrt(sum((slope**2).sum() for slope in slopes))
        if length > options.get("clip", np.inf):
            slopes = [slope * options["clip"] / length for slope in slopes]
        w, b = host(network.weights[0]), host(network.biases[0])
        slopes[0] = slopes[0] + l1 * np.sign(w)
        if options.get("optimizer") == "adamw":
            w = w * (1 - RATE * l2)
        else:
            slopes[0] = slopes[0] + l2 * w
        w, b = rule(w, slopes[0], t, states[0]), rule(b, slopes[1], t, states[1])
        for row in w:
            if np.linalg.norm(row) > options.get("max_norm", np.inf):
                row *= options["max_norm"] / np.linalg.norm(row)
        network.weights[0][...], network.biases[0][...] = put(w), put(b)


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_those_of_the_formulas(device: Device, case: str) -> None:
    options, rule = CASES[case]
    data = eight()
    network, other = (
        gpunet.Network([5, 3], device=device, dtype="float64", input_scale=data.scale)
        for _ in range(2)
    )
    by_hand(options, rule, other, data)

    gpunet.fit(
        network, data, epochs=STEPS, batch_size=SAMPLES, learning_rate=RATE, monitor=None, **options
    )

    assert_close(device, network.parameters.array, device.host(other.parameters.array), 1e-9, 1e-12)


def test_clipping_and_max_norm_change_something() -> None:
    """Else the cases above would hold for any limit."""
    data = eight()
    plain = by_options(data, {})
    for name in ("clip", "max-norm"):
        assert np.abs(by_options(data, CASES[name][0]) - plain).max() > 0.01


def by_options(data: Dataset, options: dict[str, Any]) -> Any:
    network = gpunet.Network([5, 3], dtype="float64", input_scale=data.scale)
    gpunet.fit(
        network, data, epochs=STEPS, batch_size=SAMPLES, learning_rate=RATE, monitor=None, **options
    )
    return network.parameters.array


@pytest.mark.parametrize("case", [name for name in CASES if "max" not in name and "l1" not in name])
def test_twenty_steps_agree_with_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch")
    options, data = CASES[case][0], eight()
    network = gpunet.Network([5, 3], dtype="float64", input_scale=data.scale)
    parts = (network.weights[0], network.biases[0])
    weights, biases = (torch.tensor(array, requires_grad=True) for array in parts)
    decay = options.get("l2", 0.0) / SAMPLES
    groups = [{"params": [weights], "weight_decay": decay}, {"params": [biases]}]
    optimizer = {
        "sgd": lambda: torch.optim.SGD(groups, lr=RATE, momentum=options.get("momentum", 0.0)),
        "nesterov": lambda: torch.optim.SGD(groups, lr=RATE, momentum=0.9, nesterov=True),
        "adam": lambda: torch.optim.Adam(groups, lr=RATE),
        "adamw": lambda: torch.optim.AdamW(groups, lr=RATE, weight_decay=0.0),
    }[options.get("optimizer", "sgd")]()
    x = torch.tensor(data.train.images * data.scale)
    y = torch.eye(3, dtype=torch.float64)[torch.tensor(data.train.labels)]
    for _ in range(STEPS):
        optimizer.zero_grad()
        a = torch.sigmoid(x @ weights.T + biases)
        (0.5 * ((a - y) ** 2).sum() / SAMPLES).backward()
        # clip_grad_norm_ takes the length for larger by 1e-6 than it is, which would be seen here.
        length = torch.cat([weights.grad.ravel(), biases.grad.ravel()]).norm()
        for part in (weights, biases):
            part.grad *= min(1.0, options.get("clip", np.inf) / length)
        optimizer.step()

    gpunet.fit(
        network, data, epochs=STEPS, batch_size=SAMPLES, learning_rate=RATE, monitor=None, **options
    )

    np.testing.assert_allclose(network.weights[0], weights.detach().numpy(), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(network.biases[0], biases.detach().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"optimizer": "nesterov", "momentum": 0.0}, "nesterov needs momentum"),
        ({"optimizer": "adam", "momentum": 0.9}, "takes no momentum"),
        ({"optimizer": "adamw", "momentum": 0.9}, "takes no momentum"),
        ({"optimizer": "rmsprop"}, "choose one of sgd, nesterov, adam, adamw"),
        ({"l2": 30.0}, "past zero in one step"),
        ({"optimizer": "adamw", "l2": 30.0}, "past zero in one step"),
        ({"warm_up": 30}, "leaves none of 30 epochs"),
        ({"sigma": 8.0}, "sigma 8 has no effect without elastic"),
        ({"dropout": 0.5}, "is given to Network"),
    ],
)
def test_incompatible_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    network = gpunet.Network([5, 3])
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.fit(network, eight(), learning_rate=RATE, **options)


def test_adam_takes_any_l2() -> None:
    """Its steps are as long as η whatever the gradient."""
    gpunet.fit(gpunet.Network([5, 3]), eight(), epochs=1, optimizer="adam", l2=30.0)
