"""Tables: scores of each class, data sets and recipes."""

from collections.abc import Sequence

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
    """Each recipe's published accuracy next to the measured ones."""
    splits = ("expected on test", "over images", "on validation", "over images")
    made = table("recipe", "published", "on", *splits, "seconds")
    for recipe in recipes:
        cells = ["not measured yet", "", "", "", ""]
        if expected := recipe.expected:
            cells = [
                f"{expected.test:.2f} ± {expected.test_deviation:.2f}",
                expected.over_images("test"),
                f"{expected.validation:.2f} ± {expected.validation_deviation:.2f}",
                expected.over_images("validation"),
                f"{expected.seconds:.0f} ({expected.device})",
            ]
        made.add_row(recipe.name, recipe.figure, recipe.published_on, *cells)
    return made
