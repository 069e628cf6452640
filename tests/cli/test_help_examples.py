"""The examples that end every help work as they are typed, in the order in which they are read."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from gpunet.cli.main import gpunet as group
from gpunet.cli.sections import SectionedCommand, SectionedGroup
from gpunet.datasets.mnist import find_mnist
from gpunet.serialization.shipped import sample_images
from tests.cli.running import gpunet

# What the examples take for granted: two runs, and a photograph.
PREPARATION = ("gpunet train --epochs 6 --out runs/1", "gpunet train --epochs 5 --out runs/2")
PHOTOGRAPH = "photo.jpg"
# These serve a page until they are interrupted.
SERVING = ("draw", "play")
# What must be installed besides, by the words that make use of it.
NEEDED = {"svm": "sklearn", "report": "matplotlib", "--onnx": "onnx_ir", "draw": "uvicorn"}
NEEDED["play"] = NEEDED["draw"]


def examples_of(command: click.Command) -> list[str]:
    """The examples of a command, then those of the commands in it."""
    assert isinstance(command, SectionedCommand | SectionedGroup)
    within = command.commands.values() if isinstance(command, click.Group) else ()
    return [*command.examples, *(each for one in within for each in examples_of(one))]


EXAMPLES = examples_of(group)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they are typed, one after the other."""
    there = tmp_path_factory.mktemp("typed")
    image = next(path for path in sorted(sample_images().iterdir()) if path.suffix == ".png")
    shutil.copy(image, there / PHOTOGRAPH)
    for line in PREPARATION:
        ended = typed(line, there)
        assert ended.returncode == 0, ended.stderr
    return there


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What became of a line typed at a shell's prompt; a page is interrupted once it is served."""
    program = folder / "programs" / "gpunet"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gpunet "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "GPUNET_DEVICE": "cpu",
        "BROWSER": "true",  # the program of that name, which shows no page
        "no_proxy": "*",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    # With exec, what is interrupted is the command, not the shell.
    process = subprocess.Popen(
        ["sh", "-c", f"exec {line}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    assert process.stdout is not None
    if shlex.split(line)[1] in SERVING:
        while (told := process.stdout.readline()) and "Ctrl-C ends it" not in told:
            said += told
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(line, process.returncode, said + out, err)


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works_as_it_is_typed(folder: Path, line: str) -> None:
    words = shlex.split(line)
    for word, module in NEEDED.items():
        if word in words and find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    if {"mnist", "bench"} & set(words) and find_mnist() is None:
        pytest.skip("MNIST is not here, and would have to be fetched")
    ended = typed(line, folder)
    expected = 128 + signal.SIGINT if words[1] in SERVING else 0
    assert ended.returncode == expected, ended.stderr
    assert "gpunet: " not in ended.stderr.replace("gpunet: interrupted", "")


def test_what_is_typed_is_what_help_shows() -> None:
    assert len(EXAMPLES) == 2 * len(set(map(id, every(group))))
    for line in group.examples if isinstance(group, SectionedGroup) else ():
        assert f"\n  {line}\n" in gpunet("--help").out


def every(command: click.Command) -> list[click.Command]:
    """A command and all that are in it."""
    within = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *(each for one in within for each in every(one))]
