"""What commands say: briefly, truly, and on whatever terminal there is."""

import fcntl
import os
import re
import struct
import termios
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from gpunet.runs.recipe import list_recipes
from tests.cli.running import gpunet, start

WIDTHS = [40, 60, 80, 160]


def on_terminal(width: int, *arguments: object) -> str:
    """What a command prints on a terminal so many columns wide, without colours."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, width, 0, 0))
    process = start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    printed = b""
    with suppress(OSError):  # what Linux says when the other end is closed
        while part := os.read(ours, 1 << 16):
            printed += part
    os.close(ours)
    assert process.wait(timeout=60) == 0, printed
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed.decode()).replace("\r\n", "\n")


@pytest.fixture(autouse=True)
def width_of_the_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what counts where no variable says otherwise."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.mark.parametrize("width", WIDTHS)
def test_recipes_are_told_whole_on_any_terminal(width: int) -> None:
    told = on_terminal(width, "recipes")
    assert "…" not in told
    for recipe in list_recipes():
        assert re.search(rf"\b{recipe.name}\b", told)
        assert recipe.figure in told


@pytest.mark.parametrize("width", WIDTHS)
def test_an_evaluation_is_told_whole_on_any_terminal(finished: Path, width: int) -> None:
    told = on_terminal(width, "evaluate", finished)
    confusion = np.array(gpunet("evaluate", finished, "--json").result["confusion"])
    assert "…" not in told
    rows: dict[str, list[str]] = {digit: [] for digit in "0123456789"}
    matrix = told[told.index("predicted") :]
    for line in matrix[matrix.index("─") :].splitlines():
        if (words := line.split()) and words[0] in rows:
            rows[words[0]] += words[1:]
    found = [[int(cell.replace("·", "0")) for cell in row] for row in rows.values()]
    np.testing.assert_array_equal(found, confusion)
    assert told.count("true \\ predicted") == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_training_is_told_whole_on_any_terminal(tmp_path: Path, width: int) -> None:
    options = ["--epochs", 40, "--batch-size", 2, "--out", tmp_path / "run"]
    told = on_terminal(width, "train", *options)
    assert re.search(r"epoch \d+/40\s.*images/s", told)  # the live line was drawn
    assert "…" not in told
    assert re.search(r"accuracy \d\d\.\d\d % on the test split", told)


def test_many_settings_are_told_whole_on_a_narrow_terminal(tmp_path: Path) -> None:
    options = ["--learning-rate", 0.5, "--learning-rate", 3, "--networks", 2, "--epochs", 1]
    told = on_terminal(40, "train", *options, "--out", tmp_path / "run")
    assert "…" not in told
    assert re.findall(r"learning rate (\S+)", told) == ["0.5", "3"]
    assert len(re.findall(r"accuracy +\d\d\.\d\d ± \d+\.\d\d %", told)) == 2


def test_one_epoch_is_one(tmp_path: Path) -> None:
    said = gpunet("train", "--epochs", 1, "--out", tmp_path / "run").out
    assert "digits: 1 epoch, batch" in said
    assert "1 epochs," not in said
    assert not re.search(r"\b0\.0 s", said)


def test_the_device_is_told_in_a_short_line_on_standard_error(finished: Path) -> None:
    outcome = gpunet("evaluate", finished, "--device", "auto")
    assert "device:" not in outcome.out
    lines = outcome.err.splitlines()
    assert len(lines) == 1
    assert re.match(r"device: (cpu \(.+; see gpunet devices\)|cuda:0, which answers)$", lines[0])
    assert len(lines[0]) < 80


@pytest.mark.parametrize("networks", [1, 2])
def test_training_tells_the_device_once_in_a_short_line(tmp_path: Path, networks: int) -> None:
    options = ("--epochs", 1, "--networks", networks, "--out", tmp_path / "run")
    outcome = gpunet("train", *options, "--device", "auto")
    assert re.findall("^(device|fastest|engine):", outcome.out, re.MULTILINE) == []
    (line,) = outcome.err.splitlines()
    assert line.startswith("device: ")
    assert len(line) < 80
    named = gpunet("train", *options, "--overwrite", "--device", "cpu")
    assert named.err == ""


def test_a_data_set_of_one_class_teaches_nothing(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (60, 4, 4), np.uint8)
    np.savez(tmp_path / "oneclass.npz", images=images, labels=np.zeros(60, int))
    outcome = gpunet("train", "--data", tmp_path / "oneclass.npz", "--out", tmp_path / "run")
    assert outcome.status == 0
    assert "accuracy 100.00 %" in outcome.out
    assert "guessing" not in outcome.out
    assert "all images of the test split are of one class, 0" in outcome.out


def test_what_may_be_chosen_is_told_in_one_line() -> None:
    outcome = gpunet("baseline")
    assert outcome.status == 2
    assert len(outcome.err.splitlines()) == 1
    assert "darkness, svm" in outcome.complaint
