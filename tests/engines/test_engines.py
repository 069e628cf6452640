"""Engines decide how a step is launched, never what it computes."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.cublas import NOT_INSTALLED
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.engines.choose import ENGINES
from gpunet.engines.fused import plan_fused
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import to_host
from tests.pretended_gpu import PretendedGpu

EPOCHS = 2
# Those of a GPU; the compiled one has tests of its own.
OTHERS = [name for name, kind in ENGINES.items() if kind.needs_gpu]
NETWORKS: dict[str, dict[str, Any]] = {
    "book": {"sizes": [64, 30, 10]},
    "no hidden layer": {"sizes": [64, 10], "activation": "tanh"},
    "three layers": {"sizes": [64, 33, 12, 10], "activation": "relu", "cost": "cross-entropy"},
    "wide": {"sizes": [64, 100, 10], "activation": "tanh", "cost": "log-likelihood"},
    "softmax": {"sizes": [64, 12, 10], "activation": "softmax"},
    "linear": {"sizes": [64, 12, 10], "activation": ["linear", "sigmoid"]},
}


class WithoutNvmath(PretendedGpu):
    """A GPU of a machine on which nvmath-python is missing."""

    supports_graphs = False
    graphs_missing = NOT_INSTALLED

    def __init__(self) -> None:
        super().__init__()
        self.name = "cuda:0"


def train(
    data: Dataset,
    device: Device,
    engine: str,
    batch_size: int = 10,
    momentum: float = 0.0,
    l2: float = 0.0,
    **network: Any,
) -> Trainer:
    """A network trained for some epochs."""
    made = gpunet.Network(**{"device": device, "dtype": "float64", "seed": 3, **network})
    # A rate at which rounding errors do not grow from step to step.
    settings = TrainingConfig(
        epochs=EPOCHS, batch_size=batch_size, learning_rate=0.05, momentum=momentum, l2=l2
    )
    trainer = Trainer(made, data, settings, None, engine)
    trainer.train()
    return trainer


def arrays_of(trainer: Trainer) -> dict[str, Any]:
    """Parameters and optimizer state, on the host."""
    arrays = {"parameters": trainer.network.parameters.array, **trainer.optimizer.state}
    return {name: to_host(trainer.network.device, array) for name, array in arrays.items()}


def assert_same(one: Trainer, other: Trainer) -> None:
    """Parameters and optimizer state agree to 1e-9 of the largest."""
    found, expected = arrays_of(one), arrays_of(other)
    assert found.keys() == expected.keys()
    for a, b in ((found[name], expected[name]) for name in expected):
        scale = np.abs(b).max()
        np.testing.assert_allclose(a / scale, b / scale, rtol=0, atol=1e-9)


@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("engine", OTHERS)
def test_every_engine_computes_what_eager_does(
    gpu: Device, few: Dataset, engine: str, name: str, momentum: float
) -> None:
    network = NETWORKS[name]
    found = train(few, gpu, engine, momentum=momentum, **network)
    assert found.engine.name == engine
    assert_same(found, train(few, CpuDevice(), "eager", momentum=momentum, **network))


@pytest.mark.parametrize("batch_size", [1, 7, 16, 33, 125])
@pytest.mark.parametrize("engine", OTHERS)
def test_every_batch_size_and_a_smaller_last_batch(
    gpu: Device, few: Dataset, engine: str, batch_size: int
) -> None:
    found = train(few, gpu, engine, batch_size, sizes=[64, 9, 10])
    assert_same(found, train(few, CpuDevice(), "eager", batch_size, sizes=[64, 9, 10]))


@pytest.mark.parametrize("batch_size", [10, 25])
@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("engine", OTHERS)
def test_every_engine_shrinks_the_weights_alike(
    gpu: Device, few: Dataset, engine: str, momentum: float, batch_size: int
) -> None:
    options: dict[str, Any] = {"momentum": momentum, "l2": 30.0, "sizes": [64, 9, 10]}
    found = train(few, gpu, engine, batch_size, **options)
    assert_same(found, train(few, CpuDevice(), "eager", batch_size, **options))
    unshrunk = train(few, CpuDevice(), "eager", batch_size, **{**options, "l2": 0.0})
    first, other = found.network.weights[0], unshrunk.network.weights[0]
    assert np.abs(first).sum() < 0.9 * np.abs(other).sum()


@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_phase_of_the_fused_kernel_depends_on_the_order_of_its_threads(
    few: Dataset, name: str, momentum: float
) -> None:
    forwards, backwards = (
        train(few, PretendedGpu(backwards=transposed), "fused", momentum=momentum, **NETWORKS[name])
        for transposed in (False, True)
    )
    np.testing.assert_array_equal(
        forwards.network.parameters.array, backwards.network.parameters.array
    )


def test_the_fused_kernel_takes_images_that_are_no_multiple_of_four(
    gpu: Device, few: Dataset
) -> None:
    def narrow(split: Any) -> Any:
        return gpunet.Split(np.ascontiguousarray(split.images[:, :63]), split.labels)

    train_, validation, test = (narrow(split) for split in few.splits.values())
    data = Dataset("narrow", train_, validation, test, (1, 63), few.max_pixel)
    found = train(data, gpu, "fused", sizes=[63, 9, 10])
    assert_same(found, train(data, CpuDevice(), "eager", sizes=[63, 9, 10]))


def test_the_fused_kernel_holds_bytes_where_memory_is_short(few: Dataset) -> None:
    roomy = train(few, PretendedGpu(), "fused", sizes=[64, 30, 10])
    tight = train(few, PretendedGpu(shared_limit=25_000), "fused", sizes=[64, 30, 10])
    found = [plan_fused(t.network, t.optimizer, 10).division for t in (roomy, tight)]
    assert [division and division.bytes_held for division in found] == [False, True]
    assert_same(tight, roomy)


def test_a_run_goes_on_in_another_engine(gpu: Device, few: Dataset) -> None:
    found = train(few, gpu, "fused", momentum=0.5, sizes=[64, 9, 10])
    other = gpunet.Network([64, 9, 10], dtype="float64", seed=3)
    settings = TrainingConfig(epochs=EPOCHS + 1, batch_size=10, learning_rate=0.05, momentum=0.5)
    moved = Trainer(other, few, settings, None, "eager")
    moved.restore(found.snapshot())
    moved.train()
    straight = gpunet.Network([64, 9, 10], dtype="float64", seed=3)
    whole = Trainer(straight, few, settings, None, "eager")
    whole.train()
    assert_same(moved, whole)


@pytest.mark.parametrize("engine", OTHERS)
def test_divergence_is_found_at_the_same_step(gpu: Device, few: Dataset, engine: str) -> None:
    steps = []
    for device, name in ((gpu, engine), (CpuDevice(), "eager")):
        network = gpunet.Network([64, 9, 10], activation="linear", dtype="float64", device=device)
        trainer = Trainer(
            network, few, TrainingConfig(epochs=50, batch_size=10, learning_rate=5.0), None, name
        )
        with pytest.raises(gpunet.DivergedError) as caught:
            trainer.train()
        steps.append((caught.value.epoch, caught.value.step))
    assert steps[0] == steps[1]


@pytest.mark.parametrize(
    ("device", "sizes", "chosen", "reason"),
    [
        (CpuDevice(), [64, 9, 10], "eager", ""),
        (PretendedGpu(), [64, 9, 10], "fused", "fits on one multiprocessor"),
        (PretendedGpu(), [64, 2000, 10], "graph", "registers: 64 × 2000 of them take 512,000"),
        (WithoutNvmath(), [64, 9, 10], "fused", "fits on one multiprocessor"),
        (WithoutNvmath(), [64, 2000, 10], "eager", "install nvmath-python for the graph engine"),
    ],
)
def test_auto_takes_what_serves_and_says_why(
    few: Dataset, device: Device, sizes: list[int], chosen: str, reason: str
) -> None:
    trainer = Trainer(gpunet.Network(sizes, device=device), few, TrainingConfig(epochs=1), None)
    assert trainer.engine.name == chosen
    assert reason in trainer.engine_note


@pytest.mark.parametrize(
    ("device", "engine", "sizes", "batch_size", "words"),
    [
        (
            CpuDevice(),
            "graph",
            [64, 9, 10],
            10,
            "graph engine needs a CUDA device, not cpu; use --engine eager",
        ),
        (
            CpuDevice(),
            "fused",
            [64, 9, 10],
            10,
            "fused engine needs a CUDA device, not cpu; use --engine eager",
        ),
        (WithoutNvmath(), "graph", [64, 9, 10], 10, "install nvmath-python.*use --engine fused"),
        (PretendedGpu(), "fused", [64, 2000, 10], 10, "64 × 2000 of them take .*--engine graph"),
        (
            PretendedGpu(),
            "fused",
            [64, 90, 900, 10],
            10,
            r"layer 2, 90 × 900.* the device has 232,4",
        ),
        (
            PretendedGpu(),
            "fused",
            [64, 9, 10],
            1000,
            r"batches of at most 256.*use --engine graph",
        ),
        (CpuDevice(), "warp", [64, 9, 10], 10, "auto, eager, graph, fused"),
    ],
)
def test_an_engine_that_cannot_serve_says_why_and_which_can(
    digits: Dataset, device: Device, engine: str, sizes: list[int], batch_size: int, words: str
) -> None:
    network = gpunet.Network(sizes, device=device)
    with pytest.raises(gpunet.InputError, match=words):
        Trainer(network, digits, TrainingConfig(epochs=1, batch_size=batch_size), None, engine)
