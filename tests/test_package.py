"""What is built of this project, and that every tool is told of the same."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import gpunet

ROOT = Path(__file__).parent.parent


def test_the_wheel_holds_all_that_the_package_needs(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = Path(gpunet.__file__).parent
    needed = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.cu", "*.toml", "py.typed", "web/static/*")
        for path in package.rglob(pattern)
    }
    data = {f"gpunet/data/digits/{path.name}" for path in (ROOT / "data" / "digits").iterdir()}
    assert "gpunet/py.typed" in needed
    assert needed | data <= held


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
