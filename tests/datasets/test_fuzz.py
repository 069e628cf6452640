"""Whatever a file holds, through the one door for data sets: a data set, or an InputError."""

import gzip
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.load import load_dataset
from tests.datasets.columns import parquet_lists, parquet_pictures
from tests.datasets.samples import FUZZ, damaged, idx_bytes, make_samples

IMAGES, LABELS = make_samples(100)


def npz(packing: int) -> bytes:
    packed = io.BytesIO()
    arrays = {"x_train": IMAGES / 256, "y_train": LABELS, "x_test": IMAGES, "y_test": LABELS}
    with zipfile.ZipFile(packed, "w", packing) as file:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            file.writestr(f"{name}.npy", member.getvalue())
    return packed.getvalue()


def csv(delimiter: str, heading: str = "") -> bytes:
    rows = np.column_stack([LABELS, IMAGES.reshape(100, 16)])
    lines = [heading, *(delimiter.join(map(str, row)) for row in rows)]
    return "\n".join(lines).encode()


BOOK = pickle.dumps(((IMAGES.reshape(100, 16) / np.float32(256), LABELS),) * 3, 2)
IDX = idx_bytes(IMAGES)
EXTENDED = np.zeros((100, 8, 4), np.uint8)
EXTENDED[:, 0, 3] = LABELS
GOOD = {
    "a.npz": [npz(zipfile.ZIP_STORED), npz(zipfile.ZIP_DEFLATED)],
    "a.csv": [csv(","), csv(";", "label;a"), csv("\t"), csv(",").replace(b"0,", b'"a",')],
    "a.parquet": [parquet_pictures(IMAGES, LABELS), parquet_lists(IMAGES, LABELS)],
    "a.pkl": [BOOK],
    "a.pkl.gz": [gzip.compress(BOOK)],
    "folder/train-images-idx3-ubyte": [IDX],
    "folder/train-images-idx3-ubyte.gz": [gzip.compress(IDX)],
    "folder/train-labels-idx2-int": [idx_bytes(EXTENDED, (100, 8), 12)],
}


def load(path: Path) -> Dataset | None:
    try:
        return load_dataset(path)
    except InputError:
        return None


@pytest.mark.parametrize("name", GOOD)
def test_any_file_is_a_data_set_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / name
    source = path
    if "/" in name:
        source = path.parent
        source.mkdir()
        other = "images-idx3" if "labels" in name else "labels-idx1"
        (source / f"train-{other}-ubyte").write_bytes(
            IDX if "images" in other else idx_bytes(LABELS)
        )

    @FUZZ
    @given(content=damaged(*GOOD[name]))
    def check(content: bytes) -> None:
        path.write_bytes(content)
        if dataset := load(source):
            assert all(len(split) > 0 for split in dataset.splits.values())

    path.write_bytes(GOOD[name][0])
    assert load(source)
    check()


# The names of files are any bytes but these.
NAMES = st.binary(min_size=1, max_size=8).filter(lambda b: not set(b"/\0") & set(b) and b[0] != 46)


@FUZZ
@given(classes=st.lists(NAMES, min_size=2, max_size=4, unique_by=bytes.lower))
def test_any_names_of_classes_can_be_written(
    tmp_path_factory: pytest.TempPathFactory, classes: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("classes")
    for name in classes:
        place = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        place.mkdir()
        for number in range(10):
            Image.fromarray(IMAGES[number]).save(place / f"{number}.png")
    if dataset := load(folder):
        assert len(dataset.classes) == len(classes)
        assert "".join(dataset.classes).encode()
