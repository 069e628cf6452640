"""Ctrl-C in the first moments: exit 130 and a word, never a traceback."""

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import gpunet

# Writes a dot when the first import that takes time begins, then runs the command.
BEGIN = """
import os, sys
told = []
def tell(event, arguments):
    if event == "import" and arguments[0] == "click" and not told:
        told.append(os.write(1, b"."))
sys.addaudithook(tell)
"""
PROJECT = Path(gpunet.__file__).parent.parent / "pyproject.toml"
MODULE, FUNCTION = tomllib.loads(PROJECT.read_text())["project"]["scripts"]["gpunet"].split(":")
ENTRIES = {
    # As the script that is installed begins.
    "gpunet": f"from {MODULE} import {FUNCTION}\nsys.exit({FUNCTION}())",
    "python -m gpunet": "import runpy\nrunpy.run_module('gpunet', run_name='__main__')",
}


def begin(entry: str, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """Start the command, and return as soon as its imports have begun."""
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", BEGIN + ENTRIES[entry], *arguments],
        env={**os.environ, "GPUNET_DEVICE": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )
    assert process.stdout is not None
    assert process.stdout.read(1) == "."
    return process


@pytest.mark.parametrize("milliseconds", range(0, 101, 5))
@pytest.mark.parametrize("entry", ENTRIES)
def test_ctrl_c_while_modules_are_imported_ends_quietly(
    tmp_path: Path, entry: str, milliseconds: int
) -> None:
    process = begin(entry, "train", "--epochs", "100000", cwd=tmp_path)
    time.sleep(milliseconds / 1000)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "gpunet: interrupted"
    assert process.returncode == 130
    assert not any(tmp_path.iterdir())


def test_ctrl_c_twice_is_no_worse(tmp_path: Path) -> None:
    process = begin("gpunet", "train", "--epochs", "100000", cwd=tmp_path)
    time.sleep(0.15)
    for _ in range(20):
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode == 130


def test_ctrl_c_that_is_ignored_stays_so() -> None:
    """As the shell has it for what runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = begin("gpunet", "--version")
    finally:
        signal.signal(signal.SIGINT, before)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == (f"gpunet, version {gpunet.__version__}\n", "")
    assert process.returncode == 0
