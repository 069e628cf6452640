"""What is built of this project, and that every tool is told of the same."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import gpunet

ROOT = Path(__file__).parent.parent


DATA = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("built")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


def test_the_wheel_holds_all_that_the_package_needs(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = Path(gpunet.__file__).parent
    needed = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.cu", "*.toml", "py.typed", "web/static/*")
        for path in package.rglob(pattern)
    }
    assert "gpunet/py.typed" in needed
    assert "data/network/model.safetensors" in DATA
    assert needed | {f"gpunet/{path}" for path in DATA} <= held


def test_the_source_distribution_holds_the_data(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as file:
        held = {name.partition("/")[2] for name in file.getnames()}
    assert held >= DATA


def test_what_is_installed_reads_digits(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path)
    sample = tmp_path / "gpunet" / "data" / "samples" / "5.png"
    done = subprocess.run(
        [sys.executable, "-m", "gpunet", "predict", sample, "--device", "cpu", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    said = json.loads(done.stdout)
    assert said["run"] == str(tmp_path / "gpunet" / "data" / "network")
    assert [each["label"] for each in said["predictions"]] == ["5"]


def test_hooks_run_what_the_test_script_runs() -> None:
    script = (ROOT / "scripts" / "test").read_text()
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    tools = re.findall(r'^run "\$venv/bin/(ruff|mypy)"(.*)$', script, re.MULTILINE)
    assert len(tools) == 3
    for tool, arguments in tools:
        assert f"entry: scripts/python -m {tool}{arguments}\n" in hooks
    assert "entry: scripts/test\n" in hooks


def test_the_workflow_tests_every_python_that_is_announced() -> None:
    announced = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', read("pyproject.toml"))
    (matrix,) = re.findall(r"^ +python: \[(.*)\]$", read(".github/workflows/test.yml"), re.M)
    assert matrix.replace('"', "").split(", ") == announced


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
