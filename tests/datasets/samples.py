"""Small data sets, and the ways in which a file can be wrong, for the tests of this folder."""

import re
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.digests import MNIST

Array = np.ndarray[Any, Any]
# Enough for a fuzz test to find what is easily found, in a second or two.
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def make_samples(
    count: int, height: int = 4, width: int = 4, classes: int = 10
) -> tuple[Array, Array]:
    """Images uint8 (count, height, width), of the full range, and labels uint8 (count,)."""
    images = np.random.default_rng(0).integers(0, 256, (count, height, width), np.uint8)
    images[0, 0, :2] = 0, 255
    return images, (np.arange(count) % classes).astype(np.uint8)


def idx_bytes(array: Array, sizes: tuple[int, ...] | None = None, kind: int = 8) -> bytes:
    """An IDX file, written from the description of the format; `sizes` is what it promises."""
    sizes = array.shape if sizes is None else sizes
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + bytes(array)


def write_mnist(folder: Path, images: Array, labels: Array) -> None:
    """A new folder with MNIST's four files, of these samples for training and for testing."""
    folder.mkdir()
    for name in MNIST:
        (folder / name).write_bytes(idx_bytes(images if "images" in name else labels))


def all_samples(dataset: Dataset) -> list[bytes]:
    """Every sample of a data set, its label first, in an order of their own."""
    return sorted(
        bytes([label]) + image.tobytes()
        for split in dataset.splits.values()
        for image, label in zip(split.images, split.labels, strict=True)
    )


@contextmanager
def refused(named: Path | str, *words: str) -> Iterator[None]:
    """The block must end in an InputError of one line that names the file and says these words."""
    with pytest.raises(InputError) as caught:
        yield
    message = str(caught.value)
    assert caught.value.exit_status == 2
    assert len(message.splitlines()) == 1, message
    assert str(named) in message
    for word in words:
        assert re.search(word, message), message


@contextmanager
def little_memory(limit: int = 4 << 20) -> Iterator[None]:
    """The block must never hold more than `limit` bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def damaged(*good: bytes) -> st.SearchStrategy[bytes]:
    """Bytes that are anything at all, or good ones with a few changed, and perhaps cut short."""

    @st.composite
    def damage(draw: st.DrawFn) -> bytes:
        content = bytearray(draw(st.sampled_from(good)))
        for _ in range(draw(st.integers(0, 4))):
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
        return bytes(content[: draw(st.sampled_from([len(content), len(content) // 2, -1]))])

    return st.one_of(st.binary(max_size=200), damage())
