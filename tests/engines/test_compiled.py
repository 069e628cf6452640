"""The compiled engine computes what the plain step does, and is chosen where it pays."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.samples import Data, Samples
from gpunet.engines.choose import choose_engine
from gpunet.engines.compiled import Compiled, list_samples
from gpunet.training.config import TrainingConfig
from gpunet.training.given import read_given
from gpunet.training.make_optimizer import make_optimizer
from gpunet.training.trainer import Trainer

pytest.importorskip("numba", reason="Numba is not installed")

NETWORKS: dict[str, dict[str, Any]] = {
    "book": {"sizes": [64, 30, 10]},
    "no hidden layer": {"sizes": [64, 10], "activation": "tanh"},
    "three layers": {"sizes": [64, 33, 12, 10], "activation": "relu", "cost": "cross-entropy"},
    "wide": {"sizes": [64, 130, 10], "activation": "tanh", "cost": "log-likelihood"},
    "softmax": {"sizes": [64, 12, 10], "activation": "softmax"},
    "linear": {"sizes": [64, 12, 10], "activation": ["linear", "linear"]},
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "sgd with L2": {"l2": 30.0},
    "momentum": {"momentum": 0.7},
    "momentum with L2": {"momentum": 0.7, "l2": 30.0},
    "rising momentum": {"momentum": 0.9, "momentum_start": 0.5, "momentum_epochs": 2, "l2": 30.0},
    "dampened": {"momentum": 0.7, "dampening": True, "l2": 3.0},
    "nesterov": {"optimizer": "nesterov", "momentum": 0.7, "l2": 3.0},
    "adam": {"optimizer": "adam", "learning_rate": 0.001, "l2": 3.0},
    "adamw": {"optimizer": "adamw", "learning_rate": 0.001, "l2": 3.0},
}


def trainer_of(
    data: Data, engine: str, dtype: str = "float32", network: Any = None, **settings: Any
) -> Trainer:
    """A training of two epochs, at its beginning."""
    made = gpunet.Network(**{"sizes": [64, 9, 10], "seed": 3, "dtype": dtype, **(network or {})})
    # A rate at which rounding errors do not grow from step to step.
    config = TrainingConfig(**{"epochs": 2, "batch_size": 10, "learning_rate": 0.05, **settings})
    return Trainer(made, data, config, None, engine)


def arrays_of(trainer: Trainer) -> dict[str, Any]:
    return {"parameters": trainer.network.parameters.array, **trainer.optimizer.state}


def assert_same(found: Trainer, truth: Trainer, tolerance: float = 5e-5) -> None:
    """Parameters and optimizer state are those of float64, but for float32's rounding."""
    truths = arrays_of(truth)
    assert arrays_of(found).keys() == truths.keys()
    for name, array in arrays_of(found).items():
        scale = np.abs(truths[name]).max()
        np.testing.assert_allclose(array / scale, truths[name] / scale, rtol=0, atol=tolerance)


def compare(data: Data, **settings: Any) -> None:
    found = trainer_of(data, "compiled", **settings)
    truth = trainer_of(data, "eager", "float64", **settings)
    found.train()
    truth.train()
    assert found.engine.name == "compiled"
    assert_same(found, truth)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_and_activation(few: Dataset, network: str) -> None:
    compare(few, network=NETWORKS[network])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer(few: Dataset, optimizer: str) -> None:
    compare(few, **OPTIMIZERS[optimizer])


@pytest.mark.parametrize("batch_size", [1, 7, 16, 33, 125])
def test_every_batch_size_and_a_smaller_last_batch(few: Dataset, batch_size: int) -> None:
    compare(few, batch_size=batch_size)


def test_floats_targets_and_weights() -> None:
    stream = np.random.default_rng(1)
    x = stream.normal(size=(83, 64))
    x[stream.random(x.shape) < 0.3] = 0
    targets, weights = stream.normal(size=(83, 10)), stream.uniform(0, 3, 83)
    network: dict[str, Any] = {"activation": ["tanh", "linear"]}
    made = gpunet.Network([64, 9, 10], **network)
    data = read_given(made, x, targets, sample_weight=weights, scale=0.5)
    compare(data, network=network)


def test_costs_are_added_up_as_eager_does(few: Dataset) -> None:
    for cost in ("quadratic", "cross-entropy", "log-likelihood"):
        measured = []
        for engine, dtype in (("compiled", "float32"), ("eager", "float64")):
            trainer = trainer_of(few, engine, dtype, {"cost": cost}, epochs=1)
            trainer.engine.measuring = True
            trainer.train()
            measured.append(trainer.engine.measured)
        assert measured[0] == pytest.approx(measured[1], rel=1e-5)


def test_however_the_steps_are_divided_the_bytes_are_the_same(few: Dataset) -> None:
    found = []
    for each in (1, 3, None):
        trainer = trainer_of(few, "compiled", optimizer="adam")
        trainer.most = each
        trainer.train()
        found.append({name: array.tobytes() for name, array in arrays_of(trainer).items()})
    assert found[0] == found[1] == found[2]


def test_images_that_change_every_epoch(few: Dataset) -> None:
    compare(few, deformation=Deformation(shift=1.0))


def test_a_network_that_diverges_is_told_and_can_go_on(few: Dataset) -> None:
    said = []
    for engine in ("compiled", "eager"):
        trainer = trainer_of(few, engine, network={"activation": "linear"}, learning_rate=1000.0)
        with pytest.raises(gpunet.DivergedError) as error:
            trainer.train()
        said.append(str(error.value))
        trainer.config = replace(trainer.config, learning_rate=0.01)
        assert trainer.train()
        assert np.isfinite(trainer.network.parameters.array).all()
    assert said[0] == said[1]


def test_samples_that_do_not_fit_are_refused_before_they_are_read() -> None:
    images, labels = np.zeros((9, 64), np.uint8), np.arange(9)
    for samples in (
        Samples(images[:5], labels),
        Samples(images, labels - 1),
        Samples(images, np.zeros((9, 3), np.float32)),
        Samples(images, labels, np.ones(5)),
    ):
        dataset = DeviceDataset.of(CpuDevice(), samples, 1.0)
        with pytest.raises(gpunet.InputError, match="do not fit a network of 64 inputs"):
            list_samples(dataset, (64, 9, 10))


def test_samples_are_listed_once_for_all_networks(few: Dataset) -> None:
    found = []
    for _ in range(2):
        trainer = trainer_of(few, "compiled", network={"device": CpuDevice()})
        trainer.train()
        found.append(trainer.engine.samples[0])  # type: ignore[attr-defined]
    assert found[0] is found[1]


def test_where_numba_does_not_work_auto_takes_another(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        raise ImportError("Numba needs another NumPy")

    monkeypatch.setattr("gpunet.backend.compiled.machine_code.LOADED", {})
    monkeypatch.setattr("gpunet.backend.compiled.machine_code.function", broken)
    with pytest.raises(gpunet.InputError, match="does not work here: Numba needs another NumPy"):
        trainer_of(few, "compiled")
    assert trainer_of(few, "auto", epochs=100_000).engine.name == "eager"


@pytest.mark.parametrize(
    ("network", "settings", "said"),
    [
        ({"dtype": "float64"}, {}, "float32, not float64"),
        ({"dropout": 0.5, "sizes": [64, 9, 9, 10]}, {}, "takes no dropout"),
        ({"sizes": [(8, 8), "3C3", 10]}, {}, "fully connected layers only"),
        ({}, {"clip": 1.0}, "clip"),
        ({}, {"l1": 1.0}, "l1"),
        ({}, {"max_norm": 1.0}, "max-norm"),
    ],
)
def test_what_it_cannot_do_is_refused(
    few: Dataset, network: dict[str, Any], settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(gpunet.InputError, match=f"compiled engine .*{said}.*--engine eager"):
        trainer_of(few, "compiled", network=network, **settings)


def test_without_numba_it_says_how_to_install_it(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.engines.compiled.find_spec", lambda name: None)
    with pytest.raises(gpunet.InputError, match=r'pip install "gpunet\[fast\]"'):
        trainer_of(few, "compiled")


def chosen(sizes: Sequence[int], steps: int, batch_size: int = 10) -> str:
    network = gpunet.Network(sizes)
    optimizer = make_optimizer(network, TrainingConfig(learning_rate=1.0), 1000)
    return choose_engine("auto", network, optimizer, batch_size, steps=steps)[0]


def test_it_is_chosen_for_small_networks_and_long_trainings() -> None:
    assert chosen([784, 30, 10], 1_000_000) == "compiled"
    assert chosen([784, 30, 10], 1_000) == "eager"
    assert chosen([784, 1000, 1000, 10], 1_000_000, 128) == "eager"


def test_on_a_gpu_it_is_none(few: Dataset) -> None:
    from tests.pretended_gpu import PretendedGpu

    network = gpunet.Network([64, 9, 10], device=PretendedGpu())
    with pytest.raises(gpunet.InputError, match="compiled engine is for the CPU"):
        Trainer(network, few, TrainingConfig(), None, "compiled")
    assert Compiled.needs_cpu
    assert CpuDevice().is_cpu
