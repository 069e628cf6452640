"""A training that is diagnosed is the same training, and its history says what was seen."""

import json

import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.training.callbacks import KeepGoing
from gpunet.training.config import TrainingConfig
from gpunet.training.history import History
from gpunet.training.trainer import Trainer


def trained(
    device: Device, few: Dataset, diagnose: bool, engine: str, **options: object
) -> Trainer:
    network = gpunet.Network([64, 12, 10], device=device, **options)  # type: ignore[arg-type]
    config = TrainingConfig(epochs=3, momentum=0.25, diagnose=diagnose)
    trainer = Trainer(network, few, config, few.validation, engine)
    trainer.train()
    return trainer


def bytes_of(trainer: Trainer) -> bytes:
    return bytes(trainer.network.device.host(trainer.network.parameters.array).tobytes())


def test_nothing_is_changed_by_looking(device: Device, few: Dataset) -> None:
    for dropout in (0.0, 0.5):
        seen = trained(device, few, True, "auto", dropout=dropout)
        assert bytes_of(seen) == bytes_of(trained(device, few, False, "auto", dropout=dropout))
        assert all(record.diagnosis for record in seen.history)


@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_whichever_engine_runs_the_steps(gpu: Device, few: Dataset, engine: str) -> None:
    seen = trained(gpu, few, True, engine)
    assert bytes_of(seen) == bytes_of(trained(gpu, few, False, engine))
    first = seen.history[0].diagnosis
    assert first is not None
    assert all(0 < layer.update < 10 for layer in first.layers)


def test_the_history_has_it_and_without_is_as_it_was(few: Dataset) -> None:
    network = gpunet.Network([64, 12, 10])
    seen = gpunet.fit(network, few, epochs=2, diagnose=True)
    lines = [json.loads(line) for line in seen.to_jsonl().splitlines()]
    assert [len(line["diagnosis"]["layers"]) for line in lines] == [2, 2]
    assert History.from_rows(lines) == seen
    plain = gpunet.fit(gpunet.Network([64, 12, 10]), few, epochs=2)
    assert b"diagnosis" not in plain.to_jsonl()
    for record, same in zip(seen, plain, strict=True):
        assert (record.accuracy, record.cost) == (same.accuracy, same.cost)


def test_updates_are_those_of_the_epoch_wherever_it_was_stopped(few: Dataset) -> None:
    whole = trained(gpunet.open_device("cpu"), few, True, "eager")
    network = gpunet.Network([64, 12, 10])
    config = TrainingConfig(epochs=3, momentum=0.25, diagnose=True)
    trainer = Trainer(network, few, config, few.validation)
    while not trainer.train(KeepGoing(lambda: False)):
        pass
    assert trainer.history == whole.history
