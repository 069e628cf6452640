"""README.md and the guide: what they show runs as written, and what they name is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from gpunet.datasets.mnist import find_mnist

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
GUIDE = ("index", "book", "own-images", "learning", "many-networks")
PAGES = [README, *(ROOT / "docs" / f"{name}.md" for name in GUIDE)]
BLOCK = re.compile(r"^```(?P<language>sh|python)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)(?P<path>[^)#]+)")
# In an environment the command is `gpunet`; scripts/gpunet makes the environment and then runs it.
PROGRAM = f'#!/bin/sh\nexec "{sys.executable}" -m gpunet "$@"\n'


class Block(NamedTuple):
    """A block of code, and where it stands."""

    page: Path
    number: int
    language: str
    code: str


def blocks_of(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(page, n, block["language"], block["code"]) for n, block in enumerate(found)]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def name_of(block: Block) -> str:
    return f"{block.page.name}-{block.number}"


def why_not(block: Block) -> str:
    """Why a block is not run here; empty if it is."""
    if block.code == "scripts/test\n":
        return "scripts/test runs this very test"
    if block.page.name == "book.md" and ".SGD(" in block.code:
        return "the book's own sessions train for minutes"
    if re.search("mnist(?!-conv)|nielsen", block.code) and find_mnist() is None:
        return "MNIST is not here, and would have to be fetched"
    return ""


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[Block, subprocess.CompletedProcess[str]]:
    """What became of the blocks, those of a page run in their order in one folder."""
    programs = tmp_path_factory.mktemp("programs")
    folders = {page: tmp_path_factory.mktemp("clone") for page in PAGES}
    for folder in folders.values():
        shutil.copytree(ROOT / "data", folder / "data")  # as in a clone
    for path in (programs / "gpunet", folders[README] / "scripts" / "gpunet"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(PROGRAM)
        path.chmod(0o755)
    environment = {
        **os.environ,
        "GPUNET_DEVICE": "cpu",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    interpreters = {"sh": ["sh", "-e", "-c"], "python": [sys.executable, "-W", "error", "-c"]}
    return {
        block: subprocess.run(
            [*interpreters[block.language], block.code],
            cwd=folders[block.page],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        for block in BLOCKS
        if not why_not(block)
    }


@pytest.mark.parametrize("block", BLOCKS, ids=name_of)
def test_a_block_runs_as_written(
    block: Block, outcomes: dict[Block, subprocess.CompletedProcess[str]]
) -> None:
    if reason := why_not(block):
        pytest.skip(reason)
    done = outcomes[block]
    assert done.returncode == 0, done.stderr


def test_the_first_command_prints_what_is_shown(
    outcomes: dict[Block, subprocess.CompletedProcess[str]],
) -> None:
    shown = re.search(r"^```text\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    assert shown
    printed = [without_numbers(line) for line in outcomes[BLOCKS[0]].stdout.splitlines()]
    at = 0
    for line in shown[1].splitlines():
        if line != "…":
            at = printed.index(without_numbers(line), at) + 1
    assert at == len(printed)


def without_numbers(line: str) -> str:
    """A line without what depends on the machine: times, and the last digits of figures."""
    figures = re.sub(r"\d[\d,.]*", "N", re.sub(r"\d ms\b", "1 s", line))
    return re.sub(r"\s+", " ", figures)


def test_readme_is_read_in_three_minutes() -> None:
    prose = re.sub(r"^```.*?^```$", "", README.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert len(prose.split()) <= 700


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    for link in LINK.finditer((ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / link["path"]).exists(), link["path"]
