"""Folders of IDX files, of tables and of images, what is told apart how, and how they are split."""

import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Split
from gpunet.datasets.load import load_dataset
from gpunet.datasets.splits import divide
from tests.datasets.samples import Array, all_samples, idx_bytes, make_samples, refused

IMAGES, LABELS = make_samples(100)
EVERY_SAMPLE = sorted(row.tobytes() for row in np.column_stack([LABELS, IMAGES.reshape(100, 16)]))
MNIST_NAMES = "{}-images-idx3-ubyte", "{}-labels-idx1-ubyte"


def write_idx_pair(
    folder: Path,
    split: str,
    images: Array = IMAGES,
    labels: Array = LABELS,
    names: tuple[str, str] = MNIST_NAMES,
) -> None:
    for name, array in zip(names, (images, labels), strict=True):
        content = idx_bytes(array)
        path = folder / name.format(split)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_pictures(folder: Path, images: Array = IMAGES, labels: Array = LABELS) -> None:
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number:03}.png")


@pytest.mark.parametrize(
    "names",
    [
        MNIST_NAMES,
        ("{}-images-idx3-ubyte.gz", "{}-labels-idx1-ubyte.gz"),
        ("{}-images-idx3-ubyte.gz", "{}-labels-idx1-ubyte"),
        ("{}-images.idx3-ubyte", "{}-labels.idx1-ubyte"),
        ("kmnist-{}-images-idx3-ubyte.gz", "kmnist-{}-labels-idx1-ubyte.gz"),
    ],
    ids=["plain", "gzip", "one of each", "dotted", "prefixed"],
)
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_idx_folder(tmp_path: Path, names: tuple[str, str], test: str) -> None:
    write_idx_pair(tmp_path, "train", IMAGES[:70], LABELS[:70], names)
    write_idx_pair(tmp_path, test, IMAGES[70:], LABELS[70:], names)
    (tmp_path / "README.md").write_text("other files do no harm")
    dataset = load_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.test.images, IMAGES[70:].reshape(30, 16))
    assert all_samples(dataset) == EVERY_SAMPLE
    assert (dataset.shape, dataset.max_pixel) == ((4, 4), 255)


def test_emnist_images_are_set_upright(tmp_path: Path) -> None:
    names = "emnist-letters-{}-images-idx3-ubyte.gz", "emnist-letters-{}-labels-idx1-ubyte.gz"
    write_idx_pair(tmp_path, "train", IMAGES.transpose(0, 2, 1).copy(), LABELS, names)
    assert all_samples(load_dataset(tmp_path)) == EVERY_SAMPLE


def test_images_need_not_be_square(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train", IMAGES.reshape(100, 2, 8))
    assert load_dataset(tmp_path).shape == (2, 8)


def test_labels_missing(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train")
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with refused(tmp_path, "no labels for its train samples"):
        load_dataset(tmp_path)


def test_training_samples_missing(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "t10k")
    with refused(tmp_path, "no training samples"):
        load_dataset(tmp_path)


def test_counts_that_disagree(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train", IMAGES, LABELS[1:])
    with refused(tmp_path, "100 images but 99 labels"):
        load_dataset(tmp_path)


def test_sizes_that_differ_between_splits(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train")
    write_idx_pair(tmp_path, "t10k", IMAGES[:, 1:])
    with refused(tmp_path, "3 × 4, 4 × 4"):
        load_dataset(tmp_path)


def test_several_data_sets_in_a_folder(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train")
    write_idx_pair(tmp_path, "emnist-letters-train")
    with refused(tmp_path, "several data sets .*emnist-letters"):
        load_dataset(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train")
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with refused(path, "cut short"):
        load_dataset(tmp_path)


def test_class_folders_of_small_images_keep_their_pixels(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    dataset = load_dataset(tmp_path)
    assert all_samples(dataset) == EVERY_SAMPLE
    assert (dataset.shape, dataset.classes) == ((4, 4), tuple("0123456789"))


def test_class_folders_of_images_of_any_size_become_as_mnists(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES[:, :3].repeat(30, 1), LABELS)
    Image.fromarray(IMAGES[5].repeat(50, 1)).save(tmp_path / "5" / "wide.png")
    dataset = load_dataset(tmp_path)
    assert dataset.shape == (28, 28)
    assert sum(map(len, dataset.splits.values())) == len(IMAGES) + 1
    assert "28 × 28" in dataset.note


def test_class_folders_by_split(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train", IMAGES[:70], LABELS[:70])
    write_pictures(tmp_path / "test", IMAGES[70:], LABELS[70:])
    dataset = load_dataset(tmp_path)
    assert len(dataset.test) == 30
    assert all_samples(dataset) == EVERY_SAMPLE


def test_classes_are_in_the_order_people_count(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES, (LABELS + 2).astype(np.uint8))
    assert load_dataset(tmp_path).classes == tuple(map(str, range(2, 12)))


def test_names_that_are_no_utf8_become_text_that_can_be_written(tmp_path: Path) -> None:
    for name in (b"caf\xe9", b"th\xc3\xa9"):
        folder = os.path.join(os.fsencode(tmp_path), name)
        os.mkdir(folder)
        for number, image in enumerate(IMAGES[:10]):
            picture = io.BytesIO()
            Image.fromarray(image).save(picture, "png")
            with open(os.path.join(folder, b"\xff%d.png" % number), "wb") as file:
                file.write(picture.getvalue())
    dataset = load_dataset(tmp_path)
    assert dataset.classes == ("caf\\xe9", "thé")
    assert json.dumps(dataset.classes, ensure_ascii=False).encode()


def test_classes_that_would_be_called_alike_are_refused(tmp_path: Path) -> None:
    for name in (b"caf\xe9", b"caf\\xe9"):
        folder = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
        folder.mkdir()
        Image.fromarray(IMAGES[0]).save(folder / "a.png")
    with refused(tmp_path, "called alike; rename one"):
        load_dataset(tmp_path)


def test_one_class_is_too_few(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES, LABELS * 0)
    with refused(tmp_path, "at least two sub-folders"):
        load_dataset(tmp_path)


def test_images_a_level_too_deep_are_not_left_out(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "3").rename(tmp_path / "aside")
    (tmp_path / "3").mkdir()
    (tmp_path / "aside").rename(tmp_path / "3" / "scans")
    with refused(tmp_path / "3" / "scans", "a level too deep", f"in {tmp_path / '3'} itself"):
        load_dataset(tmp_path)


def test_what_systems_leave_in_folders_is_no_class(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    for where in ("__MACOSX/3", "3/.thumbnails", "3/notes"):
        (tmp_path / where).mkdir(parents=True)
    (tmp_path / "__MACOSX" / "3" / "._0.png").write_bytes(b"resources")
    (tmp_path / "3" / ".thumbnails" / "0.png").write_bytes(b"small")
    (tmp_path / "3" / "notes" / "read.txt").write_bytes(b"mine")
    assert len(load_dataset(tmp_path).classes) == 10


@pytest.mark.parametrize("content", [b"", b"this is no image"], ids=["empty", "text"])
def test_an_image_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    write_pictures(tmp_path)
    (tmp_path / "3" / "odd.png").write_bytes(content)
    with refused(tmp_path / "3" / "odd.png", "not an image"):
        load_dataset(tmp_path)


def test_a_blank_image_is_named(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    Image.new("L", (40, 40)).save(tmp_path / "3" / "blank.png")
    with refused(tmp_path / "3" / "blank.png", "blank"):
        load_dataset(tmp_path)


def test_a_training_and_a_test_table(tmp_path: Path) -> None:
    rows = np.column_stack([LABELS, IMAGES.reshape(100, 16)])
    np.savetxt(tmp_path / "mnist_train.csv", rows[:60], "%d", ",")
    np.savetxt(tmp_path / "mnist_test.csv", rows[60:], "%d", ",")
    dataset = load_dataset(tmp_path)
    assert len(dataset.test) == 40
    assert all_samples(dataset) == EVERY_SAMPLE


def test_tables_that_cannot_be_told_apart(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("1,2\n")
    with refused(tmp_path, "several CSV files"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("name", ["no-such-thing", "~nobody-of-that-name/x", "x" * 5000, "a\0b"])
def test_what_is_not_there(name: str) -> None:
    with refused(repr(name)[:50], "no data set", "digits, mnist, a folder"):
        load_dataset(name)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("1,2\n")
    with refused(tmp_path / "notes.txt", "not a kind of file"):
        load_dataset(tmp_path / "notes.txt")


def test_an_empty_folder(tmp_path: Path) -> None:
    with refused(tmp_path, "needed IDX files"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        (["train"], (70, 10, 20)),
        (["train", "t10k"], (90, 10, 100)),
        (["train", "validation"], (80, 100, 20)),
        (["train", "val", "test"], (100, 100, 100)),
    ],
)
def test_missing_splits_are_taken_from_the_training_samples(
    tmp_path: Path, given: list[str], sizes: tuple[int, ...]
) -> None:
    for split in given:
        write_idx_pair(tmp_path, split)
    dataset = load_dataset(tmp_path)
    assert tuple(map(len, dataset.splits.values())) == sizes
    for part in dataset.splits.values():  # each has as many of every class
        assert set(np.bincount(part.labels)) == {len(part) // 10}


def test_of_sixty_thousand_the_last_ten_thousand_validate(tmp_path: Path) -> None:
    labels = (np.arange(60_000) % 7).astype(np.uint8)
    write_idx_pair(tmp_path, "train", labels.reshape(-1, 1, 1), labels)
    write_idx_pair(tmp_path, "t10k", labels[:10].reshape(-1, 1, 1), labels[:10])
    dataset = load_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.train.labels, labels[:50_000])
    np.testing.assert_array_equal(dataset.validation.labels, labels[50_000:])


def test_a_division_takes_each_sample_once_and_keeps_their_order() -> None:
    numbers = np.arange(100, dtype=np.uint8).reshape(100, 1)
    parts = divide(Split(numbers, LABELS), 0.2, 0.3)
    assert [len(part) for part in parts] == [20, 30, 50]
    assert sorted(np.concatenate([part.images[:, 0] for part in parts])) == list(range(100))
    assert all(np.all(np.diff(part.images[:, 0]) > 0) for part in parts)


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (np.zeros((3, 4)), np.zeros(3, int), r"uint8.*not float64 \(3, 4\)"),
        (np.zeros((3, 2, 2), np.uint8), np.zeros(3, int), r"not uint8 \(3, 2, 2\)"),
        ([[0, 1]], np.zeros(1, int), "not a list"),
        (np.zeros((3, 4), np.uint8), [0, 1, 2], "labels.*not a list"),
        (np.zeros((3, 4), np.uint8), np.zeros(3), "whole numbers.*float64"),
        (np.zeros((3, 4), np.uint8), np.zeros(2, int), "3 images with 2 labels"),
        (np.zeros((2, 4), np.uint8), np.array([0, -1]), "labels from -1"),
    ],
)
def test_a_split_is_of_pixels_and_labels(images: Any, labels: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        Split(images, labels)
