"""An engine that nothing in the package knows of: registered, it is chosen, and trains."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.datasets.dataset import Dataset
from gpunet.engines.base import Engine
from gpunet.engines.choose import ENGINES
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.step import run
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.training.callbacks import OnEpoch
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import assert_close
from tests.pretended_gpu import PretendedGpu
from tests.registries import engines

CONFIG = TrainingConfig(epochs=3, batch_size=10, learning_rate=0.05, momentum=0.5)


class OneByOne(Engine):
    """Gathers one batch, and runs one step over it."""

    name = "one-by-one"
    rank = 5
    merit = "it is short"

    @classmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        return "the one-by-one engine takes no clip" if optimizer.config.clip else ""

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, dataset, batch_size)
        sizes = [batch_size, self.rest] if self.rest else [batch_size]
        classes, dtype = network.sizes[-1], network.dtype
        self.buffers = [BatchBuffer(dataset, size, classes, dtype) for size in sizes]
        self.bind_steps()

    def bind_steps(self) -> None:
        finish = self.bind_finish()
        self.steps = [self.bind(buffer.x, buffer.y, finish) for buffer in self.buffers]

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.order, self.steps_before = self.network.device.put(order), steps_before

    def run(self, step: int, most: int | None = None) -> int:
        self.clock.set(self.steps_before + step)
        m, which = self.batch_size, -1 if step == self.whole else 0
        self.buffers[which].load(self.order[step * m : (step + 1) * m])
        run(self.steps[which])
        return 1


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line."""
    monkeypatch.setitem(ENGINES, "one-by-one", OneByOne)


def trainer(few: Dataset, device: Device | str, engine: str, **training: Any) -> Trainer:
    network = gpunet.Network([64, 9, 10], device=device, dtype="float64", dropout=0.2, seed=1)
    config = TrainingConfig(epochs=2, batch_size=10, learning_rate=0.05, **training)
    return Trainer(network, few, config, None, engine)


def test_it_computes_what_eager_does_on_every_backend(device: Device, few: Dataset) -> None:
    found, expected = trainer(few, device, "one-by-one"), trainer(few, "cpu", "eager")
    found.train()
    expected.train()
    array = expected.network.parameters.array
    assert_close(device, found.network.parameters.array, array, 1e-9, 1e-12)


def test_it_is_chosen_by_its_rank_and_its_merit_is_reported(
    device: Device, few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = trainer(few, device, "auto")
    assert (chosen.engine.name, chosen.engine_note) == (
        "one-by-one",
        "one-by-one, since it is short",
    )
    monkeypatch.setattr(OneByOne, "rank", -1)
    assert trainer(few, device, "auto").engine.name != "one-by-one"


def test_what_it_refuses_another_takes(few: Dataset) -> None:
    chosen = trainer(few, "cpu", "auto", clip=1.0)
    assert chosen.engine.name == "eager"
    assert chosen.engine_note == "eager, since the one-by-one engine takes no clip"
    with pytest.raises(gpunet.InputError, match="takes no clip; use --engine eager"):
        trainer(few, "cpu", "one-by-one", clip=1.0)


def test_it_is_for_gpus_only_where_it_says_so(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneByOne, "needs_gpu", True)
    chosen = trainer(few, "cpu", "auto")
    assert (chosen.engine.name, chosen.engine_note) == ("eager", "")
    with pytest.raises(
        gpunet.InputError,
        match="one-by-one engine needs a CUDA device, not cpu; use --engine eager",
    ):
        trainer(few, "cpu", "one-by-one")
    assert trainer(few, PretendedGpu(), "auto").engine.name == "one-by-one"


def test_a_run_is_stopped_and_resumed(few: Dataset, tmp_path: Path) -> None:
    straight = gpunet.Network([64, 9, 10])
    Trainer(straight, few, CONFIG, few.validation, "eager").train()
    network = gpunet.Network([64, 9, 10])
    first = Run.start(network, few, CONFIG, tmp_path / "run", False, "one-by-one")
    first.train(OnEpoch(lambda record: setattr(first, "stopped_by", 15)))
    assert json.loads((tmp_path / "run" / "run.json").read_text())["engine"] == "one-by-one"
    resumed = Run.resume(RunFolder.open(tmp_path / "run"), few, "cpu", None, "one-by-one")
    assert resumed.train()
    np.testing.assert_array_equal(
        resumed.trainer.network.parameters.array, straight.parameters.array
    )


def test_what_is_left_to_do_is_reported(few: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = engines.complaints(OneByOne, few, PretendedGpu())
    assert one == "gpunet/cli, gpunet train --engine: its help does not name one-by-one"
    monkeypatch.setattr(OneByOne, "rank", 0)
    assert any(
        "OneByOne.rank: another engine has 0" in c
        for c in engines.complaints(OneByOne, few, PretendedGpu())
    )


def test_an_engine_that_computes_otherwise_is_found(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rate_of_the_first_epoch(self: OneByOne, rate: float, momentum: float) -> None:
        """Changes nothing."""

    monkeypatch.setattr(OneByOne, "set_rate", rate_of_the_first_epoch)
    found = [
        c
        for c in engines.complaints(OneByOne, few, PretendedGpu())
        if "other weights than with eager" in c
    ]
    rising, falling = found
    assert "momentum_epochs" in rising
    assert "step:1:0.5" in falling


@pytest.mark.parametrize("forgotten", ["refusal", "bind_steps", "begin", "run"])
def test_what_has_to_be_said_cannot_be_left_out(forgotten: str, few: Dataset) -> None:
    rest = {k: v for k, v in vars(OneByOne).items() if k not in {forgotten, "__dict__"}}
    incomplete: Any = type("Incomplete", (Engine,), rest)
    network = gpunet.Network([64, 10])
    with pytest.raises(TypeError, match=rf"Incomplete.*\W{forgotten}\b"):
        incomplete(network, None, None, 10)
