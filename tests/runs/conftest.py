"""A run and a population to look at."""

from pathlib import Path
from typing import Any

import pytest

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.runs.run import Run
from gpunet.sweeps.population import Population
from gpunet.training.config import TrainingConfig


@pytest.fixture(scope="session")
def trained_run(few: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs, with convolution and momentum; not to be changed."""
    path = tmp_path_factory.mktemp("schema") / "run"
    network = gpunet.Network([(8, 8), "3C3", "MP2", 8, 10], seed=3, dropout=0.1)
    session = Run.start(
        network,
        few,
        TrainingConfig(epochs=2, batch_size=10, learning_rate=0.1, momentum=0.5),
        path,
        False,
    )
    assert session.train()
    return path


@pytest.fixture(scope="session")
def trained_many(few: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A population of two; not to be changed."""
    path = tmp_path_factory.mktemp("schema") / "many"
    grid: dict[str, list[Any]] = {"hidden": [[6], [5, 4]], "epochs": [1], "learning_rate": [1.0]}
    population = Population.start(
        grid, 1, 5, "float32", few, gpunet.open_device("cpu"), path, overwrite=False
    )
    assert population.train(lambda entry: None, lambda done: None)
    return path
