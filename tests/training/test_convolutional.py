"""Networks with convolution, pooling and dropout: trained, evaluated, saved, resumed."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.serialization.model import describe
from gpunet.serialization.tensors import read_tensors, write_tensors
from gpunet.training.callbacks import KeepGoing
from gpunet.training.config import TrainingConfig
from gpunet.training.memory import bytes_of_training
from gpunet.training.trainer import Trainer
from tests.backends import assert_close
from tests.strict import StrictDevice

SIZES = [(8, 8), "4C3", "MP2", "5C2", 12, 10]
Options = dict[str, Any]


def make_network(device: Device | str = "cpu", **options: Any) -> gpunet.Network:
    defaults: Options = {
        "sizes": SIZES,
        "activation": "relu",
        "cost": "log-likelihood",
        "dropout": 0.5,
        "seed": 3,
    }
    return gpunet.Network(device=device, **{**defaults, **options})


def make_trainer(
    few: Dataset,
    device: Device,
    engine: str,
    settings: TrainingConfig | None = None,
    **options: Any,
) -> Trainer:
    settings = settings or TrainingConfig(epochs=3, batch_size=10, learning_rate=0.05)
    return Trainer(make_network(device, **options), few, settings, None, engine)


def test_the_digits_are_learned(digits: Dataset) -> None:
    network = make_network(sizes=[(8, 8), "8C3", "MP2", 30, 10], dropout=0.2)
    gpunet.fit(network, digits, epochs=15, learning_rate=0.05, momentum=0.5)
    assert gpunet.evaluate(network, digits.test).accuracy > 0.96


@pytest.mark.parametrize(
    "settings",
    [
        TrainingConfig(epochs=2, batch_size=10, learning_rate=0.05, l2=5.0),
        TrainingConfig(
            epochs=2, batch_size=10, learning_rate=0.05, momentum=0.6, l2=5.0, max_norm=1.0
        ),
        TrainingConfig(
            epochs=2, batch_size=10, learning_rate=0.001, optimizer="adam", l1=1.0, clip=1.0
        ),
    ],
    ids=["sgd", "momentum", "adam"],
)
def test_every_backend_ends_with_the_same_weights(
    device: Device, few: Dataset, settings: TrainingConfig
) -> None:
    options: Options = {"dtype": "float64", "settings": settings}
    trainer, expected = (
        make_trainer(few, each, "eager", **options) for each in (device, CpuDevice())
    )
    trainer.train()
    expected.train()
    array = expected.network.parameters.array
    assert_close(device, trainer.network.parameters.array, array, 1e-9, 1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
@pytest.mark.parametrize("batch_size", [3, 10, 253])
def test_graph_does_what_eager_does_to_the_bit(
    gpu: Device, few: Dataset, batch_size: int, momentum: float
) -> None:
    settings = TrainingConfig(
        epochs=3, batch_size=batch_size, learning_rate=0.05, momentum=momentum
    )
    eager = make_trainer(few, gpu, "eager", settings)
    graph = make_trainer(few, gpu, "graph", settings)
    assert eager.train()
    assert graph.train()
    assert_close(gpu, graph.network.parameters.array, eager.network.parameters.array, 0)


@pytest.mark.parametrize("look", [1, 2, 3, 5, 6, 9])
def test_a_run_goes_on_with_the_neurons_it_would_have_left_out(
    gpu: Device, few: Dataset, look: int
) -> None:
    whole, first = (make_trainer(few, gpu, "eager") for _ in range(2))
    second = make_trainer(few, gpu, "graph")
    assert whole.train()
    looks = count(1)
    assert not first.train(KeepGoing(lambda: next(looks) < look))
    second.restore(first.snapshot())
    assert second.train()
    assert_close(gpu, second.network.parameters.array, whole.network.parameters.array, 0)


def test_dropout_changes_what_is_learned(few: Dataset) -> None:
    results = set()
    for dropout in (0.0, 0.5):
        trainer = make_trainer(few, CpuDevice(), "eager", dropout=dropout)
        trainer.train()
        results.add(trainer.network.parameters.array.tobytes())
    assert len(results) == 2


def crossings(digits: Dataset, samples: int, engine: str, **options: Any) -> tuple[int, int]:
    """From device to host and back, in a training."""
    rest = (digits.validation, digits.test, digits.shape, digits.max_pixel, digits.classes)
    data, device = Dataset("some", digits.train[:samples], *rest), StrictDevice()
    network = make_network(device, **options)
    before = device.crossings.to_host, device.crossings.to_device
    config = TrainingConfig(epochs=3, learning_rate=0.05)
    Trainer(network, data, config, data.validation, engine).train()
    return device.crossings.to_host - before[0], device.crossings.to_device - before[1]


@pytest.mark.parametrize("engine", ["eager", "graph"])
def test_nothing_more_crosses_to_the_host_than_with_dense_layers(
    digits: Dataset, engine: str
) -> None:
    dense = crossings(digits, 50, engine, sizes=[64, 10], dropout=0.0)
    assert crossings(digits, 50, engine) == crossings(digits, 300, engine) == dense


def test_evaluation_in_parts_is_that_of_the_whole(
    device: Device, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network(device, dtype="float64")
    whole = gpunet.evaluate(network, digits.test)
    monkeypatch.setattr("gpunet.nn.placed.WORKSPACE_BYTES", 50 * 8 * network.workspace)
    assert network.most_at_once == 50
    parts = gpunet.evaluate(network, digits.test)
    assert parts.cost == pytest.approx(whole.cost, rel=1e-12)
    np.testing.assert_array_equal(parts.confusion, whole.confusion)


def test_memory_needed_grows_with_the_patches(few: Dataset) -> None:
    networks = [make_network(sizes=[(8, 8), layer, 10], dropout=0.0) for layer in ("4C4", "4C1")]
    large, small = (
        bytes_of_training(network, 100, TrainingConfig(), few)["workspaces"] for network in networks
    )
    # 100 rows to train on and 1000 to evaluate; 16 numbers a patch at 25 places, with gradients,
    # against 1 at 64 places and 4 · 39 neurons more, with gradient and what is kept of them.
    assert large - small == 4 * (100 + 1000) * (2 * (16 * 25 - 64) - 3 * 4 * 39)


@pytest.mark.parametrize(
    ("options", "layer"),
    [
        ({"sizes": [(8, 8), "4C3", "MP2", 10], "dropout": 0.0}, "4C3 and MP2"),
        ({"sizes": [(8, 8), "4C3", 10], "dropout": 0.0}, "4C3"),
        ({"sizes": [64, 9, 10]}, "dropout 0.5"),
    ],
)
def test_the_fused_engine_refuses_by_name(
    gpu: Device, few: Dataset, options: Options, layer: str
) -> None:
    with pytest.raises(gpunet.InputError, match=f"no {layer}; use --engine graph"):
        make_trainer(few, gpu, "fused", **options)
    chosen = make_trainer(few, gpu, "auto", **options)
    assert chosen.engine.name == "graph"
    assert layer in chosen.engine_note


@pytest.mark.parametrize("scaling", ["training", "evaluation"])
def test_a_network_comes_back_as_it_was(tmp_path: Path, digits: Dataset, scaling: str) -> None:
    network = make_network(dropout_scaling=scaling)
    gpunet.save(network, tmp_path / "model")
    loaded = gpunet.load(tmp_path / "model", device="cpu")
    for name in ("architecture", "sizes", "activations", "dropout", "seed", "initializer"):
        assert getattr(loaded, name) == getattr(network, name)
    assert loaded.parameters.array.tobytes() == network.parameters.array.tobytes()
    images = digits.test.images
    np.testing.assert_array_equal(loaded.feedforward(images), network.feedforward(images))


def test_a_description_is_what_json_gives_back() -> None:
    described = describe(make_network())
    assert json.loads(json.dumps(described)) == described
    assert described["layers"] == [[8, 8], "4C3", "MP2", "5C2", 12, 10]
    assert described["dropout"] == 0.5


def test_what_a_network_does_not_have_its_description_does_not_mention() -> None:
    described = describe(gpunet.Network([64, 30, 10]))
    assert set(described) == {
        *("sizes", "activations", "cost", "dtype", "seed", "initializer", "input_scale")
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("layers", [[8, 8], "4C3", "MP2", "5C2", 12, 9]),
        ("layers", [[8, 8], "4C3", "MP4", 10]),
        ("layers", "4C3"),
        ("layers", None),
        ("dropout", 2.0),
        ("dropout", "half"),
        ("dropout_scaling", "inverted"),
        ("dropout_scaling", 3),
    ],
)
def test_a_damaged_description_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    gpunet.save(make_network(), tmp_path / "model")
    tensors, about, _ = read_tensors(tmp_path / "model")
    about["network"][key] = value
    write_tensors(tmp_path / "model", tensors, about)
    with pytest.raises(gpunet.InputError, match=str(tmp_path / "model")):
        gpunet.load(tmp_path / "model")


def test_images_of_another_shape_are_refused(few: Dataset) -> None:
    network = gpunet.Network([(4, 16), "4C3", 10])
    with pytest.raises(gpunet.InputError, match="images of 8 × 8, the network takes 4 × 16"):
        gpunet.fit(network, few, epochs=1)
