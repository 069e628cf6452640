"""Recipes: listed, run, overridden, and refused by name."""

import json
import re
from pathlib import Path

import click
import numpy as np
import pytest

from gpunet.cli.options import grid_of, recipe_options
from gpunet.cli.train import train
from gpunet.datasets.load import load_dataset
from gpunet.runs.config import RunConfig
from gpunet.runs.recipe import Recipe, find_recipe, list_recipes
from gpunet.serialization.shipped import SHIPPED
from gpunet.sweeps.grid import NAMES as OPTIONS
from tests.cli.running import gpunet

RECIPES = list_recipes()
NAMES = [recipe.name for recipe in RECIPES]


def test_they_are_listed_with_what_was_measured() -> None:
    outcome = gpunet("recipes", "--json")
    listed = {recipe["name"]: recipe for recipe in outcome.result["recipes"]}
    assert listed["nielsen-ch1"]["published"] == 95.42
    assert set(listed) == set(NAMES)
    assert gpunet("recipes").status == 0


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_a_validation_split_that_was_trained_on_is_no_measure(recipe: Recipe) -> None:
    if recipe.expected:
        untouched = recipe.options.get("train_on", "training") == "training"
        assert (recipe.expected.validation is not None) == untouched
        assert (recipe.expected.over_networks("validation") != "") == untouched
        assert (recipe.expected.over_images("validation") != "") == untouched


def test_those_named_are_told_in_full() -> None:
    told = gpunet("recipes", "nielsen-ch3-l2", "nielsen-ch6-dropout").out
    for name in ("nielsen-ch3-l2", "nielsen-ch6-dropout"):
        recipe = find_recipe(name)
        assert all(part in told for part in (name, recipe.title, recipe.source, recipe.figure))
    assert "nielsen-ch1" not in told
    listed = gpunet("recipes", "nielsen-ch3-l2", "--json").result["recipes"]
    assert [recipe["name"] for recipe in listed] == ["nielsen-ch3-l2"]


def test_a_name_that_is_none_is_refused() -> None:
    outcome = gpunet("recipes", "nielsen-ch9")
    assert outcome.status == 2
    assert "no recipe 'nielsen-ch9'" in outcome.complaint


@pytest.mark.parametrize("name", NAMES)
def test_the_options_told_are_what_the_recipe_trains_with(name: str) -> None:
    typed = gpunet("recipes", name).out.rpartition("options: ")[2].split()
    told = train.make_context("train", typed).params
    context = train.make_context("train", ["--recipe", name])
    taken = context.params | recipe_options(context, name)
    assert json.loads(json.dumps(grid_of(told))) == json.loads(json.dumps(grid_of(taken)))
    assert (told["data"], told["networks"]) == (taken["data"], taken["networks"])


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_each_says_what_it_is_and_what_to_expect(recipe: object) -> None:
    found = next(each for each in RECIPES if each is recipe)
    assert found.title
    if found.name == SHIPPED:
        assert found.published is None
        assert found.figure == "–"
        assert found.expected
    else:
        year = re.search(r"\b(?:19|20)\d\d\b", found.source)
        assert year
        assert not re.search(r"\d{4}", found.name) or year[0] in found.name
        assert found.published
        assert 88 <= found.published < 100
        assert found.figure == f"{found.published:.2f}"
        if found.expected:
            assert abs(found.expected.test - found.published) < 10
    assert set(found.options) - {"data", "networks"} <= set(OPTIONS)


@pytest.fixture(scope="module")
def drawn_large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the digits, as large as MNIST's."""
    path = tmp_path_factory.mktemp("data") / "large.npz"
    split = load_dataset("digits").train[:200]
    images = np.kron(split.images.reshape(-1, 8, 8) * 15, np.ones((1, 3, 3), np.uint8))
    np.savez(path, images=np.pad(images, ((0, 0), (2, 2), (2, 2))), labels=split.labels)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_run(tmp_path: Path, drawn_large: Path, name: str) -> None:
    """On a few images for an epoch, since what is held here is that its options make sense."""
    run = tmp_path / "run"
    options = ("--data", drawn_large, "--epochs", 1, "--networks", 1, "--out", run)
    assert gpunet("train", "--recipe", name, *options).status == 0
    asked = json.loads((run / "run.json").read_text())
    recipe = next(each for each in RECIPES if each.name == name)
    assert asked["options"]["learning_rate"] == recipe.options["learning_rate"]
    assert asked["options"]["l2"] == recipe.options.get("l2", 0.0)
    assert asked["network"]["cost"] == recipe.options["cost"]
    layers = asked["network"].get("layers", asked["network"]["sizes"])
    assert layers[1:] == [*recipe.options["hidden"], 10]
    for name, default in (("dropout", 0.0), ("dropout_scaling", "training")):
        assert asked["network"].get(name, default) == recipe.options.get(name, default)
    assert asked["options"]["epochs"] == 1


@pytest.mark.parametrize("name", ["nielsen-ch6-dropout", "nielsen-ch6-committee"])
def test_dropout_is_that_of_the_book(name: str) -> None:
    assert find_recipe(name).options["dropout_scaling"] == "evaluation"


def test_a_committee_is_as_many_networks_as_its_recipe_says() -> None:
    assert find_recipe("nielsen-ch6-committee").options["networks"] == 5


def test_an_option_beside_it_may_span_a_grid(tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("--data", "digits", "--epochs", 1, "--out", run, "--json")
    rates = ("--learning-rate", 0.1, "--learning-rate", 0.2)
    result = gpunet("train", "--recipe", "nielsen-ch1", *options, *rates).result
    assert [s["options"]["learning_rate"] for s in result["settings"]] == [0.1, 0.2]


def test_an_unknown_one_is_refused_with_those_there_are(tmp_path: Path) -> None:
    outcome = gpunet("train", "--recipe", "nielsen-ch9", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "nielsen-ch1" in outcome.complaint
    assert not (tmp_path / "run").exists()


def test_a_recipe_cannot_change_a_run_that_is_resumed(tmp_path: Path) -> None:
    outcome = gpunet("train", "--resume", tmp_path, "--recipe", "nielsen-ch1")
    assert outcome.status == 2
    assert "--recipe cannot be changed" in outcome.complaint


def test_every_hyper_parameter_may_span_a_grid() -> None:
    taken = {option.name: option for option in train.params}
    assert set(OPTIONS) <= set(taken)
    assert all(
        taken[name].multiple or isinstance(taken[name].type, click.types.BoolParamType)
        for name in OPTIONS
    )


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_each_has_values_that_make_sense(recipe: Recipe) -> None:
    asked = {name: value for name, value in recipe.options.items() if name in OPTIONS}
    assert RunConfig.from_json(asked).to_json().items() >= asked.items()


def test_a_flag_beside_it_overrides_it(tmp_path: Path, drawn_large: Path) -> None:
    run = tmp_path / "run"
    options = ("--data", drawn_large, "--epochs", 1, "--out", run, "--no-keep-best")
    assert gpunet("train", "--recipe", "nielsen-ch6-conv1", *options).status == 0
    assert json.loads((run / "run.json").read_text())["options"]["keep_best"] is False
