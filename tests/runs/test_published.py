"""Published networks of MNIST with dropout, written as recipes: read, built, and trained a step."""

from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from gpunet.datasets.dataset import Dataset, Split
from gpunet.runs.config import RunConfig
from gpunet.runs.recipe import read_recipe
from gpunet.training.history import History
from gpunet.training.learning_rate import learning_rate, momentum
from gpunet.training.trainer import Trainer

ABOUT = 'title = "a network"\nsource = "a paper"\n[options]\n'
LAYERS = 'cost = "log-likelihood"\ninput_dropout = 0.2\nbatch_size = 100\n'
# Hinton et al. 2012, appendix A.1: p from 0.5 to 0.99 in 500 epochs, the rate from 10 on, times
# 0.998 an epoch, (1 − p) of the gradient, squared lengths of at most 15.
HINTON = f"""
learning_rate = 10
schedule = "exponential:0.998"
momentum = 0.99
momentum_start = 0.5
momentum_epochs = 500
dampening = true
max_norm = {sqrt(15)}
epochs = 3000
"""
RECIPES = {
    "two hidden layers": ('hidden = [898, 1532]\nactivation = "relu"\ndropout = 0.5\n', HINTON),
    "a share and a limit for each layer": (
        'hidden = [1024, 1024, 1024]\nactivation = "relu"\ndropout = [0.5, 0.5, 0.4]\n',
        HINTON.replace(str(sqrt(15)), "[3.5, 3.5, 3.5, 0]"),
    ),
    "sigmoid": ('hidden = [1024, 1024, 1024]\ndropout = 0.5\ninitializer = "scaled"\n', HINTON),
}


def images() -> Dataset:
    stream = np.random.default_rng(1)
    split = Split(stream.integers(0, 256, (100, 784)).astype(np.uint8), stream.integers(0, 10, 100))
    return Dataset("images", split, split, split, (28, 28), 255, tuple("0123456789"))


@pytest.mark.parametrize("case", RECIPES)
def test_it_is_written_as_a_recipe_and_trained(case: str, tmp_path: Path) -> None:
    (tmp_path / "paper.toml").write_text(ABOUT + LAYERS + "".join(RECIPES[case]))
    config = RunConfig.from_json(read_recipe(tmp_path / "paper.toml").options)
    network = config.network(images(), seed=0, dtype="float32", device="cpu")
    trainer = Trainer(network, images(), config.training, None)
    trainer.run_epoch()
    assert trainer.steps_done == 1
    assert np.isfinite(network.parameters.array).all()
    limits = config.training.max_norm
    for number, weights in enumerate(network.weights):
        limit = limits if isinstance(limits, float) else limits[number]
        longest = np.linalg.norm(weights, axis=1).max()
        assert longest <= (limit or np.inf) * (1 + 1e-6)


def test_rate_and_momentum_are_those_of_hinton_et_al() -> None:
    config = RunConfig.from_json(
        {
            "learning_rate": 10,
            "schedule": "exponential:0.998",
            "momentum": 0.99,
            "momentum_start": 0.5,
            "momentum_epochs": 500,
            "dampening": True,
            "epochs": 3000,
        }
    ).training
    for epoch in (0, 100, 500, 2999):
        share = min(epoch / 500, 1)
        assert momentum(config, epoch) == pytest.approx(share * 0.99 + (1 - share) * 0.5)
        assert learning_rate(config, epoch, History()) == pytest.approx(10 * 0.998**epoch)
