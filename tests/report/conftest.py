"""Runs that many tests report on, and the pages that came of them."""

from pathlib import Path

import pytest

from tests.cli.running import gpunet
from tests.report.reading import Page


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, a population of three, and a population of two settings; not to be changed."""
    made = tmp_path_factory.mktemp("runs")
    short = ("--epochs", 3)
    assert gpunet("train", *short, "--out", made / "run").status == 0
    network = ("--hidden", "4C3,MP2,20", "--activation", "relu", "--cost", "log-likelihood")
    training = ("--learning-rate", 0.0123456789, "--l2", 1, "--keep-best", "--seed", 7)
    assert gpunet("train", *short, *network, *training, "--out", made / "other").status == 0
    assert gpunet("train", *short, "--networks", 3, "--out", made / "three").status == 0
    grid = ("--learning-rate", 1, "--learning-rate", 3, "--hidden", 10, "--networks", 2)
    assert gpunet("train", *short, *grid, "--out", made / "grid").status == 0
    return made


@pytest.fixture(scope="session")
def pages(folder: Path) -> dict[str, Page]:
    """The report on each of them, and on two runs compared."""
    made = {}
    for name in ("run", "other", "three", "grid"):
        assert gpunet("report", folder / name).status == 0
        made[name] = Page((folder / name / "report.html").read_text("utf-8"))
    both = folder / "both.html"
    assert gpunet("report", folder / "run", folder / "other", "--out", both).status == 0
    return {**made, "both": Page(both.read_text("utf-8"))}
