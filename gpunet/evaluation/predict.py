"""Predictions for image files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gpunet.core.errors import InputError
from gpunet.datasets.readers.pictures import SUFFIXES, Style, fit_picture, read_grey
from gpunet.evaluation.committee import Committee, to_probabilities
from gpunet.nn.network import Network


class Prediction(NamedTuple):
    """The most probable label, and the probability of each."""

    label: int
    probabilities: list[float]


def list_images(paths: Sequence[Path]) -> list[Path]:
    """The paths, with folders replaced by the images in them.

    Raises:
        InputError: a path is not there or given twice, or a folder holds no images.
    """
    images, seen = [], set()
    for path in paths:
        if (place := os.path.realpath(path)) in seen:
            raise InputError(f"{path}: given twice; give each image or folder once")
        seen.add(place)
        images += list_folder(path) if path.is_dir() else [path]
    return images


def list_folder(folder: Path) -> list[Path]:
    """The images in a folder."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror or error}") from None
    images = [path for path in inside if path.suffix.lower() in SUFFIXES]
    if not images:
        raise InputError(f"{folder}: holds no images ({', '.join(sorted(SUFFIXES))})")
    return images


def predict_images(
    network: Network | Committee, paths: Sequence[Path], style: Style
) -> list[Prediction]:
    """What a network or a committee makes of image files, each brought to its style.

    Raises:
        InputError: one of them cannot be read or is blank; names it.
    """
    pixels = []
    for path in paths:
        grey = read_grey(path)
        try:
            pixels.append(fit_picture(grey, style))
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    outputs = network.device.host(network.feedforward(np.array(pixels)))
    return [Prediction(int(np.argmax(row)), row.tolist()) for row in to_probabilities(np, outputs)]
