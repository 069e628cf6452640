"""`scripts/make_network.py` takes a network of a population; training is not repeated here."""

import json
from pathlib import Path

import pytest

from gpunet.runs.folder import RunFolder
from gpunet.runs.recipe import Recipe, find_recipe
from scripts.make_network import check_recipe, take
from tests.cli.running import gpunet

RECIPE = Recipe(
    "small",
    "a small one",
    "nowhere",
    {"data": "digits", "hidden": [5], "epochs": 1, "l2": 0.1},
    expected=None,
)


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("population") / "run"
    options = ("--hidden", 5, "--epochs", 1, "--l2", 0.1, "--networks", 2, "--device", "cpu")
    assert gpunet("train", *options, "--out", run).status == 0
    return run


def test_a_population_of_the_recipe_is_taken(population: Path) -> None:
    check_recipe(population, RECIPE)


@pytest.mark.parametrize(("name", "value"), [("hidden", [6]), ("l2", 0.2), ("data", "mnist")])
def test_a_population_of_another_recipe_is_not(population: Path, name: str, value: object) -> None:
    other = Recipe("other", "", "", {**RECIPE.options, name: value}, expected=None)
    with pytest.raises(SystemExit, match=name if name != "data" else "not trained on mnist"):
        check_recipe(population, other)


def test_what_is_taken_is_a_run_that_works_and_that_nobody_has_signed(
    population: Path, tmp_path: Path
) -> None:
    source = population / "networks" / "000"
    take(source, tmp_path / "taken")
    assert "signature" not in json.loads((tmp_path / "taken" / "run.json").read_text())
    assert not RunFolder.open(tmp_path / "taken").own
    given, taken = (
        gpunet("evaluate", run, "--json").result for run in (source, tmp_path / "taken")
    )
    assert given["confusion"] == taken["confusion"]


def test_the_recipe_states_what_to_expect_of_five_seeds() -> None:
    expected = find_recipe("mnist-conv").expected
    assert expected
    assert expected.networks == 5
