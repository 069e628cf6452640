"""Predictions for the rows of a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.pixels import to_pixels
from gpunet.datasets.readers.csv_files import read_samples
from gpunet.datasets.readers.csv_layout import is_number
from gpunet.datasets.readers.pictures import Style
from gpunet.evaluation.committee import Committee
from gpunet.nn.network import Network

# How many rows are predicted at a time: convolutional layers take far more memory than pixels.
ROWS = 1000


class Rows(NamedTuple):
    """What a table holds for a network.

    Attributes:
        pixels: uint8 (n, features), up to the style's `max_pixel`.
        labels: int64 (n,), from 0, -1 for one the network does not know; None without labels.
        ids: of each row, as they are written; none where the table has none.
    """

    pixels: HostArray
    labels: HostArray | None
    ids: tuple[str, ...] = ()


def read_rows_for(path: Path, style: Style, classes: Sequence[str]) -> Rows:
    """The rows of a CSV file, with labels or without, for a network.

    Args:
        path: the file.
        style: of the network's images.
        classes: the names of its classes.

    Raises:
        InputError: it is damaged, or has other columns or pixels than the network takes.
    """
    height, width = style.shape
    table = read_samples(path, height * width)
    pixels, most = to_pixels(table.pixels, str(path))
    fractions = not np.array_equal(table.pixels[:ROWS], pixels[:ROWS])
    if fractions:
        pixels = np.rint(pixels * np.float32(style.max_pixel / 255)).astype(np.uint8)
    elif most > style.max_pixel:
        raise InputError(
            f"{path}: pixels go up to {pixels.max()}; the network takes 0 to {style.max_pixel}"
        )
    if table.labels is None:
        return Rows(pixels, None, table.ids)
    places = [place_of(name, classes) for name in table.names]
    return Rows(pixels, np.array(places)[table.labels], table.ids)


def place_of(label: str, classes: Sequence[str]) -> int:
    """Which class a label names, as it is written; -1 for none."""
    if label not in classes and is_number(label) and float(label).is_integer():
        label = str(int(float(label)))
    return classes.index(label) if label in classes else -1


def probabilities_of(network: Network | Committee, pixels: HostArray) -> HostArray:
    """Of each class for each row: float64 (n, classes)."""
    parts = (pixels[start : start + ROWS] for start in range(0, len(pixels), ROWS))
    return np.concatenate([network.predict_proba(part) for part in parts])
