"""Published networks, as their recipes have them: each is built, and trained for a step."""

from math import sqrt
from typing import Any

import numpy as np
import pytest

from gpunet.datasets.dataset import Dataset, Split
from gpunet.runs.config import RunConfig
from gpunet.runs.recipe import list_recipes
from gpunet.sweeps.grid import NAMES
from gpunet.training.history import History
from gpunet.training.learning_rate import learning_rate, momentum
from gpunet.training.trainer import Trainer
from gpunet.training.training_data import watched_split

RECIPES = {recipe.name: recipe for recipe in list_recipes()}


def hyper_parameters(name: str) -> dict[str, Any]:
    """A recipe's options, without the data and the number of networks."""
    return {key: value for key, value in RECIPES[name].options.items() if key in NAMES}


def images(number: int) -> Dataset:
    """Noise, as large as MNIST's images, the last of them for validation."""
    stream = np.random.default_rng(1)
    pixels = stream.integers(0, 256, (number, 784)).astype(np.uint8)
    all_of_them = Split(pixels, stream.integers(0, 10, number))
    train, validation = (
        Split(all_of_them.images[part], all_of_them.labels[part])
        for part in (slice(None, -1), slice(-1, None))
    )
    return Dataset("images", train, validation, validation, (28, 28), 255, tuple("0123456789"))


@pytest.mark.parametrize("name", RECIPES)
def test_it_is_trained_for_a_step(name: str) -> None:
    config = RunConfig.from_json({**hyper_parameters(name), "expand": False})
    data = images(config.training.batch_size)
    network = config.network(data, seed=0, dtype="float32", device="cpu")
    before = network.parameters.array.copy()
    trainer = Trainer(network, data, config.training, watched_split(data, config.training))
    trainer.run_epoch()
    assert trainer.steps_done == 1
    assert np.isfinite(network.parameters.array).all()
    assert (network.parameters.array != before).any()
    limits = config.training.max_norm
    for number, weights in enumerate(network.weights):
        limit = limits if isinstance(limits, float) else limits[number]
        longest = np.linalg.norm(weights.reshape(len(weights), -1), axis=1).max()
        assert longest <= (limit or np.inf) * (1 + 1e-6)


def test_what_hinton_et_al_publish_is_in_their_recipe() -> None:
    """Hinton et al. 2012, appendix A.1, where squared lengths are at most 15."""
    options = RECIPES["hinton-2012"].options
    assert (options["dropout"], options["input_dropout"]) == (0.5, 0.2)
    assert options["max_norm"] == pytest.approx(sqrt(15), abs=1e-3)
    assert (options["batch_size"], options["epochs"]) == (100, 3000)


def test_a_share_and_a_limit_may_be_given_for_each_layer() -> None:
    asked = {"hidden": [20, 20, 20], "cost": "log-likelihood", "learning_rate": 3}
    asked |= {"dropout": [0.5, 0.5, 0.4], "max_norm": [0.9, 0.7, 0.5, 0]}
    config = RunConfig.from_json(asked)
    network = config.network(images(100), seed=0, dtype="float32", device="cpu")
    Trainer(network, images(100), config.training, None).run_epoch()
    *longest, last = [np.linalg.norm(weights, axis=1).max() for weights in network.weights]
    assert longest == pytest.approx([0.9, 0.7, 0.5], rel=1e-5)
    assert last > 0.9


def test_rate_and_momentum_are_those_of_hinton_et_al() -> None:
    config = RunConfig.from_json(hyper_parameters("hinton-2012")).training
    for epoch in (0, 100, 500, 2999):
        share = min(epoch / 500, 1)
        assert momentum(config, epoch) == pytest.approx(share * 0.99 + (1 - share) * 0.5)
        assert learning_rate(config, epoch, History()) == pytest.approx(10 * 0.998**epoch)
