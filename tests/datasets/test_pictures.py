"""Pictures: image files become grey levels, and digits as MNIST's were made; bad ones do not."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import EpsImagePlugin, Image

from gpunet.core.errors import InputError
from gpunet.datasets.readers.pictures import Style, fit_picture, measure_style, read_grey
from tests.datasets.samples import FUZZ, Array, damaged, refused

GREY = np.random.default_rng(0).integers(0, 256, (9, 7), np.uint8)
MNIST = Style(shape=(28, 28), box=20, max_pixel=255)


def encode(kind: str, image: Any = None, **options: Any) -> bytes:
    file = io.BytesIO()
    (Image.fromarray(GREY) if image is None else image).save(file, kind, **options)
    return file.getvalue()


def empty_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    chunks = [(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))]
    chunks += [(b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def stroke(height: int, width: int, top: int, left: int, tall: int, wide: int) -> Array:
    """White ink, a rectangle, on black."""
    grey = np.zeros((height, width), np.uint8)
    grey[top : top + tall, left : left + wide] = 255
    return grey


@pytest.mark.parametrize("kind", ["png", "bmp", "gif", "tiff", "ppm"])
def test_grey_levels_are_read_exactly(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"digit.{kind}"
    path.write_bytes(encode(kind))
    np.testing.assert_array_equal(read_grey(path), GREY)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    Image.fromarray(GREY.astype(np.uint16) * 257).save(path)
    np.testing.assert_array_equal(read_grey(path), GREY)


def test_colours_become_their_luminance(tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    Image.fromarray(np.eye(3, dtype=np.uint8)[None] * 255).save(path)
    # ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue
    np.testing.assert_array_equal(read_grey(path), [[76, 150, 29]])


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_transparent_parts_contrast_with_the_ink(tmp_path: Path, ink: int, paper: int) -> None:
    levels, alpha = np.array([[[ink, ink, paper]], [[255, 0, 0]]], np.uint8)
    picture = Image.merge("LA", [Image.fromarray(levels), Image.fromarray(alpha)])
    picture.save(tmp_path / "digit.png")
    np.testing.assert_array_equal(read_grey(tmp_path / "digit.png"), [[ink, paper, paper]])


# By the Exif standard, where the first row and the first column of what is stored belong.
UPRIGHT = {
    1: GREY,  # top, left
    2: np.fliplr(GREY),  # top, right
    3: np.rot90(GREY, 2),  # bottom, right
    4: np.flipud(GREY),  # bottom, left
    5: GREY.T,  # left, top
    6: np.rot90(GREY, -1),  # right, top
    7: np.rot90(GREY, 2).T,  # right, bottom
    8: np.rot90(GREY),  # left, bottom
}


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("kind", ["png", "webp", "tiff"])
def test_a_photograph_is_turned_as_its_camera_says(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"digit.{kind}"
    path.write_bytes(encode(kind, exif=exif, lossless=True))
    np.testing.assert_array_equal(read_grey(path), UPRIGHT.get(orientation, GREY))


@pytest.mark.parametrize("shape", [(3, 400_000), (400_000, 3), (1, 1_200_001)])
def test_an_image_of_several_parts_is_read_whole(tmp_path: Path, shape: tuple[int, int]) -> None:
    levels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    path = tmp_path / "digit.tiff"
    for mode in ("L", "LA", "I;16"):
        image = Image.fromarray(levels)
        if mode == "LA":
            image.putalpha(255)
        elif mode == "I;16":
            image = Image.fromarray(levels.astype(np.uint16) * 257)
        image.save(path)
        np.testing.assert_array_equal(read_grey(path), levels)


def test_a_picture_of_the_right_size_keeps_its_pixels() -> None:
    np.testing.assert_array_equal(fit_picture(GREY, Style((9, 7), 5, 255)), GREY.reshape(-1))


def test_ink_on_paper_of_the_right_size_is_turned_round() -> None:
    drawn = np.full((8, 8), 230, np.uint8)
    drawn[2:6, 3:5] = 10
    np.testing.assert_array_equal(
        fit_picture(drawn, Style((8, 8), 5, 255)), 255 - drawn.reshape(-1)
    )


def test_pixels_go_up_to_the_peak_of_the_networks_images() -> None:
    levels = np.array([[0, 16, 255]], np.uint8)
    np.testing.assert_array_equal(fit_picture(levels, Style((1, 3), 1, 16)), [0, 1, 16])


def test_a_digit_is_scaled_into_the_box_and_centred() -> None:
    fitted = fit_picture(stroke(200, 300, 20, 200, 80, 40), MNIST).reshape(28, 28)
    np.testing.assert_array_equal(fitted, stroke(28, 28, 4, 9, 20, 10))


def test_a_small_digit_is_scaled_up() -> None:
    fitted = fit_picture(stroke(12, 12, 1, 1, 10, 10), MNIST).reshape(28, 28)
    np.testing.assert_array_equal(fitted, stroke(28, 28, 4, 4, 20, 20))


def test_the_middle_is_that_of_the_mass() -> None:
    """A T: its bar is heavier than its foot, so it is set lower than its extent would have it."""
    picture = stroke(60, 60, 10, 10, 10, 40) | stroke(60, 60, 10, 25, 40, 10)
    fitted = fit_picture(picture, MNIST).reshape(28, 28).astype(float)
    rows, columns = (np.arange(28) + 0.5) @ fitted.sum(1), (np.arange(28) + 0.5) @ fitted.sum(0)
    assert np.array([rows, columns]) / fitted.sum() == pytest.approx([14, 14], abs=0.5)
    assert np.flatnonzero(fitted.any(axis=1))[0] > 4


def test_ink_on_paper_is_turned_to_light_on_dark() -> None:
    picture = stroke(200, 300, 20, 200, 80, 40)
    np.testing.assert_array_equal(fit_picture(255 - picture, MNIST), fit_picture(picture, MNIST))


def test_grey_ink_on_grey_paper_becomes_white_on_black() -> None:
    picture = stroke(200, 300, 20, 200, 80, 40)
    grey = (180 - picture.astype(int) * 120 // 255).astype(np.uint8)
    np.testing.assert_array_equal(fit_picture(grey, MNIST), fit_picture(picture, MNIST))


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_is_refused(level: int) -> None:
    with refused("blank", "no ink"):
        fit_picture(np.full((50, 40), level, np.uint8), MNIST)


def test_the_style_of_images_is_measured() -> None:
    images = np.stack([stroke(28, 28, 4, 9, 20, n) for n in range(5, 12)]).reshape(7, -1)
    assert measure_style(images, (28, 28), 255) == MNIST


def test_the_style_of_blank_images_is_a_style() -> None:
    assert measure_style(np.zeros((3, 64), np.uint8), (8, 8), 16) == Style((8, 8), 1, 16)


BAD = {
    "empty": (b"", "not an image"),
    "text": (b"this is no image", "not an image"),
    "cut short": (encode("png")[:-30], "damaged or cut short"),
    "JPEG cut short": (encode("jpeg")[:-30], "damaged or cut short"),
    "a header alone": (encode("png")[:33], "not an image"),
    "PostScript": (encode("eps"), "not an image in a format that is read; give PNG"),
    "PDF": (encode("pdf"), "not an image in a format that is read"),
    "a bomb": (empty_png(10_001, 10_000), "10001 × 10000 pixels are too many"),
    "a larger bomb": (empty_png(60_000, 60_000), "too many"),
    "the largest bomb": (empty_png(2**31 - 1, 2**31 - 1), "too many"),
    "one-bit bomb": (encode("png", Image.new("1", (12_000, 9_000))), "12000 × 9000"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
def test_bad_images_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with refused(path, words):
        read_grey(path)


def test_no_other_program_is_started_to_read_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghostscript = tmp_path / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # not looked for yet
    path = tmp_path / "digit.png"
    path.write_bytes(encode("eps"))
    with refused(path, "not an image"):
        read_grey(path)
    assert not (tmp_path / "started").exists()


def test_a_bomb_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(empty_png(10_001, 10_000))
    with pytest.raises(InputError) as caught:
        read_grey(path)
    assert str(caught.value).count(str(path)) == 1


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with refused(tmp_path / "digit.png", "no such file"):
        read_grey(tmp_path / "digit.png")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with refused(tmp_path, "a folder, not a file"):
        read_grey(tmp_path)


@FUZZ
@given(content=damaged(*map(encode, ("png", "gif", "bmp", "jpeg", "ppm", "tiff", "webp"))))
def test_any_bytes_are_grey_levels_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.png"
    path.write_bytes(content)
    try:
        grey = read_grey(path)
    except InputError:
        return
    assert grey.dtype == np.uint8
    assert grey.ndim == 2


@FUZZ
@given(st.integers(1, 40), st.integers(1, 40), st.binary(min_size=16, max_size=16))
def test_any_picture_with_ink_on_it_fits(height: int, width: int, seed: bytes) -> None:
    picture = np.resize(np.frombuffer(seed, np.uint8), (height, width))
    assume(np.ptp(picture) >= 64)
    fitted = fit_picture(picture, MNIST)
    assert (fitted.shape, fitted.dtype) == ((784,), np.uint8)
