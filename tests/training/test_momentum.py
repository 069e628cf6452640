"""Momentum that rises from epoch to epoch, dampened or not, and limits of length layer by layer.

What is trained is held against the formulas of Hinton et al. 2012, appendix A.1, in NumPy: an epoch
is a step there, since all samples are one batch.
"""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset, Split
from gpunet.training.config import TrainingConfig
from gpunet.training.learning_rate import momentum
from gpunet.training.trainer import Trainer
from tests.backends import assert_close

SAMPLES, STEPS, RATE, SHAPE = 8, 20, 0.3, [5, 4, 3]
RISE: dict[str, Any] = {"momentum": 0.9, "momentum_start": 0.5, "momentum_epochs": 12}
CASES: dict[str, dict[str, Any]] = {
    "rising": RISE,
    "rising from 0": {"momentum": 0.9, "momentum_epochs": 12},
    "rising, l2": {**RISE, "l2": 0.4},
    "rising, l1": {**RISE, "l1": 0.2},
    "rising, clip": {**RISE, "clip": 0.1},
    "rising, nesterov": {**RISE, "optimizer": "nesterov"},
    "dampened": {"momentum": 0.9, "dampening": True},
    "dampened, l2": {"momentum": 0.9, "dampening": True, "l2": 0.4},
    "dampened, l1, l2": {"momentum": 0.9, "dampening": True, "l1": 0.2, "l2": 0.4},
    "all of it": {**RISE, "dampening": True, "schedule": "exponential:0.9", "max_norm": [0.9, 1.2]},
    "max-norm of the first": {"max_norm": [0.9, 0]},
    "max-norm of the last": {**RISE, "max_norm": [None, 0.7]},
    "max-norm, adam": {"optimizer": "adam", "max_norm": [1.5, 0.7]},
}


def eight() -> Dataset:
    stream = np.random.default_rng(1)
    split = Split(
        stream.integers(0, 256, (SAMPLES, 5)).astype(np.uint8), stream.integers(0, 3, SAMPLES)
    )
    return Dataset("eight", split, split, split, (1, 5), 255, ("a", "b", "c"))


def make(device: Device | str = "cpu") -> gpunet.Network:
    return gpunet.Network(SHAPE, device=device, dtype="float64", input_scale=eight().scale)


def by_hand(options: dict[str, Any], network: gpunet.Network) -> None:
    """Train a network by the formulas, with its own gradients."""
    data, host, put = eight(), network.device.host, network.device.put
    places = [place for views in network.parameters.views for place in views]
    state = [{"v": np.zeros(place.shape), "s": np.zeros(place.shape)} for place in places]
    l1, l2 = (options.get(name, 0.0) / SAMPLES for name in ("l1", "l2"))
    last = options.get("momentum", 0.0)
    rise, first = options.get("momentum_epochs", 0), options.get("momentum_start", 0.0)
    for t in range(STEPS):
        mu = t / rise * last + (1 - t / rise) * first if t < rise else last
        eta = RATE * (0.9**t if "schedule" in options else 1.0)
        share = 1 - mu if options.get("dampening") else 1.0
        found = network.backprop(data.train.images, data.train.labels)
        slopes = [
            host(each) for pair in zip(found.weights, found.biases, strict=True) for each in pair
        ]
        length = np.sqrt(sum((slope**2).sum() for slope in slopes))
        if length > options.get("clip", np.inf):
            slopes = [slope * options["clip"] / length for slope in slopes]
        for number, (place, g, own) in enumerate(zip(places, slopes, state, strict=True)):
            w, is_weights = host(place).copy(), place.ndim > 1
            if is_weights:
                g = g + l1 * np.sign(w) + l2 * w
            if options.get("optimizer") == "adam":
                own["v"] = 0.9 * own["v"] + 0.1 * g
                own["s"] = 0.999 * own["s"] + 0.001 * g**2
                root = np.sqrt(own["s"] / (1 - 0.999 ** (t + 1))) + 1e-8
                w -= eta * own["v"] / (1 - 0.9 ** (t + 1)) / root
            else:
                own["v"] = mu * own["v"] - share * eta * g
                ahead = options.get("optimizer") == "nesterov"
                w += mu * own["v"] - share * eta * g if ahead else own["v"]
            limit = options["max_norm"][number // 2] if "max_norm" in options else 0
            for row in w if is_weights and limit else ():
                row *= min(1.0, limit / np.linalg.norm(row))
            place[...] = put(w)


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_those_of_the_formulas(device: Device, case: str) -> None:
    network, other = make(device), make(device)
    by_hand(CASES[case], other)
    gpunet.fit(
        network,
        eight(),
        epochs=STEPS,
        batch_size=SAMPLES,
        learning_rate=RATE,
        monitor=None,
        **CASES[case],
    )
    assert_close(device, network.parameters.array, device.host(other.parameters.array), 1e-9, 1e-12)


def test_every_limit_is_reached() -> None:
    """Else the cases above would hold without them."""
    for case, limits in (("max-norm of the first", [0.9, 0]), ("max-norm, adam", [1.5, 0.7])):
        network = make()
        gpunet.fit(network, eight(), epochs=STEPS, batch_size=8, learning_rate=RATE, **CASES[case])
        for weights, limit in zip(network.weights, limits, strict=True):
            assert limit == 0 or np.linalg.norm(weights, axis=1).max() == pytest.approx(limit)


def test_momentum_rises_in_equal_steps_and_stays() -> None:
    """p = 0.5 at first, 0.99 from epoch T = 500 on: Hinton et al. 2012."""
    config = TrainingConfig(momentum=0.99, momentum_start=0.5, momentum_epochs=500)
    found = [momentum(config, epoch) for epoch in (0, 1, 250, 499, 500, 3000)]
    assert found == pytest.approx([0.5, 0.50098, 0.745, 0.98902, 0.99, 0.99])
    assert momentum(TrainingConfig(momentum=0.9), 0) == 0.9


@pytest.mark.parametrize("optimizer", ["sgd", "nesterov"])
@pytest.mark.parametrize("engine", ["eager", "graph"])
def test_every_engine_follows_it(gpu: Device, few: Dataset, engine: str, optimizer: str) -> None:
    options: dict[str, Any] = {**RISE, "momentum_epochs": 2, "optimizer": optimizer}
    trainers = []
    for device, name in ((gpu, engine), (CpuDevice(), "eager")):
        network = gpunet.Network(
            [64, 9, 10], device=device, dtype="float64", dropout=[0.3], input_dropout=0.2
        )
        config = TrainingConfig(epochs=3, learning_rate=0.05, **options)
        trainers.append(Trainer(network, few, config, None, name))
        trainers[-1].train()
    found, expected = (each.network.parameters.array for each in trainers)
    assert_close(gpu, found, expected, 1e-9, 1e-12)


@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_dampening_is_a_smaller_rate_where_momentum_stays(
    gpu: Device, few: Dataset, engine: str
) -> None:
    found = []
    dampened: dict[str, Any] = {"learning_rate": 0.4, "dampening": True}
    for options in (dampened, {"learning_rate": 0.1}):
        network = gpunet.Network([64, 9, 10], device=gpu, dtype="float64", seed=3)
        config = TrainingConfig(epochs=2, momentum=0.75, l2=3.0, **options)
        Trainer(network, few, config, None, engine).train()
        found.append(network.parameters.array)
    assert_close(gpu, found[0], found[1], 1e-9, 1e-12)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"dampening": True}, "dampening has no effect without momentum: give momentum too"),
        ({"momentum_epochs": 5}, "momentum-epochs has no effect without momentum"),
        ({"momentum_start": 0.5}, "momentum-start has no effect without momentum"),
        ({"momentum": 0.9, "momentum_start": 0.5}, "no effect without momentum-epochs"),
        ({**RISE, "momentum_start": 0.9}, "rises from, to 0.9: give a smaller one"),
        ({**RISE, "optimizer": "adam", "momentum": 0.0}, "adam takes no momentum-start"),
        ({"optimizer": "adamw", "dampening": True}, "takes no dampening: .* or take sgd$"),
        ({**RISE, "optimizer": "nesterov", "dampening": True}, "nesterov takes no dampening"),
        ({"max_norm": [1.0]}, "max norm 1: 1 number for 2 layers with weights: give one for each"),
        ({"max_norm": [1, None, 2]}, "max norm 1,0,2: 3 numbers for 2 layers"),
        ({"max_norm": []}, "^max norm .*give a number from 0 to 1,000,000; or one for each layer"),
        ({"max_norm": [1, -2]}, "^max norm .*or one for each layer, as in 2,4,none$"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.fit(make(), eight(), learning_rate=RATE, **options)
