"""What the command line offers where a GPU answers: devices, engines, precisions."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import gpunet, on_cuda

pytestmark = on_cuda


def test_it_is_listed_and_is_what_auto_takes(where: str) -> None:
    result = gpunet("devices", "--json").result
    listed = {each["device"]: each for each in result["devices"]}
    assert listed["cpu"]["usable"]
    assert listed[where]["usable"]
    assert "GB free" in listed[where]["detail"]
    assert result["auto"] == where
    assert f"auto takes {where}" in gpunet("devices").out


def test_auto_takes_it_and_says_so(tmp_path: Path, where: str) -> None:
    options = ("--epochs", 1, "--device", "auto", "--out", tmp_path / "run", "--json")
    outcome = gpunet("train", *options)
    assert outcome.err.count("device: ") == 1
    # It goes where it is faster; which that is depends on the GPU.
    assert outcome.result["device"] in (where, "cpu")
    assert re.search(r"^device: (cpu|cuda:0) .*\)$", outcome.err, re.MULTILINE)
    took = gpunet("evaluate", tmp_path / "run", "--device", "auto", "--json")
    assert f"device: {where}, which answers\n" in took.err
    assert took.result["device"] == where


def test_one_that_is_not_here_is_refused_with_those_that_are(tmp_path: Path, where: str) -> None:
    outcome = gpunet("train", "--device", "cuda:99", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "there is no device cuda:99" in outcome.complaint
    assert where in outcome.complaint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_an_engine_can_be_asked_for(tmp_path: Path, engine: str) -> None:
    options = ("--epochs", 2, "--engine", engine, "--out", tmp_path / "run", "--json")
    assert gpunet("train", *options).result["accuracy"] > 0.5
    assert json.loads((tmp_path / "run/run.json").read_text())["engine"] == engine


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dropout", "0.5"], "no dropout 0.5; use --engine graph"),
        (["--hidden", "2000"], "64 × 2000"),
        (["--optimizer", "adam"], "not adam; use --engine graph"),
    ],
    ids=["dropout", "too large", "adam"],
)
def test_an_engine_that_cannot_serve_says_why_and_which_can(
    tmp_path: Path, options: list[str], words: str
) -> None:
    outcome = gpunet("train", "--engine", "fused", *options, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert words in outcome.complaint
    assert not (tmp_path / "run").exists()
    chosen = gpunet("train", *options, "--epochs", 1, "--out", tmp_path / "run")
    assert chosen.status == 0
    assert "engine: graph" in chosen.err


def test_a_network_that_its_memory_cannot_hold_is_refused(tmp_path: Path) -> None:
    options = ("--hidden", "1000000,1000000", "--out", tmp_path / "run")
    outcome = gpunet("train", *options)
    assert outcome.status == 2
    assert "give smaller layers" in outcome.complaint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("precision", ["tf32", "bfloat16"])
def test_a_reduced_precision_is_recorded_and_kept(tmp_path: Path, precision: str) -> None:
    run, options = tmp_path / "run", ("--engine", "graph", "--epochs")
    assert gpunet("train", *options, 2, "--precision", precision, "--out", run).status == 0
    assert gpunet("train", *options, 3, "--resume", run).status == 0
    assert json.loads((run / "run.json").read_text())["precision"] == precision
    assert gpunet("evaluate", run, "--json").result["accuracy"] > 0.5


def test_a_reduced_precision_does_not_go_to_the_cpu(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert gpunet("train", "--epochs", 1, "--precision", "tf32", "--out", run).status == 0
    on_the_cpu = ("train", "--resume", run, "--epochs", 2, "--device", "cpu")
    outcome = gpunet(*on_the_cpu)
    assert outcome.status == 2
    assert "tf32 needs a CUDA device, not cpu; use --precision float32" in outcome.complaint
    assert gpunet(*on_the_cpu, "--precision", "float32").status == 0
