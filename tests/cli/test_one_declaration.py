"""An option is declared once, and from there comes to be everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gpunet

ROOT = Path(gpunet.__file__).parents[1]
BEFORE = "    deformation: Deformation = field(default_factory=Deformation)\n"
DECLARATION = """\
    gravity: float = option(
        9.81, Number(0, 100), "How strongly weights fall.", section=LEARNING
    )
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one more declaration, and nothing else."""
    root = tmp_path_factory.mktemp("extended")
    for name in ("gpunet", "scripts", "tests"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=skipped)
    (root / "data").symlink_to(ROOT / "data")
    config = root / "gpunet/training/config.py"
    source = config.read_text()
    assert source.count(BEFORE) == 1
    config.write_text(source.replace(BEFORE, DECLARATION + BEFORE))
    return root


def run(root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Python with that copy; it must be that which is imported."""
    environment = {**os.environ, "PYTHONPATH": str(root), "GPUNET_DEVICE": "cpu"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_in_the_help(extended: Path) -> None:
    said = run(extended, "-m", "gpunet", "train", "--help").stdout
    assert "--gravity X" in said
    assert "How strongly weights fall.  [default: 9.81]" in " ".join(said.split()).replace(
        "fall. [", "fall.  ["
    )


def test_it_is_checked_by_its_rule(extended: Path) -> None:
    refused = run(extended, "-m", "gpunet", "train", "--gravity", "101")
    assert refused.returncode == 2
    assert refused.stderr == "gpunet: --gravity 101: give a number from 0 to 100\n"


def test_it_goes_into_the_run_and_is_told(extended: Path, tmp_path: Path) -> None:
    options = ("--gravity", "1.5", "--epochs", "1", "--out", tmp_path / "run")
    outcome = run(extended, "-m", "gpunet", "train", *options)
    assert outcome.returncode == 0, outcome.stderr
    assert ", gravity 1.5, seed 0" in outcome.stdout
    assert json.loads((tmp_path / "run/run.json").read_text())["options"]["gravity"] == 1.5


def test_a_run_begun_before_it_has_its_default(extended: Path, tmp_path: Path) -> None:
    options = ("--epochs", "1", "--out", tmp_path / "run")
    assert run(ROOT, "-m", "gpunet", "train", *options).returncode == 0
    resumed = run(extended, "-m", "gpunet", "train", "--resume", tmp_path / "run", "--epochs", "2")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads((tmp_path / "run/run.json").read_text())["options"]["gravity"] == 9.81


def test_it_spans_a_grid(extended: Path, tmp_path: Path) -> None:
    grid = ("--gravity", "1", "--gravity", "2", "--epochs", "1", "--out", tmp_path / "run")
    outcome = run(extended, "-m", "gpunet", "train", *grid, "--json")
    assert outcome.returncode == 0, outcome.stderr
    settings = json.loads(outcome.stdout)["settings"]
    assert [setting["options"]["gravity"] for setting in settings] == [1.0, 2.0]
    assert json.loads((tmp_path / "run/run.json").read_text())["grid"]["gravity"] == [1.0, 2.0]


def test_it_is_in_the_documentation_s_table(extended: Path) -> None:
    table = run(extended, "scripts/options_table.py").stdout
    line = "| `--gravity` | a number from 0 to 100 | `9.81` | How strongly weights fall. |"
    assert line in table.splitlines()


def test_that_fit_does_not_write_it_out_is_told_with_the_place(extended: Path) -> None:
    program = "from tests.training.written_out import missing_from_fit; print(missing_from_fit())"
    told = run(extended, "-c", program).stdout
    assert told == "['gpunet/training/fit.py, fit: write gravity: float = 9.81']\n"
