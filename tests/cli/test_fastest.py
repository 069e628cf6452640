"""`--device auto` where there is a GPU: what is said of the choice, and gone on with."""

import json
from pathlib import Path
from typing import Any

import pytest

from gpunet.backend import choose
from gpunet.backend.device import Device
from gpunet.core.errors import DeviceError
from gpunet.training import fastest, remembered
from gpunet.training.trainer import Trainer
from tests.cli.running import gpunet, state
from tests.pretended_gpu import PretendedGpu

FASTER_ON_CPU = {"cpu": 2e-2, "fused": 5e-2, "graph": 9e-2}
FASTER_ON_GPU = {"cpu": 2e-2, "fused": 5e-2, "graph": 5e-3}
BOTH = pytest.mark.parametrize(
    ("times", "device", "engine"),
    [(FASTER_ON_CPU, "cpu", "eager"), (FASTER_ON_GPU, "cuda:0", "graph")],
)


def say_times(monkeypatch: pytest.MonkeyPatch, times: dict[str, float]) -> None:
    """Let steps take given times: of the CPU, and of a GPU by its engine."""

    def time_steps(trainer: Trainer) -> float:
        on_cpu = trainer.network.device.name == "cpu"
        return times["cpu" if on_cpu else trainer.engine.name]

    monkeypatch.setattr(fastest, "time_steps", time_steps)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a GPU, whose user has timed nothing yet."""

    def open_cuda(ordinal: int, precision: str = "float32") -> Device:
        device = PretendedGpu()
        device.name = f"cuda:{ordinal}"
        return device

    monkeypatch.setattr(choose, "open_cuda", open_cuda)
    monkeypatch.setattr(remembered, "place", lambda: tmp_path / "cache" / remembered.FILE)


def described(run: Path) -> Any:
    return json.loads((run / "run.json").read_text())


@BOTH
def test_the_choice_is_said_recorded_and_gone_on_with(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: dict[str, float],
    device: str,
    engine: str,
) -> None:
    say_times(monkeypatch, times)
    run, whole = tmp_path / "run", tmp_path / "whole"
    done = gpunet("train", "--device", "auto", "--epochs", 3, "--out", run)
    assert done.status == 0
    (line,) = [line for line in done.out.splitlines() if line.startswith("fastest: ")]
    assert f"cpu {1e6 * times['cpu']:,.1f} µs a step" in line
    assert f"cuda:0 with graph {1e6 * times['graph']:,.1f} µs a step" in line
    assert line.endswith("(timed)")
    said = described(run)
    assert (said["device"], said["engine"]) == (device, engine)
    assert said["choice"]["seconds_a_step"]["cpu"] == times["cpu"]
    # What is remembered may be another by then; a run keeps to its own.
    say_times(monkeypatch, FASTER_ON_GPU if device == "cpu" else FASTER_ON_CPU)
    assert gpunet("devices", "--forget").out == "forgot where 1 training was fastest\n"
    resumed = gpunet("train", "--resume", run, "--epochs", 5, "--device", "auto")
    assert resumed.status == 0
    assert f"device: {device}, as was chosen before" in resumed.err
    assert "fastest" not in resumed.out
    assert (described(run)["device"], described(run)["engine"]) == (device, engine)
    named = ("--device", device, "--engine", engine, "--epochs", 5)
    alone = gpunet("train", *named, "--out", whole)
    assert alone.status == 0
    assert "fastest" not in alone.out
    assert state(run) == state(whole)


def test_it_is_remembered_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say_times(monkeypatch, FASTER_ON_GPU)
    train = ("train", "--device", "auto", "--epochs", 3, "--out")
    assert "(timed)" in gpunet(*train, tmp_path / "a").out
    say_times(monkeypatch, FASTER_ON_CPU)
    assert "(remembered; gpunet devices --forget times anew)" in gpunet(*train, tmp_path / "b").out
    assert gpunet("devices", "--forget", "--json").result == {"forgotten": 1}
    assert "(timed)" in gpunet(*train, tmp_path / "c").out


def test_a_device_that_is_gone_is_replaced_and_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_times(monkeypatch, FASTER_ON_GPU)
    run = tmp_path / "run"
    assert gpunet("train", "--device", "auto", "--epochs", 3, "--out", run).status == 0

    def refuse(ordinal: int, precision: str = "float32") -> Device:
        raise DeviceError("no CUDA device: unplugged")

    monkeypatch.setattr(choose, "open_cuda", refuse)
    resumed = gpunet("train", "--resume", run, "--epochs", 5, "--device", "auto")
    assert resumed.status == 0
    assert "device: cuda:0, which was chosen, cannot be used: no CUDA device" in resumed.err
    assert described(run)["device"] == "cpu"


@BOTH
def test_many_networks_go_where_they_are_fastest(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: dict[str, float],
    device: str,
    engine: str,
) -> None:
    # On the CPU two at once, on a GPU one after the other with graph, all at once with fused.
    monkeypatch.setattr(fastest, "cores", lambda: 2)
    say_times(monkeypatch, times | {"fused": 1.0})
    run = tmp_path / "run"
    done = gpunet("train", "--device", "auto", "--epochs", 2, "--networks", 3, "--out", run)
    assert done.status == 0
    assert f"cpu {1e6 * times['cpu'] / 2:,.1f} µs a step" in done.out
    said = described(run)
    assert (said["device"], said["engine"]) == (device, engine)
    assert said["choice"]["seconds_a_step"]["cuda:0 with fused"] == pytest.approx(1 / 3)
    assert described(run / "networks/000")["device"] == device


def test_settings_that_differ_have_engines_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_times(monkeypatch, FASTER_ON_GPU)
    run = tmp_path / "run"
    grid = ("--hidden", 9, "--hidden", 2000, "--epochs", 2)
    assert gpunet("train", "--device", "auto", *grid, "--out", run).status == 0
    assert (described(run)["device"], described(run)["engine"]) == ("cuda:0", "auto")
    assert [described(run / f"networks/00{n}")["engine"] for n in (0, 1)] == ["fused", "graph"]


def test_an_engine_that_cannot_serve_any_more_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_times(monkeypatch, FASTER_ON_GPU)
    run = tmp_path / "run"
    assert gpunet("train", "--device", "auto", "--epochs", 3, "--out", run).status == 0
    monkeypatch.setattr(PretendedGpu, "supports_graphs", False)
    resumed = gpunet("train", "--resume", run, "--epochs", 5, "--device", "auto")
    assert resumed.status == 0
    assert (described(run)["device"], described(run)["engine"]) == ("cuda:0", "fused")
