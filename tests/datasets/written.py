"""Digits written with straight strokes, for photographs without MNIST."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from tests.datasets.samples import Array

# Corners of each digit's strokes, from left to right and from top to bottom in a box of 6 × 10.
STROKES = {
    0: [[(1, 0), (5, 0), (6, 3), (6, 7), (5, 10), (1, 10), (0, 7), (0, 3), (1, 0)]],
    1: [[(2, 2), (4, 0), (4, 10)]],
    2: [[(0, 2), (2, 0), (5, 0), (6, 3), (0, 10), (6, 10)]],
    3: [[(0, 0), (6, 0), (3, 4), (6, 6), (6, 8), (4, 10), (0, 10)]],
    4: [[(3, 0), (0, 6), (6, 6)], [(5, 3), (5, 10)]],
    5: [[(6, 0), (1, 0), (0, 4), (5, 4), (6, 7), (4, 10), (0, 10)]],
    7: [[(0, 0), (6, 0), (2, 10)]],
}


def mnist_like(digit: int) -> Array:
    """A digit as MNIST's are: uint8 (28, 28), light on dark."""
    image = Image.new("L", (280, 280))
    write(image, digit, (80, 40, 120, 200), 26, 255)
    return np.asarray(image.resize((28, 28), Image.Resampling.BOX))


def page(
    digits: Sequence[tuple[int, tuple[int, int, int, int]]], size: tuple[int, int] = (600, 400)
) -> Image.Image:
    """White paper with digits on it, each with its box: left, top, width, height."""
    image = Image.new("L", size, 240)
    for digit, box in digits:
        write(image, digit, box, max(3, box[3] // 10), 40)
    return image


def write(
    image: Image.Image, digit: int, box: tuple[int, int, int, int], broad: int, level: int
) -> None:
    left, top, width, height = box
    draw = ImageDraw.Draw(image)
    for stroke in STROKES[digit]:
        places = [(left + x * width / 6, top + y * height / 10) for x, y in stroke]
        draw.line(places, level, broad, joint="curve")
        for x, y in places:  # round ends
            draw.ellipse([x - broad / 2, y - broad / 2, x + broad / 2, y + broad / 2], level)
