"""Training on the training and the validation split together."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset, Split
from gpunet.sweeps.executors.shared_launch import FusedPopulation
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer

OPTIONS: dict[str, Any] = {"epochs": 2, "learning_rate": 1.0, "l2": 2.0}


def together(dataset: Dataset) -> Dataset:
    """A data set that trains on both of its splits, as one would put it together by hand."""
    parts = (dataset.train, dataset.validation)
    images = np.vstack([part.images for part in parts])
    return replace(dataset, train=Split(images, np.hstack([part.labels for part in parts])))


@pytest.mark.parametrize("expand", [False, True])
def test_it_is_training_on_both_splits_put_together(few: Dataset, expand: bool) -> None:
    one, other = (gpunet.Network([64, 12, 10], device="cpu") for _ in range(2))
    history = gpunet.fit(one, few, train_on="all", expand=expand, **OPTIONS)
    gpunet.fit(other, together(few), expand=expand, **OPTIONS)
    np.testing.assert_array_equal(one.parameters.array, other.parameters.array)
    assert history[0].steps == -(-len(together(few).train) * (5 if expand else 1) // 10)


def test_networks_in_shared_launches_train_on_both(gpu: Device, few: Dataset) -> None:
    def network(seed: int) -> gpunet.Network:
        return gpunet.Network([64, 9, 10], device=gpu, seed=seed)

    config = TrainingConfig(train_on="all", **OPTIONS)
    shared = FusedPopulation([network(seed) for seed in range(3)], few, config)
    assert shared.train()
    for seed, trainer in enumerate(shared.trainers):
        alone = Trainer(network(seed), together(few), TrainingConfig(**OPTIONS), None, "fused")
        alone.train()
        for one, other in zip(trainer.network.weights, alone.network.weights, strict=True):
            np.testing.assert_array_equal(gpu.host(one), gpu.host(other))


def test_nothing_is_measured_after_the_epochs(few: Dataset) -> None:
    network = gpunet.Network([64, 10], device="cpu")
    history = gpunet.fit(network, few, train_on="all", **OPTIONS)
    assert {(record.accuracy, record.cost) for record in history} == {(None, None)}
    history = gpunet.fit(network, few, train_on="all", monitor="test", **OPTIONS)
    assert history[-1].accuracy == gpunet.evaluate(network, few.test).accuracy


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ({"patience": 2}, "patience"),
        ({"keep_best": True}, "keep best"),
        ({"schedule": "halving:2"}, "schedule halving:2"),
    ],
)
def test_what_goes_by_the_validation_split_is_refused(
    few: Dataset, option: dict[str, Any], name: str
) -> None:
    why = f"{name} goes by the accuracy on the validation split, which is no measure where it is"
    with pytest.raises(gpunet.InputError, match=why):
        gpunet.fit(gpunet.Network([64, 10], device="cpu"), few, train_on="all", **option)


def test_arrays_have_no_such_split(few: Dataset) -> None:
    network, split = gpunet.Network([64, 10], device="cpu"), few.train
    with pytest.raises(gpunet.InputError, match="or all samples as X and y"):
        gpunet.fit(network, split.images, split.labels, train_on="all")
