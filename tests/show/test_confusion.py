"""The confusion matrix: told whole, however many classes, however narrow the terminal."""

import re
from collections.abc import Sequence
from io import StringIO

import numpy as np
import pytest
from rich.cells import cell_len

from gpunet.evaluation.result import Evaluation
from gpunet.show.confusion import print_confusion
from gpunet.show.console import Console

LETTERS = tuple(map(chr, [*range(48, 58), *range(65, 91), *range(97, 123)]))
NAMES = {
    "digits": LETTERS[:10],
    "letters": LETTERS[10:36],
    "letters and digits": LETTERS,
    "words": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "truck"),
    "long names": tuple(f"class-{n}-{'x' * 50}" for n in range(5)),
    "wide letters": ("飛行機", "自動車", "鳥", "猫"),
}


def told(names: Sequence[str], confusion: object, width: int, colour: bool = False) -> str:
    file = StringIO()
    options = {"force_terminal": True, "color_system": "standard"} if colour else {}
    console = Console(file=file, width=width, **options)
    print_confusion(console, Evaluation(0.5, np.array(confusion)), names)
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 160])
@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_every_number_and_every_name_is_told(width: int, names: tuple[str, ...]) -> None:
    size = len(names)
    said = told(names, np.arange(size**2).reshape(size, size) + 10_000, width)
    assert "…" not in said
    found = re.findall(r"\b1[0-9]{4}\b", said)
    assert sorted(map(int, found)) == list(range(10_000, 10_000 + size**2))
    for name in names:
        assert said.count(name) >= 2
    longest = max(map(cell_len, names)) + 12
    assert all(cell_len(line) <= max(width, longest) for line in said.splitlines())


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("colour", [False, True])
def test_mnist_has_a_matrix(width: int, colour: bool) -> None:
    confusion = np.full((10, 10), 12) + np.diag(np.arange(1100, 1110))
    said = re.sub(r"\x1b\[[0-9;]*m", "", told(NAMES["digits"], confusion, width, colour))
    lines = said.splitlines()
    assert lines[1].split() == list(NAMES["digits"])
    for label, line in enumerate(lines[3:13]):
        assert line.split() == [str(label), *map(str, confusion[label])]
    assert max(map(len, lines)) <= width


def test_colours_are_only_where_there_are_some() -> None:
    confusion = [[5, 0], [2, 9]]
    assert "\x1b" not in told("ab", confusion, 80)
    coloured = told("ab", confusion, 80, colour=True)
    assert re.search(r"\x1b\[32m +5\x1b", coloured)
    assert re.search(r"\x1b\[31m +2\x1b", coloured)


def test_many_classes_are_told_by_what_they_are_taken_for() -> None:
    confusion = np.diag(np.full(62, 10))
    confusion[0, 24], confusion[0, 50], confusion[5, 28] = 7, 9, 1
    confusion[9] = 0
    lines = told(LETTERS, confusion, 80).splitlines()
    assert " 0  10 of 26 right,  e: 9,  E: 7".replace("e", LETTERS[50]).replace(
        "E", LETTERS[24]
    ) in (lines)
    assert f" 5  10 of 11 right,  {LETTERS[28]}: 1" in lines
    assert not any(line.startswith(" 9 ") for line in lines)
