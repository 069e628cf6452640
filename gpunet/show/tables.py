"""Tables: scores of each class, data sets and recipes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table

from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.result import Evaluation
from gpunet.runs.recipe import Recipe
from gpunet.show.folding import table
from gpunet.show.words import percent


def per_class_table(evaluation: Evaluation, classes: Sequence[str]) -> Table:
    """For each class: its samples, how many were recognised, recall and precision."""
    made = table("class", "samples", "recognised", "recall", "precision")
    for score in evaluation.per_class():
        made.add_row(
            classes[score.label],
            str(score.total),
            str(score.correct),
            percent(score.recall),
            percent(score.precision),
        )
    return made


def dataset_table(dataset: Dataset) -> Table:
    """For each class, how many samples each split has."""
    made = table("class", *dataset.splits)
    counts = [
        np.bincount(split.labels, minlength=len(dataset.classes))
        for split in dataset.splits.values()
    ]
    for label, name in enumerate(dataset.classes):
        made.add_row(name, *(f"{count[label]:,}" for count in counts))
    made.add_section()
    made.add_row("all", *(f"{len(split):,}" for split in dataset.splits.values()))
    return made


def recipe_table(recipes: Sequence[Recipe]) -> Table:
    """Each recipe's published accuracy next to what was measured on the same split."""
    made = table("recipe", "published", "expected", "images", "seconds")
    for recipe in recipes:
        cells = ["not measured", "", ""]
        if expected := recipe.expected:
            seconds = f"{expected.seconds:.0f}"
            cells = [
                expected.over_networks(recipe.split),
                expected.over_images(recipe.split),
                seconds if expected.device == "cpu" else f"{seconds} ({expected.device})",
            ]
        figure = recipe.figure if recipe.split == "test" else f"v {recipe.figure}"
        made.add_row(recipe.name, figure, *cells)
    return made


def recipe_lines(recipe: Recipe) -> list[str]:
    """A recipe in full: its source, what was published and measured, and its options."""
    lines = [f"{recipe.name}: {recipe.title}", f"source: {recipe.source}"]
    if recipe.published is not None:
        lines.append(f"published: {recipe.figure} % ({recipe.published_on})")
    if expected := recipe.expected:
        for split in ("test", "validation"):
            if spread := expected.over_networks(split):
                images = f"{expected.over_images(split)} over images"
                lines.append(f"expected on {split}: {spread} % over networks, {images}")
        networks = "network" if expected.networks == 1 else "networks"
        trained = f"{expected.seconds:.0f} seconds each on {expected.device}"
        lines.append(f"measured with {expected.networks} {networks}, {trained}")
    else:
        lines.append("expected: not measured")
    return [*lines, f"options: {' '.join(map(as_typed, recipe.options.items()))}"]


def as_typed(option: tuple[str, Any]) -> str:
    """An option of a recipe as the command line takes it: "--batch-size 10"."""
    name, value = option
    flag = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return flag if value else flag.replace("--", "--no-", 1)
    values = value if isinstance(value, list) else [value]
    return f"{flag} {','.join(map(str, values)) or 'none'}"
