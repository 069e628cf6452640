"""Narrow terminals: tables and lines fold or turn, and nothing in them is cut short."""

import re
from collections.abc import Sequence
from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gpunet.datasets.load import load_dataset
from gpunet.evaluation.result import Evaluation
from gpunet.runs.recipe import list_recipes
from gpunet.show.committee import print_members
from gpunet.show.console import Console
from gpunet.show.folding import fold, print_records, print_table, table
from gpunet.show.population import PopulationProgress, settings_table
from gpunet.show.progress import DownloadBar, TrainingProgress
from gpunet.show.tables import dataset_table, per_class_table, recipe_table
from gpunet.training.history import EpochRecord

WIDTHS = [40, 60, 80, 160]
RECIPES = list_recipes()


def narrow(width: int, terminal: bool = False) -> tuple[Console, StringIO]:
    file = StringIO()
    return Console(file=file, width=width, force_terminal=terminal), file


def words_of(text: str) -> list[str]:
    """What is told, without the lines, gaps and colours it is told in."""
    assert "…" not in text
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", " ", text).split()


def is_told(whole: str, text: str) -> bool:
    """Whether all of it is there, on however many lines, nothing between its words."""
    needed, found = words_of(whole), words_of(text)
    return any(found[k : k + len(needed)] == needed for k in range(len(found)))


@pytest.mark.parametrize("width", WIDTHS)
def test_recipes_keep_their_names_and_figures(width: int) -> None:
    console, file = narrow(width)
    print_records(console, recipe_table(RECIPES))
    told = file.getvalue()
    for recipe in RECIPES:
        assert is_told(recipe.name, told)
        assert is_told(recipe.figure, told)
        if expected := recipe.expected:
            assert is_told(expected.over_networks(recipe.split), told)
            assert is_told(expected.over_images(recipe.split), told)
            assert is_told(f"{expected.seconds:.0f}", told)
    assert all(cell_len(line.rstrip()) <= width for line in told.splitlines())


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_of_usual_width_has_a_line_a_recipe(width: int) -> None:
    console, file = narrow(width)
    print_records(console, recipe_table(RECIPES))
    assert sum(line.strip() != "" for line in file.getvalue().splitlines()) == len(RECIPES) + 2


@pytest.mark.parametrize("width", WIDTHS)
def test_every_part_of_a_row_stands_under_its_name(width: int) -> None:
    console, file = narrow(width)
    made = table("setting", *(f"heading {n}" for n in range(12)))
    for row in "ab":
        made.add_row(row, *(f"{row}{n}" for n in range(12)))
    print_records(console, made)
    lines = [" ".join(line.split()) for line in file.getvalue().splitlines()]
    if width < 160:
        start = lines.index("setting b")
        assert lines[start + 1 : start + 13] == [f"heading {n} b{n}" for n in range(12)]


def evaluation_of(names: Sequence[str], high: int) -> Evaluation:
    """An evaluation whose every count is another number."""
    counts = np.arange(len(names) ** 2).reshape(len(names), -1) + high
    return Evaluation(0.5, counts)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_of_numbers_is_told_in_parts(width: int) -> None:
    names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "truck")
    console, file = narrow(width)
    made = table("class", *names)
    for number, name in enumerate(names):
        made.add_row(name, *(str(100 + 9 * number + k) for k in range(9)))
    print_table(console, made)
    headings: list[str] = []
    for line in file.getvalue().splitlines():
        first, *cells = line.split() or [""]
        if first == "class":
            headings = cells
        elif first in names:
            row = names.index(first)
            assert cells == [str(100 + 9 * row + names.index(column)) for column in headings]
    assert headings[-1] == "truck"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_path_of_a_member_can_be_copied(width: int) -> None:
    names = [f"runs/a-long-name-of-many-letters/another-folder/networks/{n:03}" for n in range(3)]
    console, file = narrow(width)
    print_members(console, names, [evaluation_of("ab", 1000)] * 3)
    for name in names:
        assert name in file.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
def test_other_tables_are_told_whole(width: int) -> None:
    digits = load_dataset("digits")
    setting = {"n": 5, "mean": 0.9738, "std": 0.0058, "ci95": [0.9666, 0.981], "diverged": 1}
    options = {"schedule": "exponential:0.95", "learning_rate": 0.25, "hidden": [100, 100, 30]}
    summary = [{**setting, "min": 0.9, "max": 0.99, "options": options}]
    console, file = narrow(width)
    print_table(console, dataset_table(digits))
    print_table(console, per_class_table(evaluation_of("0123456789", 1000), "0123456789"))
    print_records(console, settings_table(summary, list(options)))
    told = file.getvalue()
    for part in ("1,258", "359", "97.38 ± 0.58 %", "96.66 to 98.10 %", "exponential:0.95"):
        assert is_told(part, told)
    assert all(cell_len(line.rstrip()) <= width for line in told.splitlines())


@given(st.lists(st.text("abc 猫", min_size=1, max_size=12)), st.integers(1, 30))
def test_folding_keeps_every_part_whole_and_in_order(parts: list[str], width: int) -> None:
    lines = fold(parts, width)
    assert "  ".join(lines) == "  ".join(parts)
    for line in lines:
        assert cell_len(line) <= width or line in parts


@pytest.mark.parametrize("width", [20, *WIDTHS])
def test_the_live_line_of_a_run_is_told_whole(width: int) -> None:
    console, file = narrow(width, terminal=True)
    with TrainingProgress(console, 1000, 5000, 0, 10) as progress:
        progress.began -= 100
        progress.tell(EpochRecord(1, 5000, 0.1, accuracy=0.98765, cost=0.12345))
        progress.drawn = 0.0
        progress.draw(2_500_000)
    told = file.getvalue()
    rate = re.search(r"24\d,\d\d\d images/s", told)
    assert rate
    for part in ("epoch 501/1000", rate[0], "cost 0.1235", "accuracy 98.77 %", " left"):
        assert is_told(part, told)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_live_line_of_many_networks_is_told_whole(width: int) -> None:
    console, file = narrow(width, terminal=True)
    with PopulationProgress(console, 10_000, 1234, []) as progress:
        progress.on_progress(2.5)
    told = file.getvalue()
    assert is_told("1234/10000 networks", told)
    assert ("━" in told) == (width >= 60)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_download_names_its_file_whole(width: int) -> None:
    console, file = narrow(width, terminal=True)
    bar = DownloadBar(console, "train-images-idx3-ubyte.gz")
    bar.total = 9_912_422
    bar.update(5_000_000)
    bar.close()
    told = file.getvalue()
    assert is_told("train-images-idx3-ubyte.gz", told)
    assert is_told("5.0/9.9 MB", told)


def test_the_bar_fills_the_line() -> None:
    console, _ = narrow(80, terminal=True)
    with TrainingProgress(console, 10, 10, 0, 10) as progress:
        progress.drawn = 0.0
        progress.draw(50)
        assert progress.bar
        drawn = console.render_lines(progress.bar.get_renderable())
    assert [sum(segment.cell_length for segment in row) for row in drawn] == [80]
