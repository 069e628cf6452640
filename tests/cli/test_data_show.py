"""`gpunet data show`: the picture of deformed images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpunet.datasets.load import load_dataset
from tests.cli.running import gpunet

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
    outcome = gpunet("data", "show", *STRENGTHS)
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
    result = gpunet("data", "show", "--shift", 1, "--json").result
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


def test_no_deformation_is_refused() -> None:
    outcome = gpunet("data", "show")
    assert outcome.status == 2
    assert "--elastic" in outcome.complaint


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
