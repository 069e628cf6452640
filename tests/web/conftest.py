"""A network that reads what is drawn, and the page for it."""

from pathlib import Path

import pytest
from PIL import Image

from gpunet.backend.choose import open_device
from gpunet.datasets.load import load_dataset
from gpunet.web.draw.routes import make_draw
from gpunet.web.draw.shelf import Shelf
from gpunet.web.guard import Guard
from tests.cli.running import gpunet


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the embedded digits, as good as it gets in half a second; not to be changed."""
    run = tmp_path_factory.mktemp("drawn") / "good"
    options = ("--hidden", 100, "--cost", "cross-entropy", "--learning-rate", 0.5)
    assert gpunet("train", *options, "--device", "cpu", "--out", run).status == 0
    return run


@pytest.fixture(scope="session")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks with convolutions, for a committee; not to be changed."""
    run = tmp_path_factory.mktemp("drawn") / "maps"
    options = ("--hidden", "4C3,MP2", "--activation", "tanh", "--cost", "cross-entropy")
    many = ("--networks", 2, "--epochs", 1, "--device", "cpu")
    assert gpunet("train", *options, *many, "--out", run).status == 0
    return run


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on images whose classes are called by words; not to be changed."""
    folder = tmp_path_factory.mktemp("words")
    digits = load_dataset("digits").train
    for label, name in enumerate(("nought", "one, with a long name")):
        (folder / "images" / name).mkdir(parents=True)
        for number, pixels in enumerate(digits.images[digits.labels == label][:30]):
            image = Image.fromarray(255 - 15 * pixels.reshape(8, 8)).resize((80, 80))
            image.save(folder / "images" / name / f"{number}.png")
    given = ("--data", folder / "images", "--epochs", 3, "--device", "cpu")
    assert gpunet("train", *given, "--out", folder / "run").status == 0
    return folder / "run"


@pytest.fixture
def shelf(trained: Path, maps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Both runs, in a folder without others."""
    monkeypatch.chdir(tmp_path)
    return Shelf([trained, maps], open_device("cpu"))


@pytest.fixture
def draw(shelf: Shelf) -> Guard:
    """The application."""
    return make_draw(shelf)
