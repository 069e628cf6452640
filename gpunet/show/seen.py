"""A sheet of pictures beside what the network saw of them, and what it made of that."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gpunet.datasets.readers.pictures import Style, read_grey
from gpunet.evaluation.predict import Picture, Prediction
from gpunet.show.visible import visible
from gpunet.show.words import percent

# Pictures beyond these would make the sheet too large to be looked at.
MOST_PICTURES, MOST_DIGITS = 60, 60
SIDE, TILE, GAP = 260, 84, 14  # of a picture, of a digit, between them, in pixels
ACROSS = 6  # digits in a line of the sheet
LINES = 3  # of words beneath a digit
PAPER, INK, FAINT, LINE, BOX = "#ffffff", "#16191d", "#5b636e", "#d8dce2", "#d1410c"


def show_seen(
    pictures: Sequence[Picture], style: Style, classes: Sequence[str]
) -> tuple[bytes, int]:
    """A PNG, and how many of the pictures are on it.

    Each original, upright, with a box around each digit; beside it the digits as the network saw
    them, with its answer and its two next guesses.
    """
    shown = pictures[:MOST_PICTURES]
    blocks = [draw_block(picture, style, classes) for picture in shown]
    height = sum(block.height + 2 * GAP for block in blocks)
    sheet = Image.new("RGB", (max(block.width for block in blocks) + 2 * GAP, height), PAPER)
    draw, top = ImageDraw.Draw(sheet), 0
    for number, block in enumerate(blocks):
        if number:
            draw.line([(GAP, top), (sheet.width - GAP, top)], LINE)
        sheet.paste(block, (GAP, top + GAP))
        top += block.height + 2 * GAP
    content = BytesIO()
    sheet.save(content, "PNG", optimize=True)
    return content.getvalue(), len(shown)


def draw_block(picture: Picture, style: Style, classes: Sequence[str]) -> Image.Image:
    """A picture and its digits."""
    original = draw_original(picture)
    digits = picture.digits[:MOST_DIGITS]
    across, small = min(ACROSS, len(digits)), ImageFont.load_default(13)
    line = 17
    tall = TILE + 24 + (LINES - 1) * line + GAP
    rows = -(-len(digits) // ACROSS)
    left = SIDE + 2 * GAP
    name = visible(picture.path.name)
    block = Image.new(
        "RGB",
        (left + max(across, 3) * (TILE + 2 * GAP), max(original.height + line + 6, rows * tall)),
        PAPER,
    )
    block.paste(original, (0, 0))
    draw = ImageDraw.Draw(block)
    while small.getlength(name) > SIDE:
        name = name[: -2 if name[-1] == "…" else -1].rstrip("…") + "…"
    draw.text((0, original.height + 4), name, FAINT, small)
    for number, digit in enumerate(digits):
        row, column = divmod(number, ACROSS)
        draw_digit(block, (left + column * (TILE + 2 * GAP), row * tall), digit, style, classes)
    return block


def draw_original(picture: Picture) -> Image.Image:
    """The upright picture, made to fit, with a box around each digit."""
    grey = read_grey(picture.path)
    scale = SIDE / max(grey.shape)
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    way = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    image = Image.fromarray(grey).resize(size, way).convert("RGB")
    draw = ImageDraw.Draw(image)
    for digit in picture.digits:
        left, top, width, height = (scale * each for each in digit.box)
        if (digit.box[2], digit.box[3]) != (grey.shape[1], grey.shape[0]):
            draw.rectangle(
                [(left - 3, top - 3), (left + width + 2, top + height + 2)], outline=BOX, width=2
            )
    return image


def draw_digit(
    block: Image.Image,
    place: tuple[int, int],
    digit: Prediction,
    style: Style,
    classes: Sequence[str],
) -> None:
    """What the network saw, and beneath it what it takes it for."""
    left, top = place
    levels = digit.seen.reshape(style.shape).astype(np.uint16) * 255 // style.max_pixel
    scale = TILE / max(style.shape)
    size = (round(style.shape[1] * scale), round(style.shape[0] * scale))
    block.paste(
        Image.fromarray(levels.astype(np.uint8)).resize(size, Image.Resampling.NEAREST), place
    )
    draw = ImageDraw.Draw(block)
    first, *others = digit.ranked(LINES)
    top += TILE + 4
    draw.text((left, top), f"{short(classes[first])}", INK, ImageFont.load_default(18))
    draw.text(
        (left + TILE, top + 3),
        percent(digit.probabilities[first]),
        INK,
        ImageFont.load_default(13),
        anchor="ra",
    )
    for number, label in enumerate(others):
        below, small = top + 24 + 17 * number, ImageFont.load_default(12)
        draw.text((left, below), short(classes[label]), FAINT, small)
        share = percent(digit.probabilities[label])
        draw.text((left + TILE, below), share, FAINT, small, anchor="ra")


def short(name: str) -> str:
    """A class's name, so that it fits."""
    name = visible(name)
    return name if len(name) <= 6 else f"{name[:5]}…"
