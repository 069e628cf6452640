"""A run that many tests look at."""

import shutil
from pathlib import Path

import pytest

from tests.backends import open_backend
from tests.cli.running import gpunet


@pytest.fixture(scope="session")
def where(request: pytest.FixtureRequest) -> str:
    """The device on which commands compute: the CPU, or what `everywhere` asks for."""
    asked = getattr(request, "param", None)
    return open_backend(asked).name if asked else "cpu"


@pytest.fixture(autouse=True)
def commands_compute_there(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless they name a device."""
    monkeypatch.setenv("GPUNET_DEVICE", where)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """A finished run of five epochs; not to be changed."""
    run = tmp_path_factory.mktemp("finished") / "run"
    assert gpunet("train", "--epochs", 5, "--device", where, "--out", run).status == 0
    return run


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed at will."""
    return Path(shutil.copytree(finished, tmp_path / "copied"))


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """Three networks that are finished; not to be changed."""
    run = tmp_path_factory.mktemp("three") / "run"
    options = ("--networks", 3, "--epochs", 2, "--device", where)
    assert gpunet("train", *options, "--out", run).status == 0
    return run


@pytest.fixture
def two_of_three(three: Path, tmp_path: Path) -> Path:
    """The same, with the last still to be trained, to be changed at will."""
    run = Path(shutil.copytree(three, tmp_path / "two-of-three"))
    shutil.rmtree(run / "networks/002")
    return run


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A picture of eight by eight pixels."""
    path = tmp_path / "image.pgm"
    path.write_bytes(b"P5 8 8 255 " + bytes(range(0, 256, 4)))
    return path
