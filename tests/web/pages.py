"""Photographed pages: the samples that come with the project, written in lines."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
CELL = 120
MARGIN = 50
PAPER = (249, 247, 241)


def page(*lines: str) -> Image.Image:
    """Paper with lines of digits."""
    width = 2 * MARGIN + CELL * max(map(len, lines), default=2)
    sheet = Image.new("RGB", (width, 2 * MARGIN + CELL * len(lines)), PAPER)
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            sample = Image.open(SAMPLES / f"{digit}.png").resize((CELL, CELL))
            sheet.paste(sample, (MARGIN + column * CELL, MARGIN + row * CELL))
    return sheet


def jpeg(image: Image.Image, orientation: int = 1) -> bytes:
    """The file; a camera held otherwise notes that in its EXIF data (orientation, 1 to 8)."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = BytesIO()
    image.save(file, "JPEG", quality=92, exif=exif)
    return file.getvalue()


def inverted(image: Image.Image) -> Image.Image:
    """As chalk on a blackboard."""
    return Image.fromarray(255 - np.asarray(image))
