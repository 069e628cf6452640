"""Names from outside: whatever they hold, commands work, and a terminal is only shown text."""

import os
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.running import Outcome, gpunet

NAMES = {
    "escape sequence": b"\x1b[2J\x1b[31mred",
    "no UTF-8": b"caf\xe9",
    "control sequence of one byte": "\x9b2J".encode(),
    "lines": b"a\ngpunet: all is well",
    "carriage return": b"a\rgpunet: all is well",
    "right to left": "\u202egnp.exe".encode(),
    "markup": b"[red]cat[/red]",
    "unclosed markup": b"x[/y]",
    "emoji code": b":cat:",
}
every_name = pytest.mark.parametrize("name", [*map(os.fsdecode, NAMES.values())], ids=NAMES)
SHOWN = {
    os.fsdecode(b"caf\xe9"): r"caf\xe9",
    "\x1b[2J\x1b[31mred": r"\x1b[2J\x1b[31mred",
    "a\ngpunet: all is well": r"a\ngpunet: all is well",
    "[red]cat[/red]": "[red]cat[/red]",
    "x[/y]": "x[/y]",
    ":cat:": ":cat:",
}


def run(*arguments: object) -> Outcome:
    """Run a command, and see that what it prints can be seen, and be written."""
    outcome = gpunet(*arguments)
    assert "please report it" not in outcome.err
    for line in (outcome.out + outcome.err).split("\n"):
        assert line.isprintable(), repr(line)
        assert line.encode().decode() == line
    return outcome


def write_image(path: Path, light: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(light).integers(0, 40, (8, 8), np.uint8)
    Image.fromarray(noise + np.uint8(light)).save(path, "png")
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@every_name
def test_classes_may_be_called_anything(here: Path, name: str) -> None:
    shown = SHOWN.get(name, "").replace("/", "")
    name = name.replace("/", "")
    for number in range(20):
        write_image(here / "data" / name / f"{number}{name}.png", 40)
        write_image(here / "data" / "dog" / f"{number}.png", 160)
    trained = run("train", "--data", "data", "--epochs", 2, "--out", "run", "--json").result
    assert trained["total"] == 8
    assert run("train", "--resume", "run", "--epochs", 3).status == 0
    evaluated = run("evaluate", "run", "--json").result
    assert "dog" in evaluated["classes"]
    image = here / "data" / name / f"1{name}.png"
    predicted = run("predict", "run", image, "--json").result["predictions"]
    assert [os.fsencode(each["image"]) for each in predicted] == [os.fsencode(image)]
    for command in (["evaluate", "run"], ["predict", "run", image], ["data", "info", "data"]):
        told = run(*command)
        assert told.status == 0
        assert shown in told.out
    assert run("data", "info", "data", "--json").result["classes"] == evaluated["classes"]


@every_name
def test_a_run_may_be_called_anything(here: Path, finished: Path, name: str) -> None:
    shutil.copytree(finished, here / name)
    shutil.copytree(finished, here / f"{name} too")
    assert run("evaluate", name).status == 0
    together = run("evaluate", name, f"{name} too")
    assert together.status == 0
    assert SHOWN.get(name, "") in together.out
    assert run("train", "--epochs", 1, "--out", name).status == 2
    assert run("train", "--epochs", 1, "--out", name, "--overwrite").status == 0
    assert run("train", "--resume", name, "--epochs", 3).status == 0
    assert run("train", "--networks", 2, "--epochs", 1, "--out", f"{name} many").status == 0
    assert run("evaluate", f"{name} many").status == 0


@every_name
def test_what_is_not_there_may_be_called_anything(here: Path, finished: Path, name: str) -> None:
    for words in (
        ["evaluate", name],
        ["evaluate", finished, name],
        ["evaluate", finished, "--data", name],
        ["predict", finished, name],
        ["predict", name, name],
        ["train", "--data", name],
        ["train", "--resume", name],
        ["train", "--recipe", name],
        ["train", "--device", name],
        ["train", "--seed", name],
        ["train", "--hidden", name],
        ["train", "--cost", name],
        ["train", f"--{name}"],
        ["train", name],
        [name],
        ["data", name],
        ["data", "fetch", name],
        ["data", "show", name],
        ["baseline", name],
    ):
        refused = run(*words)
        assert refused.status == 2
        assert len(refused.err.splitlines()) == 1
    assert list(here.iterdir()) == []


@every_name
def test_members_of_an_archive_may_be_called_anything(here: Path, name: str) -> None:
    with zipfile.ZipFile(here / "a.npz", "w") as file:
        file.writestr(name.encode("utf-8", "replace").decode(), b"")
    assert run("train", "--data", "a.npz").status == 2


@every_name
def test_a_pickle_may_ask_for_anything(here: Path, name: str) -> None:
    asked = name.encode("utf-8", "replace")
    content = b"X" + struct.pack("<I", len(asked)) + asked
    (here / "a.pkl").write_bytes(b"\x80\x04" + content + content + b"\x93.")
    refused = run("train", "--data", "a.pkl")
    assert refused.status == 2
    assert "it asks for" in refused.complaint


@every_name
def test_fields_of_a_table_may_be_anything(here: Path, name: str) -> None:
    (here / "a.csv").write_bytes(b"3,0\n4," + os.fsencode(name).replace(b"\n", b" ") + b"\n")
    assert run("train", "--data", "a.csv").status == 2


def test_data_may_lie_where_no_utf8_leads(here: Path) -> None:
    data = os.fsdecode(b"caf\xe9")
    for number in range(20):
        write_image(here / data / "cat" / f"{number}.png", 40)
        write_image(here / data / "dog" / f"{number}.png", 160)
    assert run("train", "--data", data, "--epochs", 2, "--out", "run").status == 0
    assert run("evaluate", "run").status == 2  # its run.json can only spell that name
    assert run("evaluate", "run", "--data", data).status == 0
    assert run("train", "--resume", "run", "--data", data, "--epochs", 3).status == 0
    many = ["train", "--data", data, "--epochs", 1, "--networks", 2, "--out", "many"]
    assert run(*many).status == 0
