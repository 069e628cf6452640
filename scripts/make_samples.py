"""Draw data/samples: ten digits in ink on paper, to try `gpunet predict` with.

Run: scripts/python scripts/make_samples.py (the same files every time). Each digit is a few
strokes, given by points that the pen passes through; nothing in them comes from MNIST.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

OUT = Path(__file__).resolve().parent.parent / "data" / "samples"
SIZE = 100
# How many times larger it is drawn, before it is scaled down.
FINE = 4

# Strokes of each digit: points (x, y), 0 to 100 from the upper left corner.
STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "0": [[(54, 20), (38, 26), (29, 47), (33, 70), (48, 81), (65, 70), (70, 46), (63, 26),
           (50, 19)]],
    "1": [[(57, 18), (53, 38), (48, 60), (44, 82)]],
    "2": [[(30, 34), (37, 21), (53, 18), (63, 29), (58, 46), (43, 63), (29, 77)],
          [(29, 77), (36, 74), (48, 78), (60, 81), (73, 76)]],
    "3": [[(32, 25), (46, 18), (61, 24), (60, 38), (46, 46)],
          [(46, 46), (63, 52), (67, 67), (53, 81), (35, 79), (28, 72)]],
    "4": [[(42, 17), (36, 36), (27, 55)], [(27, 55), (50, 54), (74, 51)],
          [(60, 32), (59, 55), (55, 84)]],
    "5": [[(37, 22), (35, 34), (32, 48)],
          [(32, 48), (46, 42), (62, 48), (66, 63), (56, 78), (39, 82), (28, 75)],
          [(37, 22), (52, 21), (69, 18)]],
    "6": [[(60, 16), (45, 30), (34, 51), (34, 72), (47, 82), (62, 76), (66, 62), (56, 52), (42, 56),
           (34, 68)]],
    "7": [[(28, 25), (45, 23), (69, 20)], [(69, 20), (58, 44), (49, 64), (43, 83)]],
    "8": [[(64, 26), (51, 18), (37, 25), (38, 37), (52, 47), (65, 60), (63, 76), (49, 82), (35, 75),
           (36, 60), (50, 47), (64, 36), (64, 26)]],
    "9": [[(64, 30), (52, 21), (38, 27), (34, 42), (44, 51), (58, 46), (65, 32)],
          [(65, 32), (64, 52), (60, 70), (54, 84)]],
}  # fmt: skip
# The pens, in turn: colour, and width in pixels.
PENS = [((28, 38, 92), 6.0), ((34, 34, 38), 7.5), ((70, 70, 74), 5.0)]
PAPERS = [(250, 248, 241), (244, 244, 243), (252, 250, 247)]


def main() -> None:
    """Write one PNG a digit."""
    OUT.mkdir(parents=True, exist_ok=True)
    for number, (digit, strokes) in enumerate(STROKES.items()):
        image = draw(strokes, *PENS[number % len(PENS)], PAPERS[number // 4])
        path = OUT / f"{digit}.png"
        image.save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size:,} bytes")


def draw(
    strokes: list[list[tuple[float, float]]],
    ink: tuple[int, int, int],
    width: float,
    paper: tuple[int, int, int],
) -> Image.Image:
    """Strokes of one pen on paper, `SIZE` pixels square."""
    coverage = Image.new("L", (SIZE * FINE, SIZE * FINE))
    pen = ImageDraw.Draw(coverage)
    for stroke in strokes:
        path = smooth(np.array(stroke, float))
        for (x, y), share in zip(path * FINE, np.linspace(0, 1, len(path)), strict=True):
            # A hand presses most in the middle of a stroke.
            radius = FINE * width * (0.38 + 0.12 * np.sin(np.pi * share) ** 0.5)
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    coverage = coverage.filter(ImageFilter.GaussianBlur(0.5 * FINE))
    small = coverage.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    return Image.composite(
        Image.new("RGB", small.size, ink), Image.new("RGB", small.size, paper), small
    )


def smooth(points: np.ndarray, steps: int = 40) -> np.ndarray:
    """A curve through points (n, 2): a Catmull-Rom spline, with as many steps between each two."""
    before, after = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    around = np.vstack([before, points, after])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        cubic = 3 * b - a - 3 * c + d
        pieces.append(
            b + t * (c - a) / 2 + t**2 * (2 * a - 5 * b + 4 * c - d) / 2 + t**3 * cubic / 2
        )
    return np.vstack([*pieces, points[-1:]])


if __name__ == "__main__":
    main()
