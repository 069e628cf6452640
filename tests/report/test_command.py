"""The command that repeats a run, taken by the real command line."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from gpunet.report.settings import command_of
from gpunet.runs.folder import RunFolder
from gpunet.sweeps.folder import open_population
from tests.cli.running import contents, gpunet
from tests.report.reading import Page

ASKED = ("options", "seed", "network", "data", "grid", "networks", "dtype", "precision")


def asked_in(run: Path) -> dict[str, Any]:
    description = json.loads((run / "run.json").read_text())
    return {name: description.get(name) for name in ASKED}


@pytest.mark.parametrize("name", ["run", "other", "three", "grid"])
def test_it_trains_the_same_again(
    folder: Path, pages: dict[str, Page], name: str, tmp_path: Path
) -> None:
    (command,) = pages[name].commands
    program, *arguments = shlex.split(command)
    assert program == "gpunet"
    assert gpunet(*arguments, "--out", tmp_path / "again").status == 0
    assert asked_in(tmp_path / "again") == asked_in(folder / name)
    kept = {k: v for k, v in contents(folder / name).items() if k.endswith(".safetensors")}
    assert kept.items() <= contents(tmp_path / "again").items()


def test_defaults_are_left_out(folder: Path) -> None:
    assert command_of(RunFolder.open(folder / "run")) == "gpunet train --epochs 3"
    assert (population := open_population(folder / "three"))
    assert command_of(population) == "gpunet train --epochs 3 --networks 3"


@pytest.mark.parametrize(
    "options",
    [
        ("--hidden", "none"),
        ("--hidden", "none", "--cost", "cross-entropy", "--activation", "tanh"),
        ("--activation", "tanh"),
        ("--initializer", "scaled", "--dtype", "float64"),
        ("--hidden", "20,20", "--dropout", 0.3, "--dropout-scaling", "evaluation"),
        ("--hidden", "20,20", "--dropout", "0.3,0.1234567", "--max-norm", "none,2.5,1e3"),
        ("--input-dropout", 0.2, "--dropout-scaling", "evaluation"),
        ("--momentum", 0.9, "--momentum-start", 0.5, "--momentum-epochs", 3, "--dampening"),
        ("--activation", "relu", "--initializer", "large", "--seed", 12),
        ("--schedule", "step:2:0.5", "--momentum", 0.1, "--optimizer", "nesterov"),
        ("--expand", "--shift", 1.5),
    ],
)
def test_every_kind_of_option(options: tuple[object, ...], tmp_path: Path) -> None:
    run, again = tmp_path / "run", tmp_path / "again"
    assert gpunet("train", "--epochs", 1, *options, "--out", run).status == 0
    command = command_of(RunFolder.open(run))
    assert command
    assert gpunet(*shlex.split(command)[1:], "--out", again).status == 0
    assert asked_in(again) == asked_in(run)


def test_the_momentum_that_an_optimizer_has_by_default_is_left_out(tmp_path: Path) -> None:
    options = ["--epochs", 1, "--optimizer", "nesterov"]
    assert gpunet("train", *options, "--out", tmp_path / "run").status == 0
    assert asked_in(tmp_path / "run")["options"]["momentum"] == 0.9
    command = command_of(RunFolder.open(tmp_path / "run"))
    assert command == f"gpunet train {' '.join(map(str, options))}"
    assert gpunet("train", *options, "--momentum", 0.9, "--out", tmp_path / "again").status == 0
    assert (
        contents(tmp_path / "again")["model.safetensors"]
        == (contents(tmp_path / "run")["model.safetensors"])
    )


def test_data_are_named_by_a_path_that_can_be_typed(tmp_path: Path) -> None:
    from shutil import copytree

    from gpunet.datasets.places import embedded

    data = copytree(embedded("digits"), tmp_path / "my data; rm")
    assert gpunet("train", "--epochs", 1, "--data", data, "--out", tmp_path / "run").status == 0
    command = command_of(RunFolder.open(tmp_path / "run"))
    assert command
    assert gpunet(*shlex.split(command)[1:], "--out", tmp_path / "again").status == 0
    assert asked_in(tmp_path / "again") == asked_in(tmp_path / "run")
