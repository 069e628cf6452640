"""Render MNIST's test digits as photographs, and measure how many of them a run reads.

    scripts/python scripts/photographs.py RUN [--count 1000] [--show FOLDER]

Every photograph is of one digit, written with a pencil, a ballpoint or a marker on plain, coloured,
ruled or squared paper, seen at a slant, in uneven light with the edge of a shadow, and stored as a
JPEG. Every run of this makes the same ones. Prints a Markdown table; --show draws, for each
strength, the first ones and those that are misread.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gpunet
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.photographs.reading import read_digits
from gpunet.datasets.readers.pictures import to_grey
from gpunet.evaluation.predict import answer
from gpunet.sweeps.named import Runs, open_runs


@dataclass(frozen=True)
class Strength:
    """How far a photograph is from a clean scan.

    Attributes:
        light: the share by which the light falls from one side of the page to the other.
        shadow: the share of light that a shadow with an edge takes away.
        noise: its standard deviation, in grey levels.
        slant: how far a corner of the page moves, as a share of its side.
        turn: how far the page is turned, in degrees.
        rules: the darkness of the paper's lines, as a share of black.
        blur: the standard deviation of a point's image, in pixels.
        jpeg: the quality it is stored with.
    """

    light: float
    shadow: float
    noise: float
    slant: float
    turn: float
    rules: float
    blur: float
    jpeg: int


STRENGTHS = {
    "moderate": Strength(0.15, 0.0, 2.0, 0.02, 3.0, 0.12, 0.6, 90),
    "hard": Strength(0.30, 0.25, 5.0, 0.04, 4.0, 0.25, 0.9, 75),
    "very hard": Strength(0.60, 0.50, 10.0, 0.06, 5.0, 0.40, 1.2, 55),
}


@dataclass(frozen=True)
class Pen:
    """What it leaves on paper.

    Attributes:
        darkness: the least and the most of it.
        level: how much of an original pixel's ink is drawn; the more, the thinner the stroke.
        grain: how uneven its ink is.
        colours: those it comes in, as shares of red, green and blue reflected.
    """

    darkness: tuple[float, float]
    level: float
    grain: float
    colours: Sequence[tuple[float, float, float]]


PENS = {
    "pencil": Pen((0.45, 0.65), 0.45, 0.35, [(0.2, 0.2, 0.22)]),
    "ballpoint": Pen((0.65, 0.85), 0.42, 0.1, [(0.1, 0.12, 0.5), (0.1, 0.1, 0.1)]),
    "marker": Pen(
        (0.8, 0.95), 0.3, 0.0, [(0.08, 0.08, 0.08), (0.55, 0.08, 0.1), (0.05, 0.3, 0.15)]
    ),
}
PAPERS = [(0.95, 0.95, 0.93), (0.93, 0.9, 0.8), (0.95, 0.9, 0.55), (0.75, 0.88, 0.95)]
PAPER_KINDS = ("plain", "coloured", "ruled", "squared")
RULE = (0.35, 0.45, 0.75)


def photograph(digit: HostArray, strength: Strength, rng: np.random.Generator) -> Image.Image:
    """A photograph of one digit.

    Args:
        digit: uint8 (28, 28), light on dark.
        strength: how hard it is made to read.
        rng: decides all that is left to chance.
    """
    side = int(rng.integers(260, 420))
    kind = PAPER_KINDS[rng.integers(len(PAPER_KINDS))]
    pen = list(PENS.values())[rng.integers(len(PENS))]
    across = int(side * rng.uniform(0.5, 0.8))  # of MNIST's 28 pixels
    page = draw_paper(2 * side, across, kind, strength, rng)
    write(page, digit, across, pen, rng)
    seen = look_at(page, side, strength, rng)
    seen = ndimage.gaussian_filter(seen, (strength.blur, strength.blur, 0))
    seen = 255 * seen * light_on(side, strength, rng)[..., None]
    seen += rng.normal(0, strength.noise, seen.shape[:2])[..., None]
    seen += rng.normal(0, strength.noise / 2, seen.shape)  # of each colour by itself
    stored = BytesIO()
    levels = np.rint(np.clip(seen, 0, 255)).astype(np.uint8)
    Image.fromarray(levels).save(stored, "JPEG", quality=strength.jpeg)
    return Image.open(stored).convert("RGB")


def draw_paper(
    side: int, across: int, kind: str, strength: Strength, rng: np.random.Generator
) -> HostArray:
    """A page without writing: what share of each colour it reflects, float64 (side, side, 3)."""
    paper = np.array(PAPERS[0 if kind == "plain" else rng.integers(len(PAPERS))])
    page = np.tile(paper, (side, side, 1))
    fibres = ndimage.gaussian_filter(rng.normal(0, 1, (side, side)), 2)
    page *= 1 + 0.01 * fibres[..., None] / fibres.std()
    if kind in ("ruled", "squared"):
        gap = across * rng.uniform(0.3, 0.45)
        lines = Image.new("L", (side, side))
        draw = ImageDraw.Draw(lines)
        width = max(1, round(side / 400))
        for place in np.arange(rng.uniform(0, gap), side, gap):
            draw.line([(0, place), (side, place)], 255, width)
            if kind == "squared":
                draw.line([(place, 0), (place, side)], 255, width)
        blend(page, np.asarray(lines) / 255 * 2 * strength.rules, RULE)
    return page


def write(
    page: HostArray, digit: HostArray, across: int, pen: Pen, rng: np.random.Generator
) -> None:
    """Write a digit in the middle of a page."""
    image = Image.fromarray(digit).resize((across, across), Image.Resampling.BICUBIC)
    coverage = np.clip((np.asarray(image) / 255 - pen.level) / 0.25 + 0.5, 0, 1)
    grain = ndimage.gaussian_filter(rng.normal(0, 1, coverage.shape), 1)
    coverage *= np.clip(1 - pen.grain * np.abs(grain) / grain.std(), 0.2, 1)
    start = (len(page) - across) // 2
    middle = slice(start, start + across)
    colour = pen.colours[int(rng.integers(len(pen.colours)))]
    blend(page[middle, middle], coverage * rng.uniform(*pen.darkness), colour)


def blend(page: HostArray, coverage: HostArray, colour: Sequence[float]) -> None:
    """Lay a colour over a page, as thickly as `coverage` says."""
    page += coverage[..., None] * (np.array(colour) * page - page)


def look_at(page: HostArray, side: int, strength: Strength, rng: np.random.Generator) -> HostArray:
    """What a camera sees of the middle of a page: turned, moved, and in perspective."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    turn = np.deg2rad(rng.uniform(-strength.turn, strength.turn))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = corners @ rotation.T + rng.uniform(-1, 1, (4, 2)) * strength.slant * side
    moved += len(page) / 2 + rng.uniform(-0.06, 0.06, 2) * side
    seen = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    rows, wanted = [], []
    for (x, y), (u, v) in zip(seen, moved, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    a, b, c, d, e, f, g, h = np.linalg.solve(rows, wanted)
    x, y = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    depth = g * x + h * y + 1
    places = [(d * x + e * y + f) / depth - 0.5, (a * x + b * y + c) / depth - 0.5]
    channels = [
        ndimage.map_coordinates(page[..., k], places, order=1, mode="nearest") for k in range(3)
    ]
    return np.stack(channels, axis=-1)


def light_on(side: int, strength: Strength, rng: np.random.Generator) -> HostArray:
    """The light on each pixel: a fall from one side to the other, and a shadow's edge."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    towards, across = rng.uniform(0, 2 * np.pi, 2), rng.uniform(-0.3, 0.3)
    fall = x * np.cos(towards[0]) + y * np.sin(towards[0])
    light = 1 - strength.light * np.clip(fall + 0.5, 0, 1)
    soft = rng.uniform(0.01, 0.06)  # the half-shadow, as a share of the page
    edge = x * np.cos(towards[1]) + y * np.sin(towards[1]) - across
    shade = 1 - strength.shadow / (1 + np.exp(-edge / soft * 2))
    return np.asarray(light * shade)


def series(digits: HostArray, strength: str, count: int) -> Iterable[tuple[int, Image.Image]]:
    """The first photographs of a strength, each with the row of its digit."""
    number = list(STRENGTHS).index(strength)
    rows = np.random.default_rng(number).permutation(len(digits))[:count]
    for row in rows:
        rng = np.random.default_rng([number, int(row)])
        yield int(row), photograph(digits[row].reshape(28, 28), STRENGTHS[strength], rng)


@dataclass
class Reading:
    """What became of the photographs of one strength: how many were read right, and which not.

    Attributes:
        right: exactly one digit found, and taken for what it is.
        several: those in which another number of digits was found.
        refused: those said to be blank, or to show more than digits.
        originals: how many of the same digits the network reads in the original.
        wrong: the photographs that were not read right.
    """

    right: int
    several: int
    refused: int
    originals: int
    wrong: list[Image.Image]


def read(runs: Runs, strength: str, count: int) -> Reading:
    """Have a run read the first photographs of a strength."""
    test = gpunet.load_dataset("mnist").test
    network = runs.load(gpunet.open_device("cpu"))
    result = Reading(0, 0, 0, 0, [])
    for row, image in series(test.images, strength, count):
        label = int(test.labels[row])
        result.originals += int(network.predict(test.images[row])) == label
        try:
            seen = read_digits(to_grey(image), runs.style)
        except InputError:
            result.refused += 1
            result.wrong.append(image)
            continue
        (picture,) = answer(network, [(Path(), seen)])
        result.several += len(seen) != 1
        if len(seen) == 1 and picture.digits[0].label == label:
            result.right += 1
        else:
            result.wrong.append(image)
    return result


def draw_sheet(images: Sequence[Image.Image], side: int = 180, across: int = 8) -> Image.Image:
    """Pictures side by side."""
    rows = max(1, -(-len(images) // across))
    sheet = Image.new("RGB", (across * side, rows * side), "white")
    for number, image in enumerate(images):
        row, column = divmod(number, across)
        sheet.paste(image.resize((side - 4, side - 4)), (column * side, row * side))
    return sheet


def main() -> None:
    """Read the photographs of every strength, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--count", type=int, default=1000, help="photographs of each strength")
    parser.add_argument("--show", type=Path, metavar="FOLDER", help="draw what was read there")
    options = parser.parse_args()
    runs = open_runs([options.run])
    print("| photographs | read, % | other than one digit found | refused | originals read, % |")
    print("|---|---|---|---|---|")
    for strength in STRENGTHS:
        result = read(runs, strength, options.count)
        right, originals = (100 * n / options.count for n in (result.right, result.originals))
        print(
            f"| {strength} | {right:.1f} | {result.several} | {result.refused} | {originals:.1f} |",
            flush=True,
        )
        if options.show:
            options.show.mkdir(parents=True, exist_ok=True)
            test = gpunet.load_dataset("mnist").test
            first = [image for _, image in series(test.images, strength, 32)]
            name = strength.replace(" ", "-")
            draw_sheet(first).save(options.show / f"{name}.png")
            draw_sheet(result.wrong[:64]).save(options.show / f"{name}-misread.png")


if __name__ == "__main__":
    main()
