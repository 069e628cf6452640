"""Samples of a data set, by class; deformed versions of them beside where asked for."""

from collections.abc import Sequence

import numpy as np

from gpunet.core.errors import InputError
from gpunet.core.words import count, did_you_mean
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.dataset import Dataset, Split
from gpunet.show.console import Console
from gpunet.show.deformations import EPOCHS, deformed, draw_sheet
from gpunet.show.pictures import picture, print_pictures, to_tones

# Without being asked, no more classes than this are shown.
MOST_CLASSES = 36


def choose_samples(dataset: Dataset, split: str, named: Sequence[str], each: int) -> Split:
    """The first samples of each class, class by class.

    Args:
        dataset: where from.
        split: which of its splits.
        named: the classes; none for all, of many the first.
        each: how many of a class, where there are so many.

    Raises:
        InputError: there is no such class.
    """
    for name in named:
        if name not in dataset.classes:
            classes = count(len(dataset.classes), "class", "classes")
            raise InputError(
                f"--class {name}: {dataset.name} has {classes}, none of that name"
                f"{did_you_mean(name, dataset.classes)}"
            )
    samples = dataset.splits[split]
    labels = [dataset.classes.index(name) for name in named] or range(len(dataset.classes))
    rows = [np.flatnonzero(samples.labels == label)[:each] for label in labels[:MOST_CLASSES]]
    return samples[np.concatenate(rows)]


def print_samples(console: Console, dataset: Dataset, shown: Split) -> None:
    """Print samples in characters, each under the name of its class."""
    images = [picture(console, tones) for tones in to_tones(shown.images, dataset)]
    print_pictures(console, [dataset.classes[label] for label in shown.labels], images)


def print_deformed(
    console: Console, dataset: Dataset, shown: Split, deformation: Deformation, seed: int
) -> None:
    """Print samples, and beside each, in a line of its own, deformed versions of it."""
    originals = to_tones(shown.images, dataset)
    room = (console.width + 1) // (originals.shape[2] + 1) - 1
    versions = deformed(dataset, shown, deformation, seed, min(max(room, 1), EPOCHS))
    toned = [originals, *(to_tones(version, dataset) for version in versions)]
    for number, label in enumerate(shown.labels):
        row = [picture(console, tones[number]) for tones in toned]
        print_pictures(console, [dataset.classes[label], *[""] * len(versions)], row)


def sheet_of(dataset: Dataset, shown: Split, deformation: Deformation | None, seed: int) -> bytes:
    """A PNG: a row for each class of samples, or for each sample and deformed versions of it."""
    if deformation:
        versions = deformed(dataset, shown, deformation, seed, EPOCHS)
        rows = [np.array(row) for row in zip(shown.images, *versions, strict=True)]
    else:
        labels = dict.fromkeys(shown.labels.tolist())
        rows = [shown.images[shown.labels == label] for label in labels]
    return draw_sheet(rows, dataset.shape, dataset.max_pixel, apart=deformation is not None)
