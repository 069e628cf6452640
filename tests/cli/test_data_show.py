"""`gpunet data show`: samples and deformed images, in characters and as a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpunet.datasets.load import load_dataset
from tests.cli.running import finish, gpunet, start

STRENGTHS = ["--rotation", 10, "--elastic", 4, "--sigma", 2]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to draw into."""
    monkeypatch.chdir(tmp_path)


def read(path: str) -> np.ndarray:
    """The grey levels of a PNG."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image)


def test_the_picture_shows_an_image_of_each_class_and_eight_deformations() -> None:
    outcome = gpunet("data", "show", *STRENGTHS, "--out", "deformations.png")
    assert outcome.status == 0
    assert "deformations.png" in outcome.out
    drawn = read("deformations.png")
    # Ten lines of 64 pixels; nine columns, of which the first stands apart.
    assert drawn.shape == (10 * 68 + 4, 9 * 68 + 4 + 12)
    images, labels = load_dataset("digits").train.images, load_dataset("digits").train.labels
    for label in range(10):
        original = images[np.flatnonzero(labels == label)[0]].reshape(8, 8)
        tile = drawn[4 + 68 * label :][:64, 4:68]
        np.testing.assert_array_equal(tile[::8, ::8], original.astype(int) * 255 // 16)
    tiles = [drawn[4:68, 84 + 68 * k :][:, :64].tobytes() for k in range(8)]
    assert len(set(tiles)) == 8


def test_the_seed_decides_the_picture() -> None:
    for seed, name in ((1, "a.png"), (1, "b.png"), (2, "c.png")):
        assert gpunet("data", "show", *STRENGTHS, "--seed", seed, "--out", name).status == 0
    a, b, c = (Path(name).read_bytes() for name in ("a.png", "b.png", "c.png"))
    assert a == b != c


def test_json_says_what_was_drawn() -> None:
    result = gpunet("data", "show", "--shift", 1, "--out", "deformations.png", "--json").result
    assert result["out"] == "deformations.png"
    assert result["deformation"]["shift"] == 1
    assert Path(result["out"]).exists()


@pytest.mark.parametrize("option", ["shift", "rotation", "scaling", "shear", "elastic", "sigma"])
@pytest.mark.parametrize("value", ["-1", "nan", "1e9", "much"])
def test_strengths_that_make_no_sense_are_refused(option: str, value: str) -> None:
    outcome = gpunet("data", "show", "--rotation", 1, f"--{option}", value)
    assert outcome.status == 2
    assert f"--{option}" in outcome.complaint
    assert not Path("deformations.png").exists()


def blocks_of(said: str) -> list[str]:
    """The lines of pictures and titles, in blocks."""
    return said.rstrip("\n").split("\n\n")


def test_samples_are_shown_under_their_labels() -> None:
    said = gpunet("data", "show").out
    assert "\x1b" not in said
    titles = [title for block in blocks_of(said) for title in block.splitlines()[0].split()]
    assert titles == [str(label) for label in range(10)]
    assert max(map(len, said.splitlines())) <= 80
    assert not list(Path().iterdir())


def test_the_characters_are_the_pixels() -> None:
    """Sixteen columns and eight lines: two letters for each of the pixels of a digit."""
    digits = load_dataset("digits")
    first = digits.train.images[np.flatnonzero(digits.train.labels == 3)[0]].reshape(8, 8)
    lines = blocks_of(gpunet("data", "show", "--class", 3).out)[0].splitlines()
    assert lines[0].strip() == "3"
    for line, pixels in zip(lines[1:], first, strict=True):
        levels = [" ░▒▓█".index(letter) for letter in line.ljust(16)]
        assert levels[::2] == levels[1::2]
        for level, pixel in zip(levels[::2], pixels, strict=True):
            assert abs(level / 4 - pixel / 16) <= 0.13


def test_as_many_of_a_class_as_asked_for() -> None:
    said = gpunet("data", "show", "--class", 1, "--class", 8, "--each", 3, "--split", "test").out
    titles = [title for block in blocks_of(said) for title in block.splitlines()[0].split()]
    assert titles == ["1"] * 3 + ["8"] * 3


def test_deformed_versions_stand_beside() -> None:
    blocks = blocks_of(gpunet("data", "show", *STRENGTHS).out)
    assert [block.splitlines()[0].strip() for block in blocks] == list("0123456789")
    lines = [line.ljust(80) for line in blocks[0].splitlines()[1:]]
    assert lines[0][:16] == blocks_of(gpunet("data", "show").out)[0].splitlines()[1][:16]
    pictures = {"".join(line[17 * k : 17 * k + 16] for line in lines) for k in range(4)}
    assert len(pictures) == 4


def test_plain_letters_where_there_are_no_shades() -> None:
    code = "import sys; sys.stdout.reconfigure(encoding='ascii')"
    said = finish(start("data", "show", code=code)).out
    assert said.isascii()
    assert "?" not in said
    assert "@" in said


def test_greys_where_there_are_colours_and_none_where_none_are_wanted() -> None:
    code = "import functools; from gpunet.show import console\n"
    code += "console.Console.__init__ = functools.partialmethod(\n"
    code += "console.Console.__init__, force_terminal=True, width=60, color_system='truecolor')\n"
    coloured = finish(start("data", "show", code=code)).out
    plain = finish(start("data", "show", code=f"{code}import os; os.environ['NO_COLOR'] = '1'")).out
    assert "▀" in coloured
    assert "▀" not in plain
    assert "▒" in plain


def test_a_class_that_is_not_there_is_refused() -> None:
    outcome = gpunet("data", "show", "--class", "x")
    assert outcome.status == 2
    assert "--class x: digits has 10 classes, none of that name" in outcome.complaint


def test_samples_become_a_picture_with_a_row_for_each_class() -> None:
    assert gpunet("data", "show", "--each", 3, "--out", "all.png").status == 0
    assert read("all.png").shape == (10 * 68 + 4, 3 * 68 + 4)


def test_a_table_is_shown_as_a_strip() -> None:
    np.savez("table.npz", images=np.arange(300).reshape(100, 3) % 256, labels=np.arange(100) % 2)
    assert gpunet("data", "show", "table.npz").status == 0


def test_a_table_is_refused() -> None:
    np.savez("table.npz", images=np.arange(300).reshape(100, 3) % 256, labels=np.arange(100) % 2)
    outcome = gpunet("data", "show", "table.npz", "--rotation", 5)
    assert outcome.status == 2
    assert "1 × 3 cannot be deformed" in outcome.complaint


def test_a_picture_of_another_kind_is_refused() -> None:
    outcome = gpunet("data", "show", "--rotation", 5, "--out", "a.jpg")
    assert outcome.status == 2
    assert ".png" in outcome.complaint
    assert not list(Path().iterdir())


def test_a_picture_that_cannot_be_written_is_refused() -> None:
    outcome = gpunet("data", "show", "--rotation", 5, "--out", "nowhere/a.png")
    assert outcome.status == 2
    assert "--out nowhere/a.png: cannot be written" in outcome.complaint
