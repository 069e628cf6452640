"""The .npz archives: good ones, and every kind of bad one."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.datasets.readers.npz import read_npz
from tests.datasets.samples import (
    FUZZ,
    all_samples,
    damaged,
    little_memory,
    make_samples,
    refused,
)

IMAGES, LABELS = make_samples(100)
EVERY_ROW = sorted(row.tobytes() for row in np.column_stack([LABELS, IMAGES.reshape(100, 16)]))
HEADER = "{'descr': %s, 'fortran_order': False, 'shape': %s, }\n"


def npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def archive(header: bytes, content: bytes = b"", compression: int = zipfile.ZIP_STORED) -> bytes:
    """An .npz whose `x` has that header, and whose `y` is genuine."""
    labels, packed = io.BytesIO(), io.BytesIO()
    np.save(labels, LABELS)
    with zipfile.ZipFile(packed, "w", compression) as file:
        size = struct.pack("<H", len(header))
        file.writestr("x.npy", b"\x93NUMPY\x01\x00" + size + header + content)
        file.writestr("y.npy", labels.getvalue())
    return packed.getvalue()


@pytest.mark.parametrize("names", [("images", "labels"), ("data", "target"), "xy", "Xy"])
def test_npz_of_one_pair(tmp_path: Path, names: tuple[str, str]) -> None:
    path = npz(tmp_path / "a.npz", **dict(zip(names, (IMAGES, LABELS), strict=True)))
    dataset = load_dataset(path)
    assert all_samples(dataset) == EVERY_ROW
    assert (dataset.shape, dataset.max_pixel) == ((4, 4), 255)


@pytest.mark.parametrize(
    "names",
    ["x_train y_train x_test y_test", "train_images train_labels test_images test_labels"],
)
def test_npz_of_training_and_test(tmp_path: Path, names: str) -> None:
    arrays = (IMAGES[:60], LABELS[:60], IMAGES[60:], LABELS[60:])
    path = npz(tmp_path / "a.npz", **dict(zip(names.split(), arrays, strict=True)))
    dataset = load_dataset(path)
    np.testing.assert_array_equal(dataset.test.images, IMAGES[60:].reshape(40, 16))
    assert all_samples(dataset) == EVERY_ROW


@pytest.mark.parametrize("names", [("x_train", "y_train"), ("train_images", "train_labels")])
def test_npz_without_test_samples_is_divided(tmp_path: Path, names: tuple[str, str]) -> None:
    path = npz(tmp_path / "a.npz", **dict(zip(names, (IMAGES, LABELS), strict=True)))
    dataset = load_dataset(path)
    assert [len(split) for split in dataset.splits.values()] == [70, 10, 20]
    assert all_samples(dataset) == EVERY_ROW


def test_compressed_column_major_npz(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.asfortranarray(IMAGES), y=LABELS.reshape(-1, 1))
    assert all_samples(load_dataset(tmp_path / "a.npz")) == EVERY_ROW


@pytest.mark.parametrize("levels", [255, 256])
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_fractions_become_the_bytes_they_came_from(tmp_path: Path, levels: int, kind: str) -> None:
    fractions = (IMAGES.astype("float64") / levels).astype(kind)
    dataset = load_dataset(npz(tmp_path / "a.npz", x=fractions, y=LABELS))
    if kind != "float16":  # which has 11 bits
        assert all_samples(dataset) == EVERY_ROW
    assert dataset.max_pixel == 255


@pytest.mark.parametrize(("high", "max_pixel"), [(1, 1), (16, 16), (17, 255)])
def test_full_ink_is_known_from_the_highest_pixel(
    tmp_path: Path, high: int, max_pixel: int
) -> None:
    path = npz(tmp_path / "a.npz", x=IMAGES // 255 * high, y=LABELS)
    assert load_dataset(path).max_pixel == max_pixel


def full(value: float) -> Any:
    pixels = IMAGES.astype("float64")
    pixels[50, 2, 2] = value
    return pixels


ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "NaN": ({"x": full(np.nan), "y": LABELS}, "NaN or infinite"),
    "infinite": ({"x": full(-np.inf), "y": LABELS}, "NaN or infinite"),
    "negative": ({"x": full(-1), "y": LABELS}, "pixel value -1 is out of range"),
    "too large": ({"x": full(256), "y": LABELS}, "pixel value 256 is out of range"),
    "not whole": ({"x": full(0.5), "y": LABELS}, "not whole"),
    "complex": ({"x": IMAGES * 1j, "y": LABELS}, "complex"),
    "text": ({"x": IMAGES.astype(str), "y": LABELS}, "not numbers"),
    "text of no length": ({"x": np.zeros(100, "S0"), "y": LABELS}, "not numbers"),
    "object pixels": ({"x": IMAGES.astype(object), "y": LABELS}, "Python objects"),
    "object labels": ({"x": IMAGES, "y": LABELS.astype(object)}, "Python objects"),
    "no samples": ({"x": IMAGES[:0], "y": LABELS[:0]}, "no pixels"),
    "fewer labels": ({"x": IMAGES, "y": LABELS[1:]}, "100 images but 99 labels"),
    "unit vectors": ({"x": IMAGES, "y": np.eye(10)[LABELS]}, "one label, a whole number"),
    "one number": ({"x": IMAGES, "y": 3}, "one label"),
    "one pixel": ({"x": 3, "y": LABELS}, "one label"),
    "negative label": ({"x": IMAGES, "y": LABELS.astype(int) - 1}, "label -1 is out of range"),
    "large label": ({"x": IMAGES, "y": LABELS.astype(int) + 991}, "label 1000 is out of range"),
    "absurd label": ({"x": IMAGES, "y": np.full(100, 1e30)}, "out of range"),
    "half a label": ({"x": IMAGES, "y": LABELS / 2}, "whole numbers"),
    "label NaN": ({"x": IMAGES, "y": LABELS * np.nan}, "whole numbers"),
    "unknown names": ({"p": IMAGES, "q": LABELS}, "holds p, q; needed one of"),
    "test samples alone": ({"x_test": IMAGES, "y_test": LABELS}, "holds x_test, y_test; needed"),
    "images without labels": ({"x": IMAGES, "y_train": LABELS}, "holds x, y_train; needed one of"),
    "test images without labels": (
        {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES},
        "holds x_test but no y_test",
    ),
    "test labels without images": (
        {"train_images": IMAGES, "train_labels": LABELS, "test_labels": LABELS},
        "holds test_labels but no test_images",
    ),
    "too few": ({"x": IMAGES[:2], "y": LABELS[:2]}, "too few"),
    "other sizes": (
        {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 1:], "y_test": LABELS},
        "different sizes: 12, 16",
    ),
}


@pytest.mark.parametrize(("arrays", "words"), ARRAYS.values(), ids=ARRAYS)
def test_bad_arrays_are_refused(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    path = npz(tmp_path / "a.npz", **arrays)
    with refused(path, words):
        load_dataset(path)


HEADERS = {
    "terabytes": (HEADER % ("'<f8'", "(1099511627776,)"), "promises 8,796,093,022,208 bytes"),
    "more than there is": (HEADER % ("'|u1'", "(9,)"), "promises 9 bytes but is cut short"),
    "less than there is": (HEADER % ("'|u1'", "(7,)"), "promises 7 bytes but is cut short or long"),
    "negative": (HEADER % ("'|u1'", "(-8,)"), "shape"),
    "empty items": (HEADER % ("'|V0'", "(1099511627776,)"), "not numbers"),
    "arrays in arrays": (HEADER % ("('|u1', (4,))", "(2,)"), "not numbers"),
    "nothing, absurdly often": (
        HEADER % ("'|u1'", f"(0, {10**30})"),
        "cannot|can be read|cut short",
    ),
    "half a header": ("{'descr': (\n", "not a NumPy array"),
    "code": ("__import__('os').getpid()\n", "not a NumPy array"),
    "nested": ("-" * 9000, "not a NumPy array"),
}


@pytest.mark.parametrize(("header", "words"), HEADERS.values(), ids=HEADERS)
def test_bad_headers_are_refused(tmp_path: Path, header: str, words: str) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(archive(header.encode(), b"12345678"))
    with little_memory(), refused(path, words):
        load_dataset(path)


def encrypted(content: bytes) -> bytes:
    """The same archive with the bit set that says a member needs a password."""
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + flags
        content = content[:place] + b"\x01" + content[place + 1 :]
    return content


GOOD = archive((HEADER % ("'|u1'", "(100, 4, 4)")).encode(), IMAGES.tobytes())


def lying(content: bytes) -> bytes:
    """The same archive, whose table says of x.npy that gigabytes are packed in it."""
    place = content.index(b"PK\x01\x02") + 20
    return content[:place] + struct.pack("<I", 1 << 31) + content[place + 4 :]


ZEROS = archive(
    (HEADER % ("'|u1'", "(100, 400, 400)")).encode(), bytes(16_000_000), zipfile.ZIP_DEFLATED
)
FILES = {
    "out of proportion": (ZEROS, "x.npy: promises 16,000,000 bytes in .* np.savez"),
    # Newer Pythons see through it themselves.
    "out of proportion, lying": (
        lying(ZEROS),
        "x.npy: promises 16,000,000 bytes in .* np.savez|not an .npz.*Overlapped",
    ),
    "no archive": (b"this is no archive", "not an .npz"),
    "empty": (b"", "not an .npz"),
    "cut short": (GOOD[:-10], "not an .npz"),
    "changed": (GOOD.replace(IMAGES.tobytes(), bytes(1600)), "CRC"),
    "password": (encrypted(GOOD), "not an .npz.*encrypted"),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_bad_archives_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with refused(path, words):
        load_dataset(path)


@FUZZ
@given(content=damaged(GOOD) | damaged(HEADER.encode()).map(archive))
def test_any_bytes_are_arrays_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.npz"
    path.write_bytes(content)
    try:
        [(images, labels)] = read_npz(path)
    except InputError:
        return
    assert images.dtype.kind in "uifb"
    assert labels.dtype.kind in "uifb"


COLOURS = np.random.default_rng(1).integers(0, 256, (60, 5, 4, 3), np.uint8)


@pytest.mark.parametrize("divisor", [1, 255])
def test_colours_become_grey_as_pillow_has_it(tmp_path: Path, divisor: int) -> None:
    greys = [np.asarray(Image.fromarray(colours).convert("L")) for colours in COLOURS]
    labels = np.arange(60, dtype=np.uint8) % 3
    images = COLOURS if divisor == 1 else COLOURS / divisor
    np.savez(tmp_path / "a.npz", images=images, labels=labels)
    np.savez(tmp_path / "b.npz", images=np.array(greys), labels=labels)
    dataset = load_dataset(tmp_path / "a.npz")
    assert all_samples(dataset) == all_samples(load_dataset(tmp_path / "b.npz"))
    assert dataset.shape == (5, 4)
    assert dataset.note == "an .npz archive, colours turned to grey"


@pytest.mark.parametrize("shape", [(60, 5, 4, 1), (60, 1, 5, 4)])
def test_one_channel_is_none(tmp_path: Path, shape: tuple[int, ...]) -> None:
    images = COLOURS[..., 0]
    np.savez(tmp_path / "a.npz", x=images.reshape(shape), y=np.arange(60) % 3)
    np.savez(tmp_path / "b.npz", x=images, y=np.arange(60) % 3)
    dataset = load_dataset(tmp_path / "a.npz")
    assert dataset.shape == (5, 4)
    assert dataset.digest == load_dataset(tmp_path / "b.npz").digest


@pytest.mark.parametrize("shape", [(60, 5, 4, 4), (60, 2, 5, 4, 3), (60, 2, 5, 6)])
def test_other_channels_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(shape, np.uint8), y=np.arange(60) % 3)
    with refused(path, "needed \\(n, height, width\\)"):
        load_dataset(path)


@pytest.mark.parametrize(
    ("images", "labels"), [("images", "target"), ("data", "y"), ("X", "class")]
)
def test_any_name_of_images_goes_with_any_of_labels(
    tmp_path: Path, images: str, labels: str
) -> None:
    dataset = load_dataset(npz(tmp_path / "a.npz", **{images: IMAGES, labels: LABELS}))
    assert sorted(all_samples(dataset)) == EVERY_ROW
