"""Parquet files: encoded images, lists of numbers, a column a pixel; and bad ones."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gpunet.datasets.load import load_dataset
from tests.datasets.columns import (
    parquet_lists,
    parquet_pictures,
    parquet_pixels,
    png,
    write_columns,
)
from tests.datasets.samples import all_samples, make_samples, refused

IMAGES, LABELS = make_samples(100)
EVERY = sorted(
    bytes([label]) + image.tobytes() for image, label in zip(IMAGES, LABELS, strict=True)
)
NAMES = tuple(f"class {n}" for n in range(10))


def flat_lists(images: Any, labels: Any) -> bytes:
    return write_columns({"pixels": images.reshape(len(images), -1).tolist(), "label": labels})


def fixed_lists(images: Any, labels: Any) -> bytes:
    column = pa.FixedSizeListArray.from_arrays(pa.array(images.reshape(-1)), 16)
    return write_columns({"x": column, "y": pa.array(labels)})


def plain_bytes(images: Any, labels: Any) -> bytes:
    return write_columns({"img": [png(image) for image in images], "label": labels})


def with_an_index(images: Any, labels: Any) -> bytes:
    columns = {"__index_level_0__": np.arange(len(images)), "id": np.arange(len(images))}
    return write_columns({**columns, "label": labels, "image": images.tolist()})


def pixels_and_ids(images: Any, labels: Any) -> bytes:
    pixels = {f"p{n}": images.reshape(len(images), -1)[:, n] for n in range(images[0].size)}
    return write_columns({"id": np.arange(len(images)), **pixels, "digit": labels})


FORMS: dict[str, Callable[[Any, Any], bytes]] = {
    "pictures": parquet_pictures,
    "bytes": plain_bytes,
    "lists of lists": parquet_lists,
    "lists": flat_lists,
    "lists of one length": fixed_lists,
    "a column a pixel": parquet_pixels,
    "a column a pixel, and ids": pixels_and_ids,
    "beside an index": with_an_index,
    "fractions": lambda images, labels: parquet_lists(images / 255, labels),
}


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("make", FORMS.values(), ids=FORMS)
def test_every_form_is_read(tmp_path: Path, make: Callable[[Any, Any], bytes]) -> None:
    dataset = load_dataset(write(tmp_path / "a.parquet", make(IMAGES, LABELS.astype(np.int64))))
    assert all_samples(dataset) == EVERY
    assert dataset.shape == (4, 4)


def test_a_folder_as_hubs_have_it(tmp_path: Path) -> None:
    write(tmp_path / "train-00000-of-00002.parquet", parquet_pictures(IMAGES, LABELS, NAMES))
    write(tmp_path / "train-00001-of-00002.parquet", parquet_pictures(IMAGES[:50], LABELS[:50]))
    write(tmp_path / "test-00000-of-00001.parquet", parquet_pictures(IMAGES[::-1], LABELS[::-1]))
    (tmp_path / "README.md").write_text("about")
    dataset = load_dataset(tmp_path)
    assert dataset.classes == NAMES
    np.testing.assert_array_equal(dataset.test.images, IMAGES[::-1].reshape(100, 16))
    np.testing.assert_array_equal(dataset.test.labels, LABELS[::-1])
    assert len(dataset.train) + len(dataset.validation) == 150


@pytest.mark.parametrize("place", ["data", "mnist"])
def test_a_hubs_checkout_holds_them_in_a_sub_folder(tmp_path: Path, place: str) -> None:
    for name in (place, "assets", ".cache"):
        (tmp_path / name).mkdir()
    write(tmp_path / ".cache" / "x.parquet", b"")
    write(tmp_path / place / "train-00000-of-00001.parquet", parquet_pictures(IMAGES, LABELS))
    write(tmp_path / place / "test-00000-of-00001.parquet", parquet_pictures(IMAGES, LABELS))
    (tmp_path / "README.md").write_text("about")
    dataset = load_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.test.images, IMAGES.reshape(100, 16))
    assert str(tmp_path / place) in dataset.note
    (tmp_path / "other").mkdir()
    write(tmp_path / "other" / "train.parquet", parquet_pictures(IMAGES, LABELS))
    with refused(tmp_path, f"several sub-folders .*{place}.*; name one"):
        load_dataset(tmp_path)


def test_a_folder_of_nothing_is_told_that_parquet_is_read(tmp_path: Path) -> None:
    with refused(tmp_path, "Parquet files .in it or in a sub-folder data."):
        load_dataset(tmp_path)


def test_a_validation_split_is_taken(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "validation", "test")):
        content = parquet_lists(IMAGES[number:], LABELS[number:])
        write(tmp_path / f"{split}-00000-of-00001.parquet", content)
    sizes = [len(split) for split in load_dataset(tmp_path).splits.values()]
    assert sizes == [100, 99, 98]


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_words_are_names_of_classes_in_natural_order(tmp_path: Path, kind: Any) -> None:
    words = pa.array([f"item{11 - label}" for label in LABELS]).cast(kind)
    dataset = load_dataset(write(tmp_path / "a.parquet", parquet_lists(IMAGES, words)))
    assert dataset.classes == tuple(f"item{n}" for n in range(2, 12))
    expected = sorted(bytes([9 - sample[0]]) + sample[1:] for sample in EVERY)
    assert all_samples(dataset) == expected


def test_pictures_of_many_sizes_are_brought_to_mnists(tmp_path: Path) -> None:
    images = [np.full((30 + n, 40), 20, np.uint8) for n in range(100)]
    for image in images:
        image[8:20, 10:14] = 230
    dataset = load_dataset(write(tmp_path / "a.parquet", parquet_pictures(images, LABELS)))
    assert dataset.shape == (28, 28)
    assert "28 × 28" in dataset.note


def test_ink_on_paper_is_turned_and_a_light_picture_among_dark_ones_is_not(tmp_path: Path) -> None:
    images = IMAGES // 8
    images[7] = 250
    same = load_dataset(write(tmp_path / "a.parquet", parquet_pictures(images, LABELS)))
    assert max(same.train.images.max(), same.test.images.max()) == 250
    turned = load_dataset(write(tmp_path / "b.parquet", parquet_pictures(255 - images, LABELS)))
    assert all_samples(turned) == all_samples(same)
    assert "inverted" in turned.note


def test_colours_become_grey(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (100, 4, 4, 3), np.uint8)
    lists = load_dataset(write(tmp_path / "a.parquet", parquet_lists(colours, LABELS)))
    dark = load_dataset(write(tmp_path / "b.parquet", parquet_pictures(colours, LABELS)))
    assert all_samples(lists) == all_samples(dark)
    assert "colours turned to grey" in lists.note


def test_names_that_cannot_be_used_are_passed_over(tmp_path: Path) -> None:
    for names in (("a", "a"), ("", *NAMES[1:]), ("\n", *NAMES[1:])):
        content = parquet_lists(IMAGES, LABELS, names)
        assert load_dataset(write(tmp_path / "a.parquet", content)).classes == tuple("0123456789")


def named_alike() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table([pa.array(LABELS)] * 2, names=["label", "label"]), content)
    return content.getvalue()


NULL = [None, *LABELS[1:].tolist()]
UNEVEN = [[1] * (1 + n % 2) for n in range(100)]
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no Parquet": (lambda: b"PAR1" + bytes(50), "not a Parquet file"),
    "cut short": (lambda: parquet_lists(IMAGES, LABELS)[:-20], "not a Parquet file"),
    "empty": (lambda: b"", "not a Parquet file"),
    "no labels": (lambda: write_columns({"image": IMAGES.tolist()}), "no column label.*image"),
    "no images": (lambda: write_columns({"label": LABELS, "text": ["a"] * 100}), "label, text"),
    "no rows": (lambda: parquet_lists(IMAGES[:0], LABELS[:0]), "no rows|are null|label"),
    "a missing label": (lambda: parquet_lists(IMAGES, NULL), "a row has no label"),
    "a missing image": (
        lambda: write_columns({"image": [None, *map(png, IMAGES[1:])], "label": LABELS}),
        "image 1: has no bytes",
    ),
    "a missing list": (
        lambda: write_columns({"image": [None, *IMAGES[1:].tolist()], "label": LABELS}),
        "a row has no image",
    ),
    "no rows of pictures": (lambda: parquet_pictures(IMAGES[:0], pa.array([], "u1")), "no rows"),
    "one row": (lambda: parquet_pictures(IMAGES[:1], LABELS[:1]), "1 sample is too few"),
    "a damaged image": (
        lambda: write_columns({"image": [b"x", *map(png, IMAGES[1:])], "label": LABELS}),
        "image 1: not an image",
    ),
    "a missing pixel": (
        lambda: write_columns({"a": [None, *range(99)], "label": LABELS}),
        "a pixel has no value",
    ),
    "uneven lists": (
        lambda: write_columns({"image": UNEVEN, "label": LABELS}),
        "images of different sizes",
    ),
    "hidden labels": (
        lambda: parquet_lists(IMAGES, -np.ones(100, int)),
        "label -1 is out of range",
    ),
    "labels without a name": (
        lambda: parquet_lists(IMAGES, LABELS, NAMES[:5]),
        "label 9, but only 5",
    ),
    "several columns of labels": (
        lambda: write_columns({"label": LABELS, "a": LABELS, "target": ["b"] * 100}),
        r"several columns of labels \(label and target\)",
    ),
    "two columns of a name": (
        named_alike,
        "two columns are called alike",
    ),
    "far more than its bytes": (
        lambda: parquet_lists(np.zeros((30_000, 64, 64), np.uint8), np.zeros(30_000, int)),
        "promises .* too many",
    ),
}


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_bad_files_are_refused(tmp_path: Path, make: Callable[[], bytes], words: str) -> None:
    path = write(tmp_path / "a.parquet", make())
    with refused(path, words):
        load_dataset(path)


def test_files_whose_split_is_not_said_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.parquet", parquet_lists(IMAGES, LABELS))
    with refused(tmp_path, "several Parquet files", "a.parquet is neither"):
        load_dataset(tmp_path)


def test_without_pyarrow_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.parquet", parquet_lists(IMAGES, LABELS))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with refused(path, r'pip install "gpunet\[parquet\]"'):
        load_dataset(path)
