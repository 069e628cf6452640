"""The learning rate where none is given, and what is said of a network that learns nothing."""

import logging
from itertools import product
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.samples import Samples
from gpunet.runs.config import RunConfig
from gpunet.sweeps.grid import complete, expand
from gpunet.training.config import TrainingConfig
from gpunet.training.guessing import Guessing

ACTIVATIONS = ("sigmoid", "tanh", "relu")
COSTS = ("quadratic", "cross-entropy", "log-likelihood")
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"optimizer": "nesterov", "momentum": 0.9},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw"},
}
LAYERS: dict[str, list[Any]] = {
    "dense": [64, 30, 10],
    "convolution": [(8, 8), "8C3", "MP2", 30, 10],
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("layers", LAYERS)
def test_no_kind_of_network_is_left_guessing(digits: Dataset, layers: str, optimizer: str) -> None:
    """At 10 % it would have learnt nothing; after 15 epochs each has learnt most of it."""
    reached = {}
    for activation, cost in product(ACTIVATIONS, COSTS):
        network = gpunet.Network(LAYERS[layers], activation=activation, cost=cost)
        gpunet.fit(network, digits, epochs=15, monitor=None, **OPTIMIZERS[optimizer])
        reached[activation, cost] = gpunet.evaluate(network, digits.test).accuracy
    assert min(reached.values()) > 0.6, reached


def test_chapter_1s_network_has_chapter_1s_rate() -> None:
    assert RunConfig().training.learning_rate == 3.0


@pytest.mark.parametrize(
    ("options", "rate"),
    [
        ({"cost": "cross-entropy"}, 0.5),
        ({"activation": "relu", "cost": "log-likelihood"}, 0.1),
        ({"activation": "relu"}, 0.03),
        ({"activation": "tanh"}, 0.1),
        ({"optimizer": "adam"}, 0.003),
        ({"optimizer": "adamw", "activation": "relu"}, 0.001),
        ({"optimizer": "adam", "cost": "cross-entropy"}, 0.003),
        ({"momentum": 0.99}, 0.003),
        ({"momentum": 0.99, "dampening": True}, 3.0),
        ({"cost": "cross-entropy", "momentum": 0.9}, 0.05),
        ({"hidden": ["8C3", 30]}, 1.0),
        ({"hidden": []}, 3.0),
        ({"activation": "relu", "hidden": [], "cost": "cross-entropy"}, 0.5),
    ],
)
def test_options_and_networks_agree_on_the_rate(
    digits: Dataset, options: dict[str, Any], rate: float
) -> None:
    config = RunConfig.from_json(options)
    assert config.training.learning_rate == rate
    network = config.network(digits, seed=0, dtype="float32", device="cpu")
    training = {k: v for k, v in options.items() if k in ("optimizer", "momentum", "dampening")}
    history = gpunet.fit(network, digits, epochs=1, **training)
    assert history[0].learning_rate == rate


@pytest.mark.parametrize(
    ("options", "momentum"),
    [
        ({}, 0.0),
        ({"optimizer": "adam"}, 0.0),
        ({"optimizer": "nesterov"}, 0.9),
        ({"optimizer": "nesterov", "momentum": 0.5}, 0.5),
    ],
)
def test_only_nesterov_has_momentum_where_none_is_given(
    few: Dataset, options: dict[str, Any], momentum: float
) -> None:
    assert TrainingConfig(**options).momentum == momentum
    assert RunConfig.from_json(options).training.momentum == momentum
    found, expected = gpunet.Network([64, 10]), gpunet.Network([64, 10])
    gpunet.fit(found, few, epochs=1, **options)
    gpunet.fit(expected, few, epochs=1, **{**options, "momentum": momentum})
    np.testing.assert_array_equal(found.parameters.array, expected.parameters.array)


def test_a_grid_has_one_momentum_or_each_point_its_own() -> None:
    assert complete({"optimizer": ["nesterov"]})["momentum"] == [0.9]
    grid = {"optimizer": ["sgd", "nesterov"], "cost": ["cross-entropy"]}
    assert complete(grid)["momentum"] == [None]
    found = [each.training for each in expand(grid)]
    assert [(each.momentum, each.learning_rate) for each in found] == [(0.0, 0.5), (0.9, 0.05)]


def test_a_rate_that_is_given_is_taken() -> None:
    config = RunConfig.from_json({"optimizer": "adam", "learning_rate": 0.5})
    assert config.training.learning_rate == 0.5


def test_a_grid_has_one_rate_or_each_point_its_own() -> None:
    assert complete({"cost": ["cross-entropy"]})["learning_rate"] == [0.5]
    grid = {"optimizer": ["sgd", "adam"], "cost": ["cross-entropy"]}
    assert complete(grid)["learning_rate"] == [None]
    assert [each.training.learning_rate for each in expand(grid)] == [0.5, 0.003]


def test_a_network_that_learns_nothing_is_told_after_two_epochs(
    digits: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    network = gpunet.Network([64, 30, 10], activation="relu", cost="log-likelihood")
    with caplog.at_level(logging.WARNING, "gpunet"):
        gpunet.fit(network, digits, epochs=4, learning_rate=3.0)
    (record,) = caplog.records
    assert record.getMessage().startswith("no better than guessing after 2 epochs: accuracy ")
    assert "try a smaller learning rate than 3" in record.getMessage()


def test_a_network_that_learns_is_not(digits: Dataset, caplog: pytest.LogCaptureFixture) -> None:
    gpunet.fit(gpunet.Network([64, 30, 10]), digits, epochs=3)
    assert not caplog.records


def test_guessing_is_naming_the_commonest_class() -> None:
    """Of 900 and 100, 90 % is what guessing gives, and 95 % is more."""
    said: list[str] = []
    samples = Samples(np.zeros((1000, 1), np.uint8), np.repeat([0, 1], [900, 100]))
    watching = Guessing(samples, said.append)

    class Trained:
        config = RunConfig().training

    for accuracy in (0.95, 0.9):
        watching.on_epoch(Trained(), gpunet.EpochRecord(2, 10, 3.0, accuracy, 0.1))  # type: ignore[arg-type]
    assert len(said) == 1
    assert "accuracy 90.00 %" in said[0]
