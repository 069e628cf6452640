"""Runs that are unfinished, diverged, hostile, or without their data."""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpunet.runs.lock import Lock
from tests.cli.running import Outcome, gpunet
from tests.forging import forge, make_foreign
from tests.report.reading import Page

HOSTILE = "<script>alert(1)</script>\"'&amp;<img src=x onerror=y>"


def report(*arguments: object, out: Path) -> Page:
    outcome: Outcome = gpunet("report", *arguments, "--out", out)
    assert outcome.status == 0, outcome.err
    return Page(out.read_text("utf-8"))


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder / "run", tmp_path / "copied"))


def interrupt(run: Path) -> None:
    """Make a run one that was killed after two of three epochs."""

    def change(description: dict[str, object]) -> None:
        description["status"] = "running"
        for key in ("result", "state"):
            description.pop(key)

    forge(run, change)
    history = run / "history.jsonl"
    history.write_text("".join(history.read_text().splitlines(keepends=True)[:2]))


def test_a_run_in_training(copied: Path, tmp_path: Path) -> None:
    interrupt(copied)
    lock = Lock(copied)
    page = report(copied, out=tmp_path / "it.html")
    lock.release()
    assert "In training, 2 of 3 epochs done" in page.words
    assert "of the validation images recognised after the last epoch" in page.words


def test_a_run_that_was_killed(copied: Path, tmp_path: Path) -> None:
    interrupt(copied)
    page = report(copied, out=tmp_path / "it.html")
    assert f"It goes on with: gpunet train --resume {copied}" in page.words


def test_a_run_that_has_written_nothing_yet(copied: Path, tmp_path: Path) -> None:
    interrupt(copied)
    for name in ("history.jsonl", "model.safetensors", "checkpoint.safetensors"):
        (copied / name).unlink()
    page = report(copied, out=tmp_path / "it.html")
    assert "No accuracy has been measured yet" in page.words
    assert "There is no network to look at" in page.words
    assert page.count("svg") == 0


def test_a_population_in_training(folder: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(folder / "three", tmp_path / "copied"))
    shutil.rmtree(run / "networks/002")

    def change(description: dict[str, object]) -> None:
        description["status"] = "running"
        description.pop("result")

    forge(run, change)
    page = report(run, out=tmp_path / "it.html")
    assert "2 of 3 networks done" in page.words
    assert "the mean of 2 networks" in page.words


def test_a_run_that_diverged(tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("--activation", "linear", "--learning-rate", 100)
    assert gpunet("train", *options, "--epochs", 2, "--out", run).status == 1
    page = report(run, out=tmp_path / "it.html")
    assert "Diverged after" in page.words
    why = json.loads((run / "run.json").read_text())["diverged"]
    assert why.removeprefix("training diverged: ") in page.words


def test_missing_data_are_said_to_be_missing(tmp_path: Path) -> None:
    from gpunet.datasets.places import embedded

    data = shutil.copytree(embedded("digits"), tmp_path / "data")
    run = tmp_path / "run"
    assert gpunet("train", "--epochs", 1, "--data", data, "--out", run).status == 0
    shutil.rmtree(data)
    page = report(run, out=tmp_path / "it.html")
    assert "The test images could not be had" in page.words
    assert "What is taken for what" not in page.headings
    assert "What the first neurons look at" in page.headings
    named = report(run, "--data", "digits", out=tmp_path / "named.html")
    assert "What is taken for what" in named.headings


def test_data_that_are_asked_for_must_be_there(folder: Path, tmp_path: Path) -> None:
    outcome = gpunet("report", folder / "run", "--data", "nowhere", "--out", tmp_path / "it.html")
    assert outcome.status == 2
    assert not (tmp_path / "it.html").exists()


def test_somebody_elses_run_is_said_to_be_that(copied: Path, tmp_path: Path) -> None:
    make_foreign(copied)
    page = report(copied, out=tmp_path / "it.html")
    assert "was not written by you on this machine" in page.words


def test_names_from_outside_are_only_text(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number, name in enumerate(["a<b>", "\"'><i>", "&lt;", "\u202eevil"]):
        place = tmp_path / "data" / name
        place.mkdir(parents=True)
        for k in range(20):
            pixels = rng.integers(0, 60 * (number + 1), (6, 6), np.uint8)
            Image.fromarray(pixels).save(place / f"{k}.png")
    run = tmp_path / "<b onclick=x>&run"
    data = tmp_path / "data"
    assert gpunet("train", "--epochs", 1, "--data", data, "--out", run).status == 0
    page = report(run, out=tmp_path / "it.html")
    assert not {"b onclick=x", "i"} & {tag for tag, _ in page.elements}
    assert not any("onclick" in about for _, about in page.elements)
    assert f"{run}" in page.words
    assert "a<b>" in page.words
    assert "&lt;" in page.words
    assert "\u202e" not in page.source


def test_messages_in_a_run_are_only_text(copied: Path, tmp_path: Path) -> None:
    def change(description: dict[str, object]) -> None:
        description.update(status="diverged", diverged=HOSTILE, device=HOSTILE, started=HOSTILE)

    forge(copied, change)
    page = report(copied, out=tmp_path / "it.html")
    assert HOSTILE in page.words
    assert not {"script"} & {tag for tag, _ in page.elements}
    assert not any("onerror" in about for _, about in page.elements)


def test_a_name_that_is_not_utf8_can_be_reported_on(folder: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(folder / "run", tmp_path / os.fsdecode(b"caf\xe9")))
    assert r"caf\xe9" in report(run, out=tmp_path / "it.html").words


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    outcome = gpunet("report", tmp_path)
    assert outcome.status == 2
    assert "not a run folder" in outcome.complaint


def test_a_place_that_cannot_be_written_to_is_named(folder: Path, tmp_path: Path) -> None:
    outcome = gpunet("report", folder / "run", "--out", tmp_path / "no" / "it.html")
    assert outcome.status == 1
    assert "cannot be written" in outcome.complaint


def test_several_runs_are_written_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert gpunet("report", folder / "run", folder / "three").status == 0
    assert (tmp_path / "report.html").is_file()


def test_without_matplotlib_it_says_how_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    outcome = gpunet("report", folder / "run")
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert 'pip install "gpunet[report]"' in outcome.complaint


@pytest.mark.parametrize(("correct", "shown"), [(0, "95 % interval: 0.00 to 1.06 %"), (900, "")])
def test_odd_results_are_shown_or_not_believed(
    copied: Path, tmp_path: Path, correct: int, shown: str
) -> None:
    def change(description: dict[str, dict[str, float]]) -> None:
        description["result"].update(correct=correct, accuracy=0.0)

    forge(copied, change)
    page = report(copied, out=tmp_path / "it.html")
    assert shown in page.words
    assert ("95 % interval" in page.words) == bool(shown)
