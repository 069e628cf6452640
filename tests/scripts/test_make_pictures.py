"""The pictures: drawn from real results, well-formed, small, and free of anything to be fetched."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from scripts import make_pictures
from scripts.make_pictures import ROOT, digits, shortened, terminal

MOST_BYTES = 100_000
SVG = "{http://www.w3.org/2000/svg}"
COMMITTED = sorted((ROOT / "docs" / "images").glob("*.svg"))
SCREENSHOTS = sorted((ROOT / "docs" / "images").glob("*.png"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.name)
def test_committed_pictures_are_whole_and_small(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) <= MOST_BYTES
    assert ElementTree.fromstring(content).tag == f"{SVG}svg"


@pytest.mark.parametrize("path", SCREENSHOTS, ids=lambda path: path.name)
def test_screenshots_are_whole_and_small(path: Path) -> None:
    assert path.stat().st_size <= MOST_BYTES
    with Image.open(path, formats=["PNG"]) as picture:
        picture.load()
        assert len(picture.getcolors(256) or ()) > 20, "there is something on it"


def test_there_is_a_picture_for_each_that_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["make_pictures.py", str(tmp_path)])
    monkeypatch.setattr(make_pictures, "COMMANDS", ("gpunet train --epochs 3",))
    make_pictures.main()
    assert [path.name for path in sorted(tmp_path.iterdir())] == [path.name for path in COMMITTED]


def test_the_terminal_shows_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_pictures, "COMMANDS", ("gpunet train --epochs 5",))
    picture = terminal()
    words = " ".join(ElementTree.fromstring(picture).itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert "gpunet train --epochs 5" in words
    assert re.search(r"epoch 5/5 +cost 0\.\d+ +accuracy \d\d\.\d\d %", words)
    assert "epoch 3/5" not in words
    assert not re.findall(r"https?://(?!www\.w3\.org|www\.textualize\.io)", picture)


def test_the_digits_are_ten_right_and_ten_wrong() -> None:
    words = [text.text or "" for text in ElementTree.fromstring(digits()).iter(f"{SVG}text")]
    assert words[:10] == [str(digit) for digit in range(10)]
    assert all(re.fullmatch(r"(\d), not (?!\1)\d", word) for word in words[10:])
    assert len(words) == 20


def test_lines_that_are_alike_are_left_out_but_for_the_first_and_the_last() -> None:
    epochs = [f"epoch {n:>2}/30  cost" for n in range(1, 31)]
    assert shortened(["before", *epochs, "after"]) == [
        "before", "epoch  1/30  cost", "epoch  2/30  cost", "…", "epoch 30/30  cost", "after"
    ]  # fmt: skip
