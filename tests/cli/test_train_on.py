"""`gpunet train --train-on all`: runs, populations, resumed ones, and what is said of them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import everywhere, gpunet, population_state, state
from tests.report.reading import Page

ALL = ("train", "--train-on", "all")


@pytest.fixture(scope="module")
def of_all(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """A run of four epochs on all samples; not to be changed."""
    run = tmp_path_factory.mktemp("all") / "run"
    assert gpunet(*ALL, "--epochs", 4, "--device", where, "--out", run).status == 0
    return run


@everywhere
def test_it_is_recorded_and_resumed(of_all: Path, tmp_path: Path) -> None:
    assert json.loads((of_all / "run.json").read_text())["options"]["train_on"] == "all"
    run = tmp_path / "run"
    gpunet(*ALL, "--epochs", 2, "--out", run)
    assert gpunet("train", "--resume", run, "--epochs", 4).status == 0
    assert state(run) == state(of_all)


@everywhere
def test_each_of_many_networks_is_that_of_a_single_run(of_all: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("--train-on", "training", "--epochs", 4)
    result = gpunet(*ALL, *options, "--out", run, "--json").result
    assert [each["options"]["train_on"] for each in result["settings"]] == ["all", "training"]
    assert state(run / "networks/000") == state(of_all)
    before = population_state(run)
    shutil.rmtree(run / "networks/000")
    gpunet("train", "--resume", run)
    assert population_state(run) == before


def test_it_is_said_where_the_validation_split_is_looked_at(of_all: Path, finished: Path) -> None:
    note = f"note: {of_all} was trained on the validation split, too"
    assert note in gpunet("evaluate", of_all, "--split", "validation").out
    assert note not in gpunet("evaluate", of_all).out
    outcome = gpunet("compare", finished, of_all, "--split", "validation")
    assert (outcome.status, outcome.out) == (2, "")
    assert "compare on --split test" in outcome.complaint
    assert gpunet("compare", finished, of_all).status == 0


def test_there_is_nothing_to_draw(of_all: Path, tmp_path: Path) -> None:
    outcome = gpunet("curves", of_all)
    assert outcome.status == 2
    assert "there is nothing to draw" in outcome.complaint
    gpunet("report", of_all, "--out", tmp_path / "report.html")
    words = Page((tmp_path / "report.html").read_text()).words
    assert "There are no curves: nothing was measured after the epochs" in words
    assert "train on all" in words


def test_an_epoch_is_told_without_an_accuracy(tmp_path: Path) -> None:
    said = gpunet(*ALL, "--epochs", 4, "--out", tmp_path / "run").out
    assert "epoch 4/4  " in said
    assert said.count("accuracy") == 1


def test_what_cannot_be_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    outcome = gpunet(*ALL, "--patience", 2, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "leave out patience, or train-on all" in outcome.complaint
    assert not (tmp_path / "run").exists()
