"""Pictures: reading image files, and bringing them to the size and style a network was trained on.

MNIST's images were made so (Y. LeCun et al.): the digit, light on dark, is scaled with its
proportions kept to fit a box of 20 × 20 pixels, and set with its centre of mass in the middle of
28 × 28.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.core.regular import reading

# A photograph of a phone is 12 to 50 million pixels, of which each takes up to 11 bytes while it is
# read, in WebP 16; a decompression bomb is far larger.
MOST_PIXELS = 50_000_000
MOST_PIXELS_OF = {"WEBP": 12_500_000}
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm"})
# Formats that Pillow reads by itself; for others it would start programs, such as Ghostscript.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
# How many pixels are converted to grey at a time, which takes far more memory on the way.
PART = 1 << 20
# What an image must undergo to stand upright, by the orientation its camera noted (Exif 0x0112).
ORIENTATION = 0x0112
UPRIGHT: dict[int, Callable[[HostArray], HostArray]] = {
    2: lambda grey: grey[:, ::-1],
    3: lambda grey: grey[::-1, ::-1],
    4: lambda grey: grey[::-1],
    5: lambda grey: grey.T,
    6: lambda grey: grey[::-1].T,
    7: lambda grey: grey[::-1, ::-1].T,
    8: lambda grey: grey[:, ::-1].T,
}
# Fainter than this, of 255, is paper, not ink.
INK = 32
# A border of which three quarters are lighter than this is that of ink on paper.
LIGHT = 192


@dataclass(frozen=True)
class Style:
    """What the images a network was trained on look like.

    Attributes:
        shape: (height, width) in pixels.
        box: the longer side of a typical digit's own extent, in pixels: 20 for MNIST.
        max_pixel: the pixel value of full ink.
    """

    shape: tuple[int, int]
    box: int
    max_pixel: int


def measure_style(images: HostArray, shape: tuple[int, int], max_pixel: int) -> Style:
    """The style of uint8 images (n, features), from at most a thousand of them."""
    sample = images[:: max(1, len(images) // 1000)].reshape(-1, *shape) > max_pixel * INK // 255
    heights = sample.any(axis=2).sum(axis=1)
    widths = sample.any(axis=1).sum(axis=1)
    box = int(np.median(np.maximum(heights, widths)))
    return Style(shape, max(1, min(box, min(shape))), max_pixel)


def read_grey(path: Path) -> HostArray:
    """An image file as grey levels 0..255: uint8 (height, width).

    Transparent parts become a background that contrasts with the opaque ones.

    Raises:
        InputError: no such file, no image, damaged, or too many pixels.
    """
    with reading(path) as file:
        return decode_grey(file, str(path))


def decode_grey(file: BinaryIO, name: str) -> HostArray:
    """As `read_grey`, from an open file; messages call it by that name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                most = MOST_PIXELS_OF.get(image.format or "", MOST_PIXELS)
                if width * height > most:
                    raise InputError(
                        f"{name}: {width} × {height} pixels are too many; "
                        f"make it smaller: at most {most / 1e6:g} million"
                    )
                image.load()
                grey = to_grey(image)
                turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
                return turn(grey) if turn else grey
        except InputError:
            raise
        except UnidentifiedImageError:
            raise InputError(
                f"{name}: not an image in a format that is read; give {', '.join(FORMATS)}"
            ) from None
        except Image.DecompressionBombError:
            raise InputError(f"{name}: too many pixels") from None
        except Exception as error:  # a damaged image may raise nearly anything
            raise InputError(
                f"{name}: the image is damaged or cut short ({first_line(error)})"
            ) from None


def to_grey(image: Image.Image) -> HostArray:
    """Grey levels of any kind of image."""
    grey = np.empty((image.height, image.width), np.uint8)
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:  # 16 bits, which "L" would clip
        most = 65535.0 if max(np.asarray(part).max() for _, part in parts(image)) > 255 else 255.0
        for place, part in parts(image):
            grey[place] = np.clip(np.asarray(part, np.float64) * 255 / most, 0, 255)
    elif "A" in image.getbands() or "transparency" in image.info:
        paper = contrasting_paper(image)
        for place, part in parts(image):
            ink, alpha = split_alpha(part)
            grey[place] = np.rint(255 * (ink * alpha + paper * (1 - alpha)))
    else:
        for place, part in parts(image):
            grey[place] = np.asarray(part.convert("L"))
    return grey


def parts(image: Image.Image) -> Iterator[tuple[tuple[slice, slice], Image.Image]]:
    """An image in parts of at most `PART` pixels, each with its place in the whole."""
    width = min(image.width, PART)
    height = PART // width
    for top in range(0, image.height, height):
        for left in range(0, image.width, width):
            right, bottom = min(left + width, image.width), min(top + height, image.height)
            yield (slice(top, bottom), slice(left, right)), image.crop((left, top, right, bottom))


def contrasting_paper(image: Image.Image) -> float:
    """Black behind what is light in an image with transparent parts, white behind the rest."""
    light = visible = 0.0
    for _, part in parts(image):
        ink, alpha = split_alpha(part)
        light += float((ink * alpha).sum())
        visible += float(alpha.sum())
    return 0.0 if light > 0.5 * visible else 1.0


def split_alpha(image: Image.Image) -> tuple[HostArray, HostArray]:
    """Grey levels and opacity of an image, each from 0 to 1: float64 (height, width)."""
    grey, alpha = (np.asarray(band, np.float64) / 255 for band in image.convert("LA").split())
    return grey, alpha


def fit_picture(grey: HostArray, style: Style) -> HostArray:
    """A picture like the network's own images: uint8 (height · width,), up to `max_pixel`.

    One that has the right size already is only turned to light on dark, if its border is light;
    any other is also cropped to its ink, scaled into the box and centred by mass.

    Raises:
        InputError: there is nothing on it.
    """
    if grey.shape == style.shape:
        on_paper = np.quantile(border_of(grey), 0.25) >= LIGHT
        grey = 255 - grey if on_paper else grey
    else:
        grey = set_in_middle(crop(light_on_dark(grey)), style)
    return from_full_scale(grey, style)


def set_in_middle(grey: HostArray, style: Style) -> HostArray:
    """A cropped digit, light on dark, by MNIST's rule: uint8 of the style's shape, up to 255."""
    return centre(scale_into_box(grey, style.box), style.shape)


def from_full_scale(grey: HostArray, style: Style) -> HostArray:
    """Levels up to 255 as pixels up to the style's `max_pixel`: uint8 (height · width,)."""
    return np.rint(grey.astype(np.float64) * style.max_pixel / 255).astype(np.uint8).reshape(-1)


def light_on_dark(grey: HostArray) -> HostArray:
    """Ink light, paper black: turned round if the border is lighter than the middle grey."""
    border: HostArray = border_of(grey)
    if np.median(border) > (int(grey.min()) + int(grey.max())) / 2:
        grey, border = 255 - grey, 255 - border
    # Paper is seldom uniform: what the border looks like is taken as black, the lightest as white.
    paper = float(np.median(border))
    most = int(grey.max()) - paper
    if most < INK:
        raise InputError("the image is blank: no ink stands out from the paper")
    lightened: HostArray = np.clip((np.arange(256) - paper) * 255 / most, 0, 255).astype(np.uint8)
    return lightened[grey]


def border_of(grey: HostArray) -> HostArray:
    """The outermost pixels."""
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def crop(grey: HostArray) -> HostArray:
    """The smallest rectangle that holds all the ink."""
    rows, columns = (np.flatnonzero((grey > INK).any(axis=axis)) for axis in (1, 0))
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def scale_into_box(grey: HostArray, box: int) -> HostArray:
    """Scaled, proportions kept, so that the longer side is `box` pixels."""
    height, width = grey.shape
    factor = box / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS))


def centre(grey: HostArray, shape: tuple[int, int]) -> HostArray:
    """Set on black of that shape, its centre of mass as near the middle as it goes."""
    canvas = np.zeros(shape, np.uint8)
    mass = max(1.0, float(grey.sum(dtype=np.float64)))
    offsets = []
    for axis in (0, 1):
        along = grey.sum(axis=1 - axis, dtype=np.float64)
        middle = float(along @ (np.arange(len(along)) + 0.5)) / mass
        wanted = round(shape[axis] / 2 - middle)
        offsets.append(min(max(wanted, 0), shape[axis] - grey.shape[axis]))
    top, left = offsets
    canvas[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
    return canvas
