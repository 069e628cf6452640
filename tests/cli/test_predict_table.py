"""gpunet predict with a table: what the network answers for each row, and where it is written."""

import csv
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from gpunet.cli.predict_table import MOST_LINES
from tests.cli.running import gpunet

TEST = package.load_dataset("digits").test
HEADING = ",".join(f"pixel{n}" for n in range(64))


def write_table(path: Path, rows: object, heading: str = "", delimiter: str = ",") -> Path:
    np.savetxt(path, np.asarray(rows), "%.9g", delimiter, header=heading, comments="")
    if not heading:
        path.write_text(path.read_text().lstrip("\n"))
    return path


def answers(run: Path) -> list[str]:
    """What the network says of the test images when it is asked in Python."""
    network = package.load(run / "model.safetensors", "cpu")
    return [str(label) for label in network.predict(TEST.images).tolist()]


@pytest.mark.parametrize("heading", ["", HEADING])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_is_predicted_into_a_file(
    finished: Path, tmp_path: Path, heading: str, delimiter: str
) -> None:
    heading = heading.replace(",", delimiter)
    table = write_table(tmp_path / "test.csv", TEST.images, heading, delimiter)
    outcome = gpunet("predict", finished, table, "--submission", tmp_path / "answers.csv")
    assert outcome.status == 0
    assert "359 rows" in outcome.out
    with open(tmp_path / "answers.csv", newline="") as file:
        first, *rows = csv.reader(file)
    assert first == ["ImageId", "Label"]
    assert rows == [[str(n), label] for n, label in enumerate(answers(finished), 1)]
    assert {path.name for path in tmp_path.iterdir()} == {"test.csv", "answers.csv"}


@pytest.mark.parametrize("heading", ["ImageId", "id"])
def test_the_ids_of_a_table_are_those_of_the_submission(
    finished: Path, tmp_path: Path, heading: str
) -> None:
    numbers = np.arange(len(TEST))[::-1] + 28001
    table = write_table(
        tmp_path / "test.csv", np.column_stack([numbers, TEST.images]), f"{heading},{HEADING}"
    )
    outcome = gpunet("predict", finished, table, "--submission", tmp_path / "answers.csv")
    assert outcome.status == 0
    assert "accuracy" not in outcome.out
    with open(tmp_path / "answers.csv", newline="") as file:
        first, *rows = csv.reader(file)
    assert first == ["ImageId", "Label"]
    expected = zip(map(str, numbers), answers(finished), strict=True)
    assert rows == [list(row) for row in expected]
    told = gpunet("predict", finished, table, "--json").result["predictions"]
    assert [each["id"] for each in told] == [row[0] for row in rows]


def test_few_rows_are_told_a_line_each(finished: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "a.csv", TEST.images[:MOST_LINES])
    lines = gpunet("predict", finished, table).out.splitlines()
    said = [line.split()[:2] for line in lines]
    assert said == [[f"{n}:", label] for n, label in enumerate(answers(finished)[:20], 1)]


def test_of_many_rows_it_is_said_where_all_are(finished: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "a.csv", TEST.images[: MOST_LINES + 1])
    lines = gpunet("predict", finished, table).out.splitlines()
    assert len(lines) == MOST_LINES + 1
    assert "--submission FILE or --json" in lines[-1]


def test_json_gives_all_rows(finished: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "a.csv", TEST.images)
    result = gpunet("predict", finished, table, "--json").result
    assert [each["label"] for each in result["predictions"]] == answers(finished)
    assert all(sum(p["probabilities"].values()) == pytest.approx(1) for p in result["predictions"])
    assert "accuracy" not in result


LABELLED = {
    "first": (np.column_stack([TEST.labels, TEST.images]), ""),
    "headed, first": (np.column_stack([TEST.labels, TEST.images]), f"label,{HEADING}"),
    "headed, last": (np.column_stack([TEST.images, TEST.labels]), f"{HEADING},class"),
    "fractions": (np.column_stack([TEST.labels, TEST.images / 16]), ""),
}


@pytest.mark.parametrize(("rows", "heading"), LABELLED.values(), ids=LABELLED)
def test_labels_are_left_out_and_compared(
    finished: Path, tmp_path: Path, rows: object, heading: str
) -> None:
    table = write_table(tmp_path / "a.csv", rows, heading)
    result = gpunet("predict", finished, table, "--json").result
    told = answers(finished)
    assert [each["label"] for each in result["predictions"]] == told
    right = sum(int(label) == answer for label, answer in zip(told, TEST.labels, strict=True))
    assert result["correct"] == right
    assert result["accuracy"] == right / len(TEST)
    assert "accuracy" in gpunet("predict", finished, table).out


def test_labels_that_the_network_does_not_know_are_counted(finished: Path, tmp_path: Path) -> None:
    rows = np.column_stack([np.full(5, 33), TEST.images[:5]])
    outcome = gpunet("predict", finished, write_table(tmp_path / "a.csv", rows))
    assert "0 of 5" in outcome.out
    assert "5 have labels that the network does not know" in outcome.out


BAD = {
    "too few columns": ("1," * 59 + "1\n", "60 columns; the network takes 64 pixels"),
    "too many columns": ("1," * 65 + "1\n", "66 columns; the network takes 64 pixels"),
    "a label headed, too few": ("label,a\n1,2\n", "2 columns"),
    "too bright": ("200," * 63 + "1\n", "pixels go up to 200; the network takes 0 to 16"),
    "a word": ("1," * 63 + "ink\n", "line 1, column 64: 'ink' is not a number"),
    "nothing": ("", "no rows"),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_a_table_that_does_not_fit_is_refused(
    finished: Path, tmp_path: Path, text: str, words: str
) -> None:
    table = tmp_path / "a.csv"
    table.write_text(text)
    outcome = gpunet("predict", finished, table, "--submission", tmp_path / "b.csv")
    assert outcome.status == 2
    assert str(table) in outcome.complaint
    assert words in outcome.complaint
    assert not (tmp_path / "b.csv").exists()


def test_what_cannot_be_meant_is_refused(finished: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "a.csv", TEST.images[:2])
    before = table.read_bytes()
    for words, complaint in {
        (table, "--submission", table): "is the table itself",
        (table, "--submission", tmp_path / "nowhere" / "b.csv"): "cannot be written",
        (table, table): "one table alone",
        (table, "--show", tmp_path / "b.png"): "--show draws",
        ("data/samples", "--submission", tmp_path / "b.csv"): "give one, a .csv",
        (tmp_path / "missing.csv",): "no such file",
    }.items():
        outcome = gpunet("predict", finished, *words)
        assert outcome.status == 2
        assert complaint in outcome.complaint
    assert table.read_bytes() == before
