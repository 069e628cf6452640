"""Bringing pictures of one data set to one style."""

from collections.abc import Iterable

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.pictures import LIGHT, Style, border_of, fit_picture

# Pictures that all share a size of at most this many pixels a side are kept as they are; others are
# brought to MNIST's size.
KEPT_SIDE = 64
MNIST_STYLE = Style(shape=(28, 28), box=20, max_pixel=255)


def read_alike(named: Iterable[tuple[str, HostArray]]) -> tuple[HostArray, Style]:
    """Pictures of one style: as they are if they share one small size, else as MNIST's are.

    Each that is ink on paper is turned to light on dark.

    Args:
        named: grey levels (height, width) of each, and what messages call it.

    Returns:
        uint8 (n, height · width), and the style.
    """
    names, greys, style = gather(named)
    images = [
        grey if grey.ndim == 1 else fit_one(grey, style, name)
        for name, grey in zip(names, greys, strict=True)
    ]
    return np.array(images), style


def bring_alike(
    named: Iterable[tuple[str, HostArray]],
) -> tuple[HostArray, tuple[int, int], str]:
    """As `read_alike`, but of small ones either all are turned or none is.

    A data set that somebody published is of one kind; a picture that fills its frame is not to be
    taken for ink on paper.

    Returns:
        uint8 (n, height · width), (height, width), and a note on what was done.
    """
    names, greys, style = gather(named)
    if style is MNIST_STYLE:
        images, _ = read_alike(zip(names, greys, strict=True))
        return images, style.shape, "brought to 28 × 28 as MNIST's were"
    images = np.array(greys)
    on_paper = [np.quantile(border_of(grey), 0.25) >= LIGHT for grey in images[:1000]]
    inverted = bool(np.mean(on_paper) > 0.5)
    flat = images.reshape(len(images), -1)
    return (255 - flat if inverted else flat), style.shape, "grey" + ", inverted" * inverted


def gather(
    named: Iterable[tuple[str, HostArray]],
) -> tuple[list[str], list[HostArray], Style]:
    """Names, pictures and the style they are to have; large ones are brought to MNIST's at once."""
    names, shapes, greys = [], set(), []
    for name, grey in named:
        names.append(name)
        shapes.add(grey.shape)
        # A large one is not kept as it is: a few thousand photographs would fill the memory.
        kept = grey.ndim == 1 or max(grey.shape) <= KEPT_SIDE
        greys.append(grey if kept else fit_one(grey, MNIST_STYLE, name))
    alike = len(shapes) == 1 and all(grey.ndim == 2 for grey in greys)
    return names, greys, Style(shapes.pop(), 1, 255) if alike else MNIST_STYLE


def fit_one(grey: HostArray, style: Style, name: str) -> HostArray:
    """A picture brought to a style, or InputError that names it."""
    try:
        return fit_picture(grey, style)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
