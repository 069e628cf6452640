"""CSV files: good ones, and every kind of bad one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.datasets.readers.tables import read_csv
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
    "label last": lines(np.roll(ROWS, -1, axis=1), "p," * 16 + "Class\n"),
    "fractions": lines(np.column_stack([LABELS, ROWS[:, 1:] / 255])),
    "byte order mark": "\ufeff" + lines(),
    "Windows": lines().replace("\n", "\r\n"),
    "blank lines": "\n" + lines().replace("\n", "\n\n"),
    "semicolons": lines().replace(",", ";"),
    "semicolons, headed": lines(heading="label" + ",p" * 16 + "\n").replace(",", ";"),
    "tabulators": lines().replace(",", "\t"),
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
    "semicolons and a comma": ("3;0;0\n4;1,2\n", "line 2, column 2: '1,2' is not a number"),
    "digits of another script": (LINE + "4,٣,2\n", "line 2, column 2: '٣' is not a number"),
    "a long text": (LINE + "4," + "x" * 900 + ",2\n", "line 2, column 2: 'x{40}' is not a number"),
    "nothing": ("", "no rows"),
    "blank lines": ("\n\n\n", "no rows"),
    "a heading alone": ("label,a,b\n", "no rows"),
    "labels alone": ("3\n4\n", "lines have one column"),
    "NaN": (LINE + "4,nan,2\n", "NaN or infinite"),
    "infinite": (LINE + "4,inf,2\n", "NaN or infinite"),
    "too large for float32": (LINE + "4,1e300,2\n", "NaN or infinite"),
    "pixel out of range": (LINE + "4,300,2\n", "300 is out of range"),
    "negative label": (LINE + "-4,1,2\n", "label -4 is out of range"),
    "label NaN": (LINE + "nan,1,2\n", "whole numbers"),
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


@FUZZ
@given(text=st.text("0123456789,;\t.-_einaf\n\r\"'# \0é", max_size=60))
def test_any_text_is_a_table_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        images, labels = read_csv(csv(tmp_path_factory.getbasetemp() / "fuzz.csv", text))
    except InputError:
        return
    assert images.ndim == 2
    assert labels.shape == images.shape[:1]
