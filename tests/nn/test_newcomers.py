"""What is registered works everywhere, and what was forgotten of it is named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from gpunet.nn.layers.table import LAYERS
from gpunet.nn.optimizers.base import Optimizer, OptimizerConfig
from gpunet.nn.optimizers.table import OPTIMIZERS
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.training.callbacks import OnEpoch
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import assert_close
from tests.nn.formulas import COST_TERMS, FUNCTIONS
from tests.nn.newcomers import Falling, Gains, OneToOne, Quartic, RMSProp, Softsign
from tests.pretended_gpu import PretendedGpu
from tests.registries import activations, costs, fused, layers, optimizers

NETWORK: dict[str, Any] = {
    "sizes": [(8, 8), "6C3", "MP2", "1:1", 20, 10],
    "activation": "softsign",
    "cost": "quartic",
}


def config() -> TrainingConfig:
    return TrainingConfig(epochs=3, batch_size=10, learning_rate=0.003, optimizer="rmsprop")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line each."""
    monkeypatch.setitem(ACTIVATIONS, "softsign", Softsign())
    monkeypatch.setitem(ACTIVATIONS, "falling", Falling())
    monkeypatch.setitem(COSTS, "quartic", Quartic())
    monkeypatch.setitem(OPTIMIZERS, "rmsprop", RMSProp)
    monkeypatch.setitem(LAYERS, "1:1", OneToOne)


@pytest.mark.usefixtures("registered")
def test_newcomers_learn(digits: Dataset) -> None:
    network = gpunet.Network(**NETWORK)
    gpunet.fit(network, digits, epochs=12, optimizer="rmsprop", learning_rate=0.003)
    assert gpunet.evaluate(network, digits.test).accuracy > 0.9


@pytest.mark.usefixtures("registered")
def test_newcomers_compute_the_same_on_every_backend(device: Device, few: Dataset) -> None:
    trainers = [
        Trainer(
            gpunet.Network(**NETWORK, device=each, dtype="float64"), few, config(), None, "eager"
        )
        for each in (device, CpuDevice())
    ]
    for trainer in trainers:
        trainer.train()
    found, expected = (trainer.network.parameters.array for trainer in trainers)
    assert_close(device, found, expected, 1e-7, 1e-9)


@pytest.mark.usefixtures("registered")
def test_newcomers_are_saved_and_resumed(few: Dataset, tmp_path: Path) -> None:
    straight = gpunet.Network(**NETWORK)
    Trainer(straight, few, config(), few.validation).train()
    first = Run.start(gpunet.Network(**NETWORK), few, config(), tmp_path / "run", overwrite=False)
    first.train(OnEpoch(lambda record: setattr(first, "stopped_by", 15)))
    resumed = Run.resume(RunFolder.open(tmp_path / "run"), few, "cpu", None)
    assert 0 < resumed.trainer.position.epoch < 3
    assert resumed.train()
    loaded = gpunet.load(tmp_path / "run" / "model.safetensors", device="cpu")
    np.testing.assert_array_equal(loaded.parameters.array, straight.parameters.array)
    x = few.test.images[:5]
    np.testing.assert_array_equal(loaded.feedforward(x), straight.feedforward(x))
    assert loaded.architecture.given == ((8, 8), "6C3", "MP2", "1:1", 20, 10)


@pytest.mark.usefixtures("registered")
def test_newcomers_are_called_by_name_where_they_do_not_fit(few: Dataset) -> None:
    with pytest.raises(gpunet.InputError, match=r"'1:2' is no layer; .*, or 1:1 for neurons with"):
        gpunet.Network([64, "1:2", 10])
    with pytest.raises(gpunet.InputError, match=r"MP2 on falling: .* sigmoid, tanh, relu, linear"):
        gpunet.Network([(8, 8), "3C3", "MP2", 10], activation="falling")
    with pytest.raises(
        gpunet.InputError, match=r"optimizer rmsprop takes no momentum: .* nesterov"
    ):
        gpunet.fit(gpunet.Network([64, 10]), few, optimizer="rmsprop", momentum=0.5)


@pytest.mark.parametrize(
    ("network", "training", "words"),
    [
        ({"activation": "falling"}, {}, "does not support the activation falling"),
        ({"sizes": [64, "1:1", 10]}, {}, "fully connected layers only, no 1:1"),
        ({}, {"optimizer": "rmsprop"}, "momentum and l2, not rmsprop"),
        ({"cost": "unknown"}, {}, "does not support the unknown cost"),
    ],
)
@pytest.mark.usefixtures("registered")
def test_what_the_fused_kernel_does_not_support_is_refused_by_name(
    few: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    network: dict[str, Any],
    training: dict[str, Any],
    words: str,
) -> None:
    class Unknown(Quartic):
        name = "unknown"
        fused = None  # type: ignore[assignment]

    monkeypatch.setitem(COSTS, "unknown", Unknown())
    made = gpunet.Network(**{"sizes": [64, 9, 10], "device": PretendedGpu(), **network})
    asked = TrainingConfig(epochs=1, learning_rate=0.01, **training)
    with pytest.raises(gpunet.InputError, match=f"fused engine .*{words}; use --engine graph"):
        Trainer(made, few, asked, None, "fused")
    assert Trainer(made, few, asked, None, "auto").engine.name == "graph"


@pytest.mark.usefixtures("registered")
def test_the_fused_kernel_computes_newcomers(gpu: Device, few: Dataset) -> None:
    assert fused.complaints_of_activation(ACTIVATIONS["softsign"], few, gpu) == []
    assert fused.complaints_of_activation(ACTIVATIONS["falling"], few, gpu) == []
    assert fused.complaints_of_cost(COSTS["quartic"], few, gpu) == []
    assert fused.complaints_of_optimizer(RMSProp, few, gpu) == []


def places(complaints: list[str]) -> set[str]:
    """Where something is missing."""
    return {complaint.partition(": ")[0] for complaint in complaints}


@pytest.mark.usefixtures("registered")
def test_what_is_left_to_do_for_a_newcomer_is_reported(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert places(activations.complaints(Softsign())) == {
        "tests/nn/formulas.py, FUNCTIONS['softsign']",
        "gpunet/nn/network.py, Network",
        "gpunet/cli, gpunet train --activation",
    }
    monkeypatch.setitem(FUNCTIONS, "softsign", lambda z: z / (1 + abs(z)))
    assert "tests/nn/formulas.py, FUNCTIONS['softsign']" not in places(
        activations.complaints(Softsign())
    )
    assert places(costs.complaints(Quartic())) == {
        "tests/nn/formulas.py, COST_TERMS['quartic']",
        "gpunet/nn/network.py, Network",
        "gpunet/cli, gpunet train --cost",
    }
    monkeypatch.setitem(COST_TERMS, "quartic", lambda a, y: (a - y) ** 2)
    assert "tests/nn/formulas.py, COST_TERMS['quartic']" in places(costs.complaints(Quartic()))
    assert places(optimizers.complaints(RMSProp)) == {"gpunet/cli, gpunet train --optimizer"}
    assert places(layers.complaints(OneToOne)) == {"tests/registries/layers.py, EXAMPLES['1:1']"}
    monkeypatch.setitem(layers.EXAMPLES, "1:1", ["1:1", 4])
    assert layers.complaints(OneToOne) == []
    assert fused.complaints_of_layer(OneToOne, few, PretendedGpu()) == []


@pytest.mark.parametrize(
    ("kind", "arguments", "forgotten"),
    [
        (Softsign, (), "fused"),
        (Quartic, (), "fused"),
        (Gains, (3, Softsign()), "fused"),
        (Gains, (3, Softsign()), "workspace"),
        (OneToOne, (), "read"),
    ],
)
def test_what_has_to_be_said_cannot_be_left_out(
    kind: type, arguments: tuple[Any, ...], forgotten: str
) -> None:
    left_out = {forgotten, "__dict__", "__weakref__"}
    rest = {name: value for name, value in vars(kind).items() if name not in left_out}
    incomplete = type(kind)("Incomplete", kind.__bases__, rest)
    with pytest.raises(TypeError, match=rf"Incomplete.*\W{forgotten}\b"):
        incomplete(*arguments)


@pytest.mark.parametrize("forgotten", ["states", "rule", "beyond_fused", "sinks"])
def test_what_an_optimizer_has_to_say_cannot_be_left_out(forgotten: str) -> None:
    said: dict[str, Any] = {
        name: getattr(RMSProp, name)
        for name in ("name", "states", "rule", "sinks", "update", "beyond_fused")
        if name != forgotten
    }
    if forgotten == "rule":
        incomplete = type("Incomplete", RMSProp.__bases__, said)
    else:
        incomplete = type("Incomplete", (Optimizer,), said)
    with pytest.raises(TypeError, match=rf"Incomplete.*\W{forgotten}\b"):
        incomplete(gpunet.Network([5, 3]), OptimizerConfig(0.1))
