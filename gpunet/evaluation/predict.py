"""Predictions for image files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.photographs.digits import Box
from gpunet.datasets.readers.photographs.reading import Seen, read_digits
from gpunet.datasets.readers.pictures import SUFFIXES, Style, read_grey
from gpunet.evaluation.committee import Committee
from gpunet.nn.network import Network
from gpunet.nn.outputs import to_probabilities


class Prediction(NamedTuple):
    """What a network makes of one digit.

    Attributes:
        label: the most probable.
        probabilities: of each label.
        box: left, top, width and height of the digit, in pixels of the upright picture.
        seen: the pixels that the network was given, uint8 (height · width,).
    """

    label: int
    probabilities: list[float]
    box: Box
    seen: HostArray

    @property
    def probability(self) -> float:
        """Of the label."""
        return self.probabilities[self.label]

    def ranked(self, most: int = 3) -> list[int]:
        """The most probable labels, the first of them first."""
        return [int(k) for k in np.argsort(-np.array(self.probabilities), kind="stable")[:most]]


class Picture(NamedTuple):
    """A picture, and its digits in the order in which they are read: one or more."""

    path: Path
    digits: list[Prediction]


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


def see(path: Path, style: Style, *, several: bool = True) -> list[Seen]:
    """The digits in an image file, each brought to a network's style.

    Args:
        path: of the file.
        style: of the network's images.
        several: whether digits are looked for; otherwise the picture is taken whole.

    Raises:
        InputError: it cannot be read, is blank, or shows more than digits; names it.
    """
    grey = read_grey(path)
    try:
        return read_digits(grey, style, several=several)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def answer(
    network: Network | Committee, pictures: Sequence[tuple[Path, list[Seen]]]
) -> list[Picture]:
    """What a network or a committee makes of the digits in pictures."""
    pixels = [digit.pixels for _, digits in pictures for digit in digits]
    if not pixels:
        return []
    outputs = network.feedforward(np.array(pixels))
    rows = iter(to_probabilities(np, outputs))  # each picture takes as many as it has digits
    return [
        Picture(
            path,
            [
                Prediction(int(np.argmax(row)), row.tolist(), digit.box, digit.pixels)
                for digit, row in zip(digits, rows, strict=False)
            ],
        )
        for path, digits in pictures
    ]
