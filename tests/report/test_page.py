"""What a report says of a run, of many networks, and of several runs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from tests.cli.running import gpunet
from tests.report.reading import Page

EVERY = ["run", "other", "three", "grid", "both"]
ALWAYS = [
    "The command that repeats it",
    "Learning, epoch by epoch",
    "What is taken for what",
    "Each class",
    "Wrong, and sure of it",
]
LOADING = ("src", "href", "action", "data", "poster", "srcset")


@pytest.mark.parametrize("name", EVERY)
def test_every_section_is_there(pages: dict[str, Page], name: str) -> None:
    for heading in ALWAYS:
        assert heading in pages[name].headings
    assert pages[name].count("svg") == 2, "curves of accuracy and cost"


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_loaded_and_nothing_runs(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert "http:" not in page.source
    assert "https:" not in page.source
    assert "@import" not in page.source
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.elements}
    for tag, about in page.elements:
        assert not [key for key in about if key.startswith("on")], tag
        for key in LOADING:
            assert about.get(key, "#").startswith(("#", "data:image/png;base64,"))
    (policy,) = (about["content"] for _, about in page.elements if "http-equiv" in about)
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", EVERY)
def test_ids_are_not_given_twice_and_references_lead_somewhere(
    pages: dict[str, Page], name: str
) -> None:
    ids = [about["id"] for _, about in pages[name].elements if "id" in about]
    assert len(ids) == len(set(ids))
    named = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', pages[name].source)
    assert named
    assert {a or b for a, b in named} <= set(ids)


@pytest.mark.parametrize("name", EVERY)
def test_colours_are_those_of_the_style_in_light_and_dark(
    pages: dict[str, Page], name: str
) -> None:
    drawn = "".join(re.findall(r"<svg.*?</svg>", pages[name].source, re.DOTALL))
    assert re.findall(r"#[0-9a-f]{6}\b", drawn) == []
    light, dark = pages[name].source.split("prefers-color-scheme: dark", 1)
    for variable in set(re.findall(r"var\((--[a-z0-9-]+)\)", drawn)):
        assert f"{variable}:" in light
        assert f"{variable}:" in dark


def test_the_result_is_that_of_evaluate(folder: Path, pages: dict[str, Page]) -> None:
    result = gpunet("evaluate", folder / "run", "--json").result
    words = f"{result['correct']} of {result['total']}"
    assert f"of the test images recognised: {words}" in pages["run"].words
    cells = [row for row in re.findall(r"<tr>.*?</tr>", pages["run"].source) if "right-" in row]
    shown = [re.findall(r"<td[^>]*>(·|[0-9,]+)", row) for row in cells]
    numbers = [[0 if each == "·" else int(each) for each in row] for row in shown]
    assert numbers == result["confusion"]


def test_images_shown_as_missed_are_missed(folder: Path, pages: dict[str, Page]) -> None:
    network = package.load(folder / "run" / "model.safetensors", device="cpu")
    test = package.load_dataset("digits").test
    guesses = network.predict(test.images)
    missed = re.findall(r"test image (\d+): a (\d), taken for (\d)", pages["run"].source)
    assert len(missed) == min(24, int((guesses != test.labels).sum()))
    for place, truth, guess in np.array(missed, int):
        assert (test.labels[place], guesses[place]) == (truth, guess)
        assert truth != guess


def test_a_population_has_a_band_and_its_disputes(pages: dict[str, Page]) -> None:
    assert "Where the networks disagree" in pages["three"].headings
    assert "the mean of 3 networks" in pages["three"].words
    assert "FillBetween" in pages["three"].source
    assert "Where the networks disagree" not in pages["run"].headings
    assert "FillBetween" not in pages["run"].source


def test_settings_are_compared(pages: dict[str, Page]) -> None:
    assert "What differs, and what came of it" in pages["grid"].headings
    assert "learning rate 1" in pages["grid"].words
    chips = re.findall(r'class="chip">(.*?)<', pages["grid"].source)
    assert chips == ["hidden 10", "epochs 3", "learning rate 1 · 3"]
    assert "What differs, and what came of it" not in pages["run"].headings
    head = re.findall(r'<th scope="col">(.*?)</th>', pages["both"].source)
    assert {"hidden", "activation", "cost", "seed", "l2", "learning rate"} <= set(head)
    assert "batch size" not in head


def test_weights_are_shown_as_images(pages: dict[str, Page]) -> None:
    assert pages["run"].count("img", "field") == 30
    assert "What the first neurons look at" in pages["run"].headings
    assert pages["other"].count("img", "field") == 4
    assert "The first layer’s filters" in pages["other"].headings


@pytest.mark.parametrize("name", EVERY)
def test_it_is_small(pages: dict[str, Page], name: str) -> None:
    assert len(pages[name].source.encode()) < 300_000


def test_the_same_runs_give_the_same_bytes(folder: Path, pages: dict[str, Page]) -> None:
    again = folder / "again.html"
    assert gpunet("report", folder / "three", "--out", again).status == 0
    assert again.read_text("utf-8") == pages["three"].source


def test_the_file_and_its_size_are_said(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "it.html"
    said = gpunet("report", folder / "run", "--out", out).out
    assert re.fullmatch(rf"wrote {re.escape(str(out))} \([0-9.]+ kB\)\n", said)


def test_many_long_runs_stay_below_two_megabytes(folder: Path, tmp_path: Path) -> None:
    """Six populations of forty networks, each of a thousand epochs that go up and down."""
    import random
    import shutil

    chance = random.Random(0)
    runs = []
    for number in range(6):
        run = Path(shutil.copytree(folder / "three", tmp_path / f"{number}"))
        for history in run.glob("networks/*/history.jsonl"):
            rows = [
                {
                    "epoch": k + 1,
                    "steps": k + 1,
                    "learning_rate": 3.0,
                    "accuracy": chance.random(),
                    "cost": chance.random(),
                }
                for k in range(1000)
            ]
            history.write_text("".join(json.dumps(row) + "\n" for row in rows))
        runs.append(run)
    out = tmp_path / "all.html"
    assert gpunet("report", *runs, "--out", out).status == 0
    assert out.stat().st_size < 2_000_000
    assert "Of 1,000 epochs 300 are drawn" in Page(out.read_text("utf-8")).words
