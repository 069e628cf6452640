"""CSV files: good ones, and every kind of bad one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.datasets.readers import csv_files
from gpunet.datasets.readers.csv_files import read_csv, read_samples
from tests.datasets.samples import FUZZ, all_samples, make_samples, refused

IMAGES, LABELS = make_samples(100)
ROWS = np.column_stack([LABELS, IMAGES.reshape(100, 16)])
EVERY_ROW = sorted(row.tobytes() for row in ROWS)


def csv(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def lines(rows: Any = ROWS, heading: str = "") -> str:
    return heading + "".join(",".join(map(str, row)) + "\n" for row in rows)


LINE = "3,0,7\n"
TABLES = {
    "as it is": lines(),
    "headed": lines(heading="label," + ",".join(f"pixel{n}" for n in range(16)) + "\n"),
    "headed with numbers": lines(heading="label," + ",".join(map(str, range(16))) + "\n"),
    "headed with other words": lines(heading="digit," + "pixel," * 15 + "pixel\n"),
    "headed by pandas, with its index": "\n".join(
        [
            "," + ",".join(map(str, range(16))) + ",target",
            *(f"{n}," + ",".join(map(str, [*row[1:], row[0]])) for n, row in enumerate(ROWS)),
        ]
    ),
    "with ids": lines([["a b", *row] for row in ROWS], "Id,digit" + ",p" * 16 + "\n"),
    "label last": lines(np.roll(ROWS, -1, axis=1), "p," * 16 + "Class\n"),
    "fractions": lines(np.column_stack([LABELS, ROWS[:, 1:] / 255])),
    "byte order mark": "\ufeff" + lines(),
    "Windows": lines().replace("\n", "\r\n"),
    "blank lines": "\n" + lines().replace("\n", "\n\n"),
    "semicolons": lines().replace(",", ";"),
    "semicolons, headed": lines(heading="label" + ",p" * 16 + "\n").replace(",", ";"),
    "tabulators": lines().replace(",", "\t"),
    "quoted": "\n".join(",".join(f'"{field}"' for field in row) for row in ROWS),
    "quoted, headed": '"label"' + ',"p"' * 16 + "\n" + lines(),
    "quoted, headed, with spaces": '"p", ' * 16 + '"Label"\n' + lines(np.roll(ROWS, -1, axis=1)),
    "quoted, headed, as Windows has it": (
        '\ufeff"label"' + ',"p"' * 16 + "\r\n" + lines().replace("\n", "\r\n")
    ),
    "headed below a blank line": lines(heading="\nlabel" + ",p" * 16 + "\n"),
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_csv(tmp_path: Path, text: str) -> None:
    dataset = load_dataset(csv(tmp_path / "a.csv", text))
    assert all_samples(dataset) == EVERY_ROW
    assert dataset.shape == (4, 4)


HEADED = "label,a,b\n" + LINE
BAD_TABLES: dict[str, tuple[str | bytes, str]] = {
    "text": (LINE + "4,ink,2\n", "line 2, column 2: 'ink' is not a number"),
    "text in the first row": ("3,ink,7\n" + LINE, "line 1, column 2: 'ink' is not a number"),
    "text below a heading": (HEADED + "4,1,ink\n", "line 3, column 3: 'ink' is not a number"),
    "text below blank lines": ("\n\n" + HEADED + "\n4,1,x\n", "line 6, column 3: 'x' is not"),
    "text for a label": (LINE + "four,1,2\n", "line 2, column 1: 'four' is not a number"),
    "a remark": (LINE + "4,1,2 # seven\n", "line 2, column 3: '2 # seven' is not a number"),
    "an empty field": (LINE + "4,,2\n", "line 2, column 2: no number"),
    "an empty field in the first row": ("3,,7\n" + LINE, "line 1, column 2: no number"),
    "a short row": (LINE + "4,1\n", "line 2 has 2 columns, those above it 3"),
    "a long row": (LINE + "4,1,2,3\n", "line 2 has 4 columns, those above it 3"),
    "decimal commas": ("3;0,5;0\n" * 9, "line 1, column 2: '0,5' is not .* with a point"),
    "as many decimal commas": (
        "3;0,5;0,25\n" * 9,
        "line 1, column 2: '0,5' is not a number; write decimals with a point",
    ),
    "decimal commas alone": (
        "0,5;0,25;3\n" * 9,
        "line 1, column 2: '0,25' is not a number; write decimals with a point",
    ),
    "decimal commas and tabulators": ("3\t0,5\n" * 9, "line 1, column 2: '0,5' .* with a point"),
    "decimal commas below a heading": (
        "label;a;b\n3;0,5;0,25\n",
        "line 2, column 2: '0,5' is not a number; write decimals with a point",
    ),
    "semicolons and a comma": ("3;0;0\n4;1,2\n", "line 2, column 2: '1,2' is not a number"),
    "digits of another script": (LINE + "4,٣,2\n", "line 2, column 2: '٣' is not a number"),
    "a long text": (LINE + "4," + "x" * 900 + ",2\n", "line 2, column 2: 'x{40}' is not a number"),
    "no label": (HEADED + ",1,2\n", "line 3, column 1: no label"),
    "a quoted word": (LINE + '4,"ink, dry",2\n', "line 2, column 2: 'ink, dry' is not a number"),
    "pixels alone, as a competition gives them to be told": (
        "pixel0,pixel1,pixel2\n" + LINE,
        r"no column of labels \(its columns are pixel0, pixel1, pixel2\).*gpunet predict",
    ),
    "pixels alone, named by place": ("1x1,1x2,1x3\n" + LINE, "no column of labels"),
    "no heading for labels": (
        "number,a,b,c,d,last\n" + "3,0,7,1,1,1\n",
        "its columns are number, a, b, …, last; head the labels label, labels, class, target, y",
    ),
    "several labels": (
        "Label,a,target\n" + LINE,
        r"several columns of labels \(label and target\)",
    ),
    "ids and labels alone": ("id,label\n1,2\n", "no column of pixels"),
    "a label without end": ("label,a,b\n" + "x" * 200 + ",1,2\n" + LINE, "longer than 100"),
    "nothing": ("", "no rows"),
    "blank lines": ("\n\n\n", "no rows"),
    "a heading alone": ("label,a,b\n", "no rows"),
    "one row": (LINE, "1 sample is too few"),
    "labels alone": ("3\n4\n", "lines have one column"),
    "NaN": (LINE + "4,nan,2\n", "line 2, column 2: pixel value nan is none"),
    "infinite": (HEADED + "4,1,-inf\n", "line 3, column 3: pixel value -inf is none"),
    "too large for float32": (LINE + "4,1e300,2\n", "line 2, column 2: .*1e300 is out of range"),
    "pixel out of range": (LINE + "4,300,2\n", "line 2, column 2: .*300 is out of range"),
    "negative pixel": (LINE + "\n4,1,-2\n", "line 3, column 3: pixel value -2 is out of range"),
    "negative label": (LINE + "-4,1,2\n", "line 2, column 1: label -4 is out of range"),
    "negative label, last": ("a,b,y\n1,2,-1\n", "line 2, column 3: label -1 is out of range"),
    "large label": (LINE + "1000,1,2\n", "line 2, column 1: label 1000 is out of range"),
    "half a label": (LINE + "1.5,1,2\n", "line 2, column 1: label 1.5 is not a whole number"),
    "label NaN": (LINE + "nan,1,2\n", "line 2, column 1: label nan is not a whole number"),
    "bytes": (b"\x93\xfa\x00\xff\n" * 9, "not a CSV"),
    "UTF-16": (LINE.encode("utf-16"), "not a CSV"),
    "an endless field": ("1" * 200_000, "not a CSV"),
    "an endless line": ("1," * (8 << 20) + "1\n", "a line does not end"),
}


@pytest.mark.parametrize(("text", "words"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_csv_is_refused(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = csv(tmp_path / "a.csv", text)
    with refused(path, words):
        load_dataset(path)


@pytest.mark.parametrize("name", ["label", "Labels", "class", "target", "y", '"Y"', "digit"])
@pytest.mark.parametrize("place", [0, 3, 16])
def test_labels_stand_in_the_column_that_is_headed_so(
    tmp_path: Path, name: str, place: int
) -> None:
    headings = [f"pixel_{n // 4}_{n % 4}" for n in range(16)]
    headings.insert(place, name)
    order = [*range(1, 17)]
    order.insert(place, 0)
    text = lines(ROWS[:, order], ",".join(headings) + "\n")
    assert all_samples(load_dataset(csv(tmp_path / "a.csv", text))) == EVERY_ROW


def test_beside_a_label_x_and_y_are_pixels(tmp_path: Path) -> None:
    table = read_csv(csv(tmp_path / "a.csv", "x,y,label\n1,2,7\n3,4,8\n"))
    np.testing.assert_array_equal(table.pixels, [[1, 2], [3, 4]])
    assert table.names == ("7", "8")


def test_a_letter_above_which_nothing_stands_is_a_label(tmp_path: Path) -> None:
    table = read_csv(csv(tmp_path / "a.csv", "y,2,8,3\nT,1,2,3\n"))
    assert table.names == ("y", "T")
    assert len(table.pixels) == 2


@pytest.mark.parametrize("heading", ["id", "ImageId", "index", '""', "Unnamed: 0"])
def test_ids_are_neither_labels_nor_pixels(tmp_path: Path, heading: str) -> None:
    text = heading + ",p1,p2\n7,1,2\nb c,3,4\n"
    table = read_samples(csv(tmp_path / "a.csv", text), 2)
    np.testing.assert_array_equal(table.pixels, [[1, 2], [3, 4]])
    assert table.labels is None
    assert table.ids == ("7", "b c")


def test_a_table_to_predict_with_a_column_of_no_known_heading_is_refused(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "what,p1,p2\n7,1,2\n")
    with refused(path, "its columns are what, p1, p2; head the labels label"):
        read_samples(path, 2)
    np.testing.assert_array_equal(read_samples(path, 3).pixels, [[7, 1, 2]])


def test_of_a_competitions_folder_whose_test_file_has_ids_it_is_left_out(tmp_path: Path) -> None:
    heading = ",".join(f"pixel{n}" for n in range(16)) + "\n"
    csv(tmp_path / "train.csv", lines([[9, *row] for row in ROWS], "id,label," + heading))
    csv(tmp_path / "test.csv", lines(ROWS, "id," + heading))
    dataset = load_dataset(tmp_path)
    assert all_samples(dataset) == EVERY_ROW
    assert "test.csv left out" in dataset.note


@pytest.mark.parametrize("delimiter", list(",;\t"))
@pytest.mark.parametrize("heading", [True, False])
def test_words_are_names_of_classes_in_natural_order(
    tmp_path: Path, delimiter: str, heading: bool
) -> None:
    names = ["item10", "item9", "Ω", "a dog", "a"]
    rows = [[names[row[0] % 5], *map(str, row[1:])] for row in ROWS]
    text = "\n".join(delimiter.join(row) for row in rows)
    if heading:
        text = delimiter.join(["label", *(f"pixel{n}" for n in range(16))]) + "\n" + text
    dataset = load_dataset(csv(tmp_path / "a.csv", text))
    assert dataset.classes == ("a", "a dog", "item9", "item10", "Ω")
    order = [dataset.classes.index(name) for name in names]
    relabelled = ROWS.copy()
    relabelled[:, 0] = [order[row[0] % 5] for row in ROWS]
    assert all_samples(dataset) == sorted(row.tobytes() for row in relabelled)


def test_digits_and_letters_in_a_column_headed_so_are_classes(tmp_path: Path) -> None:
    names = "0123456789ABCDEFGHIJ"
    text = "".join(f"{names[n % 20]},{n % 256},{n % 7}\n" for n in range(400))
    dataset = load_dataset(csv(tmp_path / "a.csv", "label,a,b\n" + text))
    assert "".join(dataset.classes) == names


def test_training_and_test_files_share_their_classes(tmp_path: Path) -> None:
    csv(tmp_path / "train.csv", "".join(f"{'ab7'[n % 3]},1,{n}\n" for n in range(60)))
    csv(tmp_path / "test.csv", "label,p,q\n" + "7,1,2\n" * 5)
    dataset = load_dataset(tmp_path)
    assert dataset.classes == ("7", "a", "b")
    assert set(dataset.test.labels) == {0}


def test_of_a_competitions_folder_the_test_file_without_labels_is_left_out(tmp_path: Path) -> None:
    heading = ",".join(f"pixel{n}" for n in range(16)) + "\n"
    csv(tmp_path / "train.csv", lines(heading="label," + heading))
    csv(tmp_path / "test.csv", lines(ROWS[:, 1:], heading))
    csv(tmp_path / "sample_submission.csv", "ImageId,Label\n1,0\n")
    dataset = load_dataset(tmp_path)
    assert all_samples(dataset) == EVERY_ROW
    assert "test.csv left out, since it has no labels" in dataset.note


def test_a_table_longer_than_a_block_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files, "BLOCK", 17 * 9)
    assert all_samples(load_dataset(csv(tmp_path / "a.csv", lines()))) == EVERY_ROW
    path = csv(tmp_path / "b.csv", lines() + "1,2\n")
    with refused(path, "line 101 has 2 columns, those above it 17"):
        load_dataset(path)


@FUZZ
@given(text=st.text("0123456789,;\t.-_einaf\n\r\"'# \0é", max_size=60))
def test_any_text_is_a_table_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        table = read_csv(csv(tmp_path_factory.getbasetemp() / "fuzz.csv", text))
    except InputError:
        return
    assert table.pixels.ndim == 2
    assert table.labels is not None
    assert table.labels.shape == table.pixels.shape[:1]
    assert table.labels.max() < len(table.names)


@FUZZ
@given(text=st.text("0123456789,;\t.-_einaf\n\r\"'# \0é", max_size=60), features=st.integers(1, 4))
def test_any_text_is_a_table_to_predict_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, text: str, features: int
) -> None:
    try:
        path = csv(tmp_path_factory.getbasetemp() / "fuzz.csv", text)
        table = read_samples(path, features)
    except InputError:
        return
    assert table.pixels.shape[1] == features


def test_a_heading_of_another_length_than_the_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lines have 1 columns, the first 2"):
        read_samples(csv(tmp_path / "a.csv", "pixel0,pixel1\n0\n"), 2)
