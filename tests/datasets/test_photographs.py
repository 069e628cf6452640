"""Photographs: digits are found on any paper and in any light, in order, each in its place."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from gpunet.datasets.readers.photographs.digits import find_digits
from gpunet.datasets.readers.photographs.paper import noise_of
from gpunet.datasets.readers.photographs.reading import read_digits
from gpunet.datasets.readers.photographs.rules import remove_rules
from gpunet.datasets.readers.pictures import Style, fit_picture, to_grey
from scripts.photographs import STRENGTHS, photograph
from tests.datasets.samples import Array, refused
from tests.datasets.written import STROKES, mnist_like, page

MNIST = Style(shape=(28, 28), box=20, max_pixel=255)
ONE = [(3, (250, 120, 90, 150))]
TWO_LINES = [
    (7, (60, 40, 60, 100)), (1, (180, 50, 60, 100)), (4, (300, 45, 60, 100)),
    (2, (90, 220, 60, 100)), (0, (250, 210, 60, 100)), (5, (420, 230, 60, 100)),
]  # fmt: skip


def likeness(one: Array, other: Array) -> float:
    """The correlation of two images."""
    return float(np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1])


def seen(grey: Array) -> Array:
    (digit,) = read_digits(grey, MNIST)
    return digit.pixels


def in_uneven_light(image: Image.Image, *, fall: float, noise: float) -> Array:
    """The picture with light that falls towards the lower right, and noise."""
    levels = np.asarray(image, float)
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    light = 1 - fall * (x / levels.shape[1] + y / levels.shape[0]) / 2
    noisy = levels * light + np.random.default_rng(0).normal(0, noise, levels.shape)
    return np.asarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("digit", STROKES)
def test_a_photograph_shows_what_was_written(digit: int, strength: str) -> None:
    """No other digit is as much like it: each of four, on other paper, with other pens."""
    written = {k: fit_picture(np.asarray(page([(k, ONE[0][1])])), MNIST) for k in STROKES}
    upright = replace(STRENGTHS[strength], turn=0.0)
    for number in range(4):
        image = photograph(mnist_like(digit), upright, np.random.default_rng([digit, number]))
        shown = seen(to_grey(image))
        found = max(written, key=lambda k: likeness(blurred(shown), blurred(written[k])))
        assert found == digit


def blurred(pixels: Array) -> Array:
    return np.asarray(ndimage.gaussian_filter(pixels.reshape(28, 28).astype(float), 1.2))


@pytest.mark.parametrize("fall", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("noise", [0.0, 5.0, 10.0])
def test_light_and_noise_change_little(fall: float, noise: float) -> None:
    image = page(ONE)
    plain = fit_picture(np.asarray(image), MNIST)
    assert likeness(seen(in_uneven_light(image, fall=fall, noise=noise)), plain) > 0.93


@pytest.mark.parametrize("digit", STROKES)
def test_small_pictures_with_much_noise_are_read(digit: int) -> None:
    """A digit of 60 pixels, three quarters as light as its paper, in a shadow, as a rough JPEG."""
    image = page([(digit, (50, 30, 36, 60))], (140, 120))
    faint = 190 - 0.3 * (240 - np.asarray(image, float))
    x = np.mgrid[:120, :140][1] / 140
    faint *= 1 - 0.4 / (1 + np.exp((x - 0.4) * 60))
    faint += np.random.default_rng(digit).normal(0, 10, faint.shape)
    stored = BytesIO()
    Image.fromarray(faint.clip(0, 255).astype(np.uint8)).save(stored, "JPEG", quality=50)
    shown = seen(np.asarray(Image.open(stored)))
    plain = fit_picture(np.asarray(image), MNIST)
    assert likeness(blurred(shown), blurred(plain)) > 0.85


@pytest.mark.parametrize(
    ("noise", "quality"),
    [(0.0, None), (2.0, None), (5.0, None), (10.0, None), (5.0, 80), (10.0, 80), (10.0, 50)],
)
def test_noise_is_measured_though_a_jpeg_has_lost_the_finest_of_it(
    noise: float, quality: int | None
) -> None:
    levels = in_uneven_light(page(TWO_LINES), fall=0.5, noise=noise)
    if quality:
        stored = BytesIO()
        Image.fromarray(levels).save(stored, "JPEG", quality=quality)
        levels = np.asarray(Image.open(stored))
    assert noise_of(levels.astype(np.float32)) == pytest.approx(noise, rel=0.35, abs=0.6)


@pytest.mark.parametrize("fall", [0.0, 0.3])
def test_light_ink_on_dark_paper_is_read_alike(fall: float) -> None:
    image = page(ONE)
    chalk = in_uneven_light(Image.fromarray(255 - np.asarray(image)), fall=fall, noise=2)
    assert likeness(seen(chalk), fit_picture(np.asarray(image), MNIST)) > 0.93


def test_pencil_is_read() -> None:
    faint = Image.fromarray((240 - (240 - np.asarray(page(ONE), int)) // 4).astype(np.uint8))
    plain = fit_picture(np.asarray(page(ONE)), MNIST)
    assert likeness(seen(in_uneven_light(faint, fall=0.2, noise=4)), plain) > 0.93


@pytest.mark.parametrize("slope", [-0.05, 0.0, 0.03])
@pytest.mark.parametrize("down", [False, True])
def test_rules_are_taken_out_and_what_crosses_them_is_kept(slope: float, down: bool) -> None:
    ruled = page(ONE, (400, 400) if down else (600, 400))
    plain = np.asarray(ruled, float)
    y, x = np.mgrid[: plain.shape[0], : plain.shape[1]]
    along, across = (y, x) if down else (x, y)
    lines = np.abs((across - slope * along + 17) % 55 - 27) < 1.2
    both = np.rint(plain * np.where(lines, 0.65, 1)).astype(np.uint8)
    assert likeness(seen(both), fit_picture(plain.astype(np.uint8), MNIST)) > 0.95


def test_a_line_that_is_all_there_is_no_rule() -> None:
    darkness = np.zeros((200, 300), np.float32)
    darkness[100:103] = 0.6
    np.testing.assert_array_equal(remove_rules(darkness), darkness)


@pytest.mark.parametrize("factor", [1, 4])
def test_digits_are_found_in_reading_order_each_in_its_place(factor: int) -> None:
    image = page(TWO_LINES)
    image = image.resize((image.width * factor, image.height * factor))
    found = find_digits(in_uneven_light(image, fall=0.3, noise=0))
    assert len(found) == len(TWO_LINES)
    for digit, (_, box) in zip(found, TWO_LINES, strict=True):
        left, top, width, height = digit.box
        wanted = np.array(box) * factor  # of the middle of its strokes, which are 10 broad
        np.testing.assert_allclose(
            [left + width / 2, top + height / 2, height],
            [wanted[0] + wanted[2] / 2, wanted[1] + wanted[3] / 2, wanted[3] + 10 * factor],
            atol=14 * factor,
        )


def test_a_line_that_slopes_is_one_line() -> None:
    digits = [(k, (40 + 110 * n, 20 + 35 * n, 50, 80)) for n, k in enumerate((2, 7, 3, 0, 4))]
    above = [(5, (420, 20, 50, 80))]
    found = find_digits(np.asarray(page([*digits, *above])))
    lefts = [digit.box[0] for digit in found]
    assert lefts[1:] == sorted(lefts[1:])
    assert lefts[0] > 400


def test_parts_of_one_digit_stay_together() -> None:
    """A five whose bar stands off, and an eight's worth of pieces, one above the other."""
    grey = np.full((300, 300), 240, np.uint8)
    grey[60:72, 120:190] = 30
    grey[84:160, 118:130] = 30
    grey[148:230, 178:190] = 30
    grey[148:160, 118:190] = 30
    assert len(find_digits(grey)) == 1


def test_specks_are_no_digits() -> None:
    grey = np.asarray(page(TWO_LINES)).copy()
    for y, x in [(20, 20), (180, 300), (380, 570)]:
        grey[y : y + 5, x : x + 5] = 30
    assert len(find_digits(grey)) == len(TWO_LINES)


@pytest.mark.parametrize("noise", [0.0, 3.0, 10.0])
def test_a_page_with_nothing_on_it_is_said_to_be_blank(noise: float) -> None:
    with refused("blank", "no ink stands out"):
        find_digits(in_uneven_light(page([]), fall=0.4, noise=noise))


def test_a_ruled_page_with_nothing_on_it_is_no_digit() -> None:
    grey = np.full((400, 600), 240, np.uint8)
    grey[20::50] = 150
    with refused("image"):
        find_digits(grey)


def test_a_drawing_among_digits_is_said_to_be_more_than_digits() -> None:
    image = page([(k, (40 + 60 * k, 40, 30, 50)) for k in (0, 1, 2, 3, 4, 5, 7)])
    drawing = np.asarray(image).copy()
    drawing[200:210, 60:560] = drawing[340:350, 60:560] = 40
    drawing[200:350, 60:70] = drawing[200:350, 550:560] = 40
    with refused("more than digits", "photograph digits alone"):
        find_digits(drawing)


def test_a_picture_of_the_networks_size_is_taken_as_it_is() -> None:
    digit = mnist_like(5)
    (only,) = read_digits(digit, MNIST)
    assert only.box == (0, 0, 28, 28)
    np.testing.assert_array_equal(only.pixels, digit.reshape(-1))


def test_a_picture_is_taken_whole_where_it_is_not_handwriting() -> None:
    grey = np.asarray(page(TWO_LINES))
    (whole,) = read_digits(grey, MNIST, several=False)
    np.testing.assert_array_equal(whole.pixels, fit_picture(grey, MNIST))


def test_a_clean_digit_from_edge_to_edge_is_one() -> None:
    """As small scans are cut out: here an i's worth of gap between its parts."""
    grey = np.full((80, 80), 255, np.uint8)
    grey[:20, 30:50] = grey[45:, 30:50] = 0
    assert len(read_digits(grey, MNIST)) == 1


def test_any_noise_is_digits_or_an_input_error() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        grey = rng.integers(0, 256, rng.integers(32, 90, 2), np.uint8)
        try:
            assert read_digits(grey, MNIST)
        except ValueError as error:
            assert "image" in str(error)  # noqa: PT017
