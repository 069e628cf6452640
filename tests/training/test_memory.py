"""The memory that a training takes is that which was estimated."""

import tracemalloc
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.dataset import Dataset, Split
from gpunet.training.config import TrainingConfig
from gpunet.training.plan import make_plan
from gpunet.training.trainer import Trainer

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "l2": {"l2": 0.1},
    "momentum": {"momentum": 0.5},
    "momentum, l2": {"momentum": 0.5, "l2": 0.1},
    "l1": {"l1": 0.1},
    "l1, l2": {"l1": 0.1, "l2": 0.1},
    "clip": {"clip": 1.0},
    "max-norm": {"max_norm": 3.0},
    "nesterov": {"optimizer": "nesterov", "momentum": 0.5},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "l2": 0.1},
    "the best kept": {"keep_best": True},
    "all": {
        "optimizer": "nesterov",
        "momentum": 0.5,
        "l1": 0.1,
        "l2": 0.1,
        "max_norm": 3.0,
        "clip": 1.0,
        "keep_best": True,
    },
}


@pytest.mark.parametrize("case", OPTIMIZERS)
def test_it_takes_no_more_and_not_far_less(case: str) -> None:
    """At most so much, as Python counts it, and not far less: a network of mostly weights."""
    stream = np.random.default_rng(1)
    images = stream.integers(0, 256, (20, 64 * 64)).astype(np.uint8)
    split = Split(images, np.arange(20) % 10)
    data = Dataset("large", split, split, split, (64, 64))
    config = TrainingConfig(epochs=2, batch_size=2, learning_rate=0.01, **OPTIMIZERS[case])
    tracemalloc.start()
    try:
        network = gpunet.Network([64 * 64, 300, 10])
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        trainer = Trainer(network, data, config, data.validation)
        foreseen = trainer.plan.needed
        trainer.train()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    taken = peak - before + network.parameters.array.nbytes
    rows = 8 * 2 + len(split)  # eight batches are gathered at a time; all of a split is evaluated
    assert taken <= foreseen["parameters"] + rows * network.workspace * network.dtype.itemsize
    assert foreseen["parameters"] <= 3 * taken


def test_what_is_kept_beside_is_counted(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10])

    def needed(**options: Any) -> Mapping[str, int]:
        return make_plan(network, few, TrainingConfig(**options), few.validation).needed

    best = needed(keep_best=True)["parameters"] - needed()["parameters"]
    assert best == network.parameters.array.nbytes
    assert needed()["deformed images"] == 0


def test_deformed_images_are_counted_with_the_maps_that_make_them(few: Dataset) -> None:
    config = TrainingConfig(deformation=Deformation(rotation=10.0))
    trainer = Trainer(gpunet.Network([64, 9, 10]), few, config, few.validation)
    deformer = trainer.training_data.deformer
    assert deformer is not None
    held = deformer.dataset.images.nbytes + deformer.maps.nbytes
    assert trainer.plan.needed["deformed images"] == held
