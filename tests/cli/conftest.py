"""A run that many tests look at."""

import shutil
from pathlib import Path

import pytest

from tests.cli.running import gpunet


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of five epochs; not to be changed."""
    run = tmp_path_factory.mktemp("finished") / "run"
    assert gpunet("train", "--epochs", 5, "--out", run).status == 0
    return run


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed at will."""
    return Path(shutil.copytree(finished, tmp_path / "copied"))
