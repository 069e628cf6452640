"""Draw the pictures of README.md and docs/ from what the program really does.

    scripts/python scripts/make_pictures.py [FOLDER]

terminal.svg shows two commands and what they print, digits.svg test images and what a network makes
of them.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gpunet
from gpunet.core.arrays import HostArray

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "gpunet train",
    "gpunet train --networks 20 --cost quadratic --cost cross-entropy --learning-rate 0.5",
)
# Of the lines on epochs and on networks, those that the picture has room for.
FIRST, LAST = re.compile(r" *[12]/\d+|epoch +[12]/"), re.compile(r"(?:epoch )?(\d+)/\1 ")
ONE_OF_MANY = re.compile(r"(?:epoch )? *\d+/\d+ ")
WIDTH = 110  # of the terminal, in letters: as wide as the widest line
SIDE, GAP = 64, 16  # of a digit, in pixels


def main() -> None:
    """Draw both."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in {"terminal.svg": terminal(), "digits.svg": digits()}.items():
        (folder / name).write_text(picture, encoding="utf-8")
        print(f"{folder / name}: {len(picture.encode()):,} bytes")


def terminal() -> str:
    """The commands and their output, on the CPU, most lines on epochs and networks left out."""
    console = Console(record=True, width=WIDTH, file=StringIO(), highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            console.print(Text.assemble(("$ ", "green"), (command, "bold")))
            for line in shortened(run(command, Path(folder)).splitlines()):
                console.print(Text(line.rstrip()), soft_wrap=True)
            console.print()
    drawn = console.export_svg(title="gpunet")
    # Rich names a font to be fetched; whoever looks at the picture has one of equal widths.
    return re.sub(r"@font-face {.*?}\s*", "", drawn, flags=re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What a command prints, run in a folder."""
    environment = {**os.environ, "GPUNET_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(
        words, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def shortened(lines: Iterable[str]) -> list[str]:
    """The lines, with an ellipsis for those in the middle of many that are alike."""
    kept: list[str] = []
    for line in lines:
        if not ONE_OF_MANY.match(line) or FIRST.match(line) or LAST.match(line):
            kept.append(line)
        elif kept[-1] != "…":
            kept.append("…")
    return kept


def digits() -> str:
    """A test image of each class, and the first ten that the network takes for something else."""
    data = gpunet.load_dataset("digits")
    network = gpunet.Network([64, 30, 10], seed=0, device="cpu")
    gpunet.fit(network, data)
    labels, guesses = data.test.labels, network.predict(data.test.images)
    right = [int(np.flatnonzero((labels == c) & (guesses == c))[0]) for c in range(10)]
    wrong = np.flatnonzero(labels != guesses)[:10].tolist()
    rows = [
        [(data.test.images[i], f"{guesses[i]}", "#2e7d32") for i in right],
        [(data.test.images[i], f"{guesses[i]}, not {labels[i]}", "#c62828") for i in wrong],
    ]
    width, height = 10 * (SIDE + GAP) + GAP, 2 * (SIDE + 40) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#fafafa"/>',
        '<g font-family="sans-serif" font-size="16" text-anchor="middle">',
    ]
    for row, cells in enumerate(rows):
        for column, (pixels, words, colour) in enumerate(cells):
            x, y = GAP + column * (SIDE + GAP), GAP + row * (SIDE + 40)
            parts.append(draw(pixels.reshape(8, 8), x, y))
            place = f'x="{x + SIDE // 2}" y="{y + SIDE + 20}"'
            parts.append(f'<text {place} fill="{colour}">{words}</text>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


def draw(pixels: HostArray, x: int, y: int) -> str:
    """A digit of pixels from 0 to 16 as one path a grey level."""
    paths = ['<rect width="8" height="8"/>']
    for level in range(1, 17):
        places = np.argwhere(pixels == level)
        if len(places):
            d = "".join(f"M{column} {row}h1v1h-1z" for row, column in places)
            grey = level * 255 // 16
            paths.append(f'<path fill="rgb({grey},{grey},{grey})" d="{d}"/>')
    scale = f'transform="translate({x} {y}) scale({SIDE // 8})" shape-rendering="crispEdges"'
    return f"<g {scale}>{''.join(paths)}</g>"


if __name__ == "__main__":
    main()
