"""`--device auto` where there is a GPU: what is said of the choice, and gone on with."""

import json
from pathlib import Path
from typing import Any

import pytest

from gpunet.backend import choose
from gpunet.backend.device import Device
from gpunet.cli.common import tell_device
from gpunet.core.errors import DeviceError
from gpunet.training import fastest, remembered
from gpunet.training.trainer import Trainer
from tests.cli.running import Outcome, gpunet, state
from tests.pretended_gpu import PretendedGpu

FEW = "too little in all for a GPU"
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


def told_of_device(outcome: Outcome) -> str:
    """The one short line on standard error."""
    (line,) = [line for line in outcome.err.splitlines() if line.startswith("device: ")]
    assert len(line) < 80
    assert "fastest" not in outcome.out
    return line.removeprefix("device: ")


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
    assert (
        told_of_device(done)
        == {
            "cpu": "cpu, 2.5 times as fast as cuda:0 with fused (timed)",
            "cuda:0": "cuda:0 with graph, 4.0 times as fast as cpu (timed)",
        }[device]
    )
    said = described(run)
    assert (said["device"], said["engine"]) == (device, engine)
    assert said["choice"]["seconds_a_step"]["cpu"] == times["cpu"]
    # What is remembered may be another by then; a run keeps to its own.
    say_times(monkeypatch, FASTER_ON_GPU if device == "cpu" else FASTER_ON_CPU)
    assert gpunet("devices", "--forget").out == "forgot where 1 training was fastest\n"
    resumed = gpunet("train", "--resume", run, "--epochs", 5, "--device", "auto")
    assert resumed.status == 0
    assert told_of_device(resumed) == f"{device}, as was chosen before"
    assert (described(run)["device"], described(run)["engine"]) == (device, engine)
    named = ("--device", device, "--engine", engine, "--epochs", 5)
    alone = gpunet("train", *named, "--out", whole)
    assert alone.status == 0
    assert "device: " not in alone.out + alone.err
    assert state(run) == state(whole)


def test_it_is_remembered_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say_times(monkeypatch, FASTER_ON_GPU)
    train = ("train", "--device", "auto", "--epochs", 3, "--out")
    first = "cuda:0 with graph, 4.0 times as fast as cpu"
    assert told_of_device(gpunet(*train, tmp_path / "a")) == f"{first} (timed)"
    say_times(monkeypatch, FASTER_ON_CPU)
    assert told_of_device(gpunet(*train, tmp_path / "b")) == f"{first} (remembered)"
    assert gpunet("devices", "--forget", "--json").result == {"forgotten": 1}
    anew = told_of_device(gpunet(*train, tmp_path / "c"))
    assert anew == "cpu, 2.5 times as fast as cuda:0 with fused (timed)"


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
    assert told_of_device(resumed) == (
        "cpu (cuda:0, which was chosen, cannot be used; see gpunet devices)"
    )
    assert described(run)["device"] == "cpu"


@pytest.mark.parametrize(
    ("seconds", "others", "told"),
    [
        (
            {"cpu on 16 threads": 12.34, "cuda:0 with fused": 1.0},
            {"remembered": True},
            "12.3 times",
        ),
        ({"cpu on 16 threads": 9999.0, "cuda:0 with fused": 1.0}, {}, "9999 times"),
        ({"cpu on 1 thread": 1.0, "cpu on 16 threads": 2.0}, {"note": FEW}, FEW),
    ],
)
def test_a_choice_is_told_in_a_short_line(
    seconds: dict[str, float],
    others: dict[str, Any],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    device = PretendedGpu()
    tell_device(device, fastest.Choice(fastest.Way(device, "fused"), seconds, **others))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("device: cpu on 1 thread (" if others.get("note") else "device: cuda:0")
    assert told in line
    assert len(line) < 80


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
    assert told_of_device(done).endswith("(timed)")
    said = described(run)
    assert said["choice"]["seconds_a_step"]["cpu"] == pytest.approx(times["cpu"] / 2)
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
