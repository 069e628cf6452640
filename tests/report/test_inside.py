"""What a report says of why a training went as it did, and shows of the layers."""

import json
from pathlib import Path

import pytest

from tests.cli.running import gpunet
from tests.report.reading import Page


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that leaves an output saturated, and a population with it among others."""
    made = tmp_path_factory.mktemp("diagnosed")
    options = ("train", "--diagnose", "--epochs", 10)
    assert gpunet(*options, "--seed", 12, "--out", made / "run").status == 0
    assert gpunet(*options, "--seed", 16, "--networks", 3, "--out", made / "three").status == 0
    return made


def page_of(path: Path) -> Page:
    assert gpunet("report", path).status == 0
    return Page((path / "report.html").read_text("utf-8"))


def test_it_says_which_outputs_are_saturated_and_since_when(diagnosed: Path) -> None:
    page = page_of(diagnosed / "run")
    rows = [json.loads(line) for line in (diagnosed / "run/history.jsonl").read_text().splitlines()]
    silent = [row["diagnosis"]["silent"] for row in rows]
    since = max(epoch for epoch in range(11) if epoch == 0 or 0 not in silent[epoch - 1]) + 1
    assert silent[-1] == [0]
    assert f"Output neurons that are saturated: 0 (since epoch {since})" in page.words
    assert "Why it went so" in page.headings
    assert "What happened in the layers" in page.headings
    for figure in ("Saturated.", "Stuck, or dead.", "Activations.", "Gradients.", "Updates."):
        assert figure in page.words
    assert "Dash-dotted: on some of the training images." in page.words
    assert "was not recorded" not in page.words
    drawn = [about["aria-label"] for kind, about in page.elements if kind == "svg"]
    assert any(label.startswith("Gradients. By layer, at the end: ") for label in drawn)


def test_of_several_networks_it_names_those_with_saturated_outputs(diagnosed: Path) -> None:
    page = page_of(diagnosed / "three")
    assert "Of 3 networks 1 ended with outputs that are silent: seed 17: 3." in page.words
    assert "Why it went so, network with seed 16" in page.headings


def test_where_it_was_not_recorded_it_says_how(pages: dict[str, Page]) -> None:
    words = pages["run"].words
    assert "Why it went so" in pages["run"].headings
    assert "gpunet train --diagnose" in words
    assert "Dash-dotted" not in words


def test_a_forged_diagnosis_is_survived(diagnosed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert gpunet("train", "--diagnose", "--epochs", 3, "--out", run).status == 0
    path = run / "history.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[-1]["diagnosis"]["silent"] = [0, 10**6]
    del rows[0]["diagnosis"]["layers"][0]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert gpunet("report", run).status == 0
    rows[-1]["diagnosis"] |= {"cost": "much"}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "cost is 'much', not a number" in gpunet("report", run).complaint
    rows[-1]["diagnosis"] |= {"cost": 0.5, "layers": []}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "not a list of 1 or more" in gpunet("report", run).complaint


def test_the_terminal_says_it_too(tmp_path: Path) -> None:
    options = ("train", "--diagnose", "--epochs", 10, "--seed", 12)
    said = gpunet(*options, "--out", tmp_path / "a").out
    assert "Output neurons that are saturated: 0 (since epoch " in said
    result = gpunet(*options, "--out", tmp_path / "b", "--json").result
    assert result["reasons"][0].startswith("Output neurons that are saturated: 0")
    healthy = ("--cost", "cross-entropy", "--learning-rate", 0.5, "--epochs", 40)
    well = gpunet("train", "--diagnose", *healthy, "--out", tmp_path / "c").out
    assert "diagnosis: nothing is seen to be wrong" in well
