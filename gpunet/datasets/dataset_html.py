"""A data set in a notebook: how many samples of each class it has, and what some look like."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from gpunet.core.arrays import HostArray
from gpunet.core.html import LEFT, cell, line, table

# Of each class so many images are shown, and of no more classes than that.
EACH, MOST_CLASSES = 8, 36
SIDE = 32  # of an image, in pixels of the page
GAP = 1


def dataset_html(
    said: str,
    labels: Mapping[str, HostArray],
    images: HostArray,
    shape: tuple[int, int],
    max_pixel: int,
    classes: Sequence[str],
) -> str:
    """A table with a row for each class.

    Args:
        said: what it is, in one line.
        labels: of each split, by its name.
        images: uint8 (n, height · width), of the first of these splits.
        shape: (height, width).
        max_pixel: the pixel value of full ink.
        classes: the name of each label.
    """
    counts = [np.bincount(each, minlength=len(classes)) for each in labels.values()]
    of_first = next(iter(labels.values()))
    rows = []
    for label, name in enumerate(classes[:MOST_CLASSES]):
        shown = images[np.flatnonzero(of_first == label)[:EACH]]
        picture = strip(shown.reshape(-1, *shape), max_pixel, name) if len(shown) else ""
        numbers = [cell(f"{count[label]:,}") for count in counts]
        rows.append([cell(escape(name), LEFT), *numbers, cell(picture, LEFT)])
    left_out = len(classes) - len(rows)
    more = line(f"and {left_out} more classes") if left_out else ""
    return line(said) + table(["class", *labels, ""], rows) + more


def strip(images: HostArray, max_pixel: int, name: str) -> str:
    """Images side by side, as one picture within the page.

    Args:
        images: uint8 (n, height, width).
        max_pixel: the pixel value of full ink.
        name: of their class.
    """
    zoom = max(1, SIDE // max(images.shape[1:]))
    tones = (images.astype(np.uint16) * 255 // max_pixel).astype(np.uint8)
    tones = tones.repeat(zoom, axis=1).repeat(zoom, axis=2)
    apart = np.pad(tones, ((0, 0), (0, 0), (0, GAP)), constant_values=128)
    content = BytesIO()
    Image.fromarray(np.hstack(list(apart))).save(content, "PNG")
    data = b64encode(content.getvalue()).decode()
    about = escape(f"images of class {name}", quote=True)
    return f'<img src="data:image/png;base64,{data}" alt="{about}" style="max-width:none;margin:0">'
