"""IDX files: what is read is what was written, and anything else is refused in one line."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpunet.core.errors import InputError
from gpunet.datasets.readers.idx import parse_idx, read_idx, write_idx
from gpunet.datasets.readers.packed import SMALL_BYTES
from tests.datasets.samples import (
    FUZZ,
    Array,
    damaged,
    idx_bytes,
    little_memory,
    make_samples,
    refused,
)

IMAGES, LABELS = make_samples(6, 3, 5)
GOOD = idx_bytes(IMAGES)


def test_images_are_read(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(GOOD)
    np.testing.assert_array_equal(read_idx(path, 3), IMAGES)


def test_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(idx_bytes(LABELS))
    np.testing.assert_array_equal(read_idx(path, 1), LABELS)


@pytest.mark.parametrize("name", ["images.gz", "images"])
def test_gzip_is_known_by_its_bytes_not_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(GOOD))
    np.testing.assert_array_equal(read_idx(path, 3), IMAGES)


@pytest.mark.parametrize("array", [IMAGES, LABELS], ids=["images", "labels"])
def test_written_bytes_are_those_of_the_format(array: Array) -> None:
    assert write_idx(array) == idx_bytes(array)


BAD = {
    "empty": (b"", "0 bytes are too few"),
    "header only begun": (GOOD[:15], "15 bytes are too few"),
    "truncated": (GOOD[:-1], "promises 6 × 3 × 5 bytes.*holds 89.*cut short"),
    "too long": (GOOD + b"\0", "holds more"),
    "no magic number": (b"\x12\x34\x56\x78" + GOOD[4:], "magic number 0x12345678.*0x00000803"),
    "floats": (idx_bytes(IMAGES, kind=0x0D), "magic number 0x00000d03, needed 0x00000803"),
    "labels for images": (idx_bytes(np.arange(99, dtype=np.uint8)), "magic number 0x00000801"),
    "more promised": (idx_bytes(IMAGES, (7, 3, 5)), "promises 7 × 3 × 5.*holds 90"),
    "less promised": (idx_bytes(IMAGES, (5, 3, 5)), "promises 5 × 3 × 5.*holds more"),
    "no images": (idx_bytes(IMAGES[:0]), "no samples"),
    "no pixels": (idx_bytes(IMAGES[:, :0]), "no pixels"),
    "nothing, absurdly often": (idx_bytes(IMAGES[:0], (2**32 - 1, 2**32 - 1, 0)), "no samples"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_bad_content_is_refused(tmp_path: Path, content: bytes, words: str, pack: type) -> None:
    path = tmp_path / "images"
    path.write_bytes(pack(content))
    with refused(path, words):
        read_idx(path, 3)


@pytest.mark.parametrize("sizes", [(2**32 - 1,) * 3, (2**20, 2**10, 2**10)])
def test_promised_terabytes_are_not_allocated(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    path = tmp_path / "images"
    path.write_bytes(idx_bytes(IMAGES, sizes))
    with little_memory(), refused(path, "promises"):
        read_idx(path, 3)


@pytest.mark.parametrize("length", range(2, len(gzip.compress(GOOD)), 9))
def test_gzip_cut_short_is_refused_wherever_it_is_cut(tmp_path: Path, length: int) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(GOOD)[:length])
    with refused(path, "gzip data is damaged or cut short"):
        read_idx(path, 3)


def test_gzip_whose_checksum_is_wrong_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(GOOD))
    packed[-8] ^= 1
    path = tmp_path / "images.gz"
    path.write_bytes(packed)
    with refused(path, "damaged"):
        read_idx(path, 3)


def test_no_more_is_unpacked_than_the_header_promises(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros((10, 28, 28), np.uint8)) + bytes(64 << 20)))
    with little_memory(), refused(path, "promises 10 × 28 × 28 bytes, the file holds more"):
        read_idx(path, 3)


def test_a_promise_out_of_proportion_to_the_file_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros((64, 1 << 10, 1 << 10), np.uint8))))
    with little_memory(3 * SMALL_BYTES), refused(path, "unpacks to more than", "gunzip"):
        read_idx(path, 3)


def test_little_data_may_be_packed_as_tightly_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    labels = np.repeat(np.arange(10, dtype=np.uint8), 100_000)
    path.write_bytes(gzip.compress(idx_bytes(labels)))
    assert path.stat().st_size * 200 < len(labels)
    np.testing.assert_array_equal(read_idx(path, 1), labels)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with refused(tmp_path / "images", "no such file"):
        read_idx(tmp_path / "images", 3)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with refused(tmp_path, "a folder, not a file"):
        read_idx(tmp_path, 3)


@FUZZ
@given(damaged(GOOD, idx_bytes(LABELS)), st.sampled_from([1, 3]))
def test_any_bytes_are_an_array_or_an_input_error(content: bytes, dimensions: int) -> None:
    try:
        array = parse_idx(io.BytesIO(content), dimensions, "file")
    except InputError:
        return
    assert array.dtype == np.uint8
    assert array.ndim == dimensions
    assert idx_bytes(array) == content
