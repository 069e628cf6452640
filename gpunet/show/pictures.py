"""Images in characters: half blocks in colours of grey, else shades, else plain letters."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from rich.color import Color
from rich.style import Style
from rich.text import Text

from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Dataset
from gpunet.show.console import Console
from gpunet.show.curves import can_show

# An image is drawn with its longer side between these, in pixels; a letter is two pixels high.
SMALLEST, LARGEST = 16, 28
HALF = "▀"
SHADES, LETTERS = " ░▒▓█", " .:-=+*#%@"


def to_tones(images: HostArray, dataset: Dataset) -> HostArray:
    """Images as they are drawn: uint8 (n, rows, columns) from 0 to 255, the rows of even number.

    Args:
        images: uint8 (n, features) of a data set.
        dataset: says what shape and which largest pixel they have.
    """
    tones = (images.astype(np.uint16) * 255 // dataset.max_pixel).astype(np.uint8)
    tones = tones.reshape(-1, *dataset.shape)
    longer = max(dataset.shape)
    if longer > LARGEST:
        height, width = (max(1, round(side * LARGEST / longer)) for side in dataset.shape)
        resized = [
            np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX))
            for image in tones
        ]
        tones = np.array(resized, np.uint8).reshape(-1, height, width)
    elif longer <= SMALLEST // 2:
        zoom = SMALLEST // longer
        tones = tones.repeat(zoom, axis=1).repeat(zoom, axis=2)
    return np.pad(tones, ((0, 0), (0, tones.shape[1] % 2), (0, 0)))


def picture(console: Console, tones: HostArray) -> list[Text]:
    """The lines of one image, uint8 (rows, columns), a letter for two pixels above each other."""
    upper, lower = tones[::2], tones[1::2]
    greys = console.color_system in ("256", "truecolor") and not console.no_color
    if greys and can_show(console, HALF):
        return [
            Text.assemble(
                *((HALF, grey(int(a), int(b))) for a, b in zip(above, below, strict=True))
            )
            for above, below in zip(upper, lower, strict=True)
        ]
    scale = SHADES if can_show(console, SHADES) else LETTERS
    means = (upper.astype(np.uint16) + lower) // 2
    levels = (means * (len(scale) - 1) + 127) // 255
    return [Text("".join(scale[level] for level in row)) for row in levels]


def grey(above: int, below: int) -> Style:
    """A half block's colours."""
    return Style(
        color=Color.from_rgb(above, above, above), bgcolor=Color.from_rgb(below, below, below)
    )


def print_pictures(
    console: Console, titles: Sequence[str], images: Sequence[Sequence[Text]]
) -> None:
    """Print images under their titles, as many beside each other as there is room for.

    Args:
        console: where to.
        titles, images: one title for each; all images have one size. A title that is wider than
            its image makes all places as wide.
    """
    shown = [console.render_str(title) for title in titles]
    place = max(text.cell_len for text in [*shown, *(image[0] for image in images)])
    across = max(1, (console.width + 1) // (place + 1))
    for start in range(0, len(images), across):
        rows = [shown[start : start + across], *zip(*images[start : start + across], strict=True)]
        for row in rows:
            line = Text()
            for number, text in enumerate(row):
                padding = place - text.cell_len + 1 if number < len(row) - 1 else 0
                line.append_text(text).append(" " * padding)
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
        console.print()
