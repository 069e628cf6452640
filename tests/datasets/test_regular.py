"""Regular files only: whatever waits or never ends is refused at once, wherever it stands."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpunet.core.regular import open_at_once, reading
from gpunet.datasets.load import load_dataset
from gpunet.datasets.readers.csv_files import read_samples
from gpunet.datasets.readers.pictures import read_grey
from tests.datasets.samples import idx_bytes, make_samples, refused

IMAGES, LABELS = make_samples(100)


@pytest.fixture(autouse=True)
def three_seconds() -> Iterator[None]:
    """A test that waits for a pipe, or reads a device to its end, fails instead."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def link(path: Path, target: str | Path) -> None:
    path.symlink_to(target)


def link_to_pipe(path: Path) -> None:
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    link(path, pipe)


def make_socket(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # the names of sockets are short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)


OTHERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "pipe": (os.mkfifo, "a named pipe, not a file"),
    "link to a pipe": (link_to_pipe, "a named pipe, not a file"),
    "endless device": (lambda path: link(path, "/dev/zero"), "a device, not a file"),
    "empty device": (lambda path: link(path, "/dev/null"), "a device, not a file"),
    "socket": (make_socket, "a socket, not a file"),
}


def an_image_of_a_class(path: Path) -> None:
    load_dataset(path.parent.parent)


def idx_images(path: Path) -> None:
    (path.parent / "train-labels-idx1-ubyte").write_bytes(idx_bytes(LABELS))
    load_dataset(path.parent)


def extended_labels(path: Path) -> None:
    (path.parent / "train-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES))
    load_dataset(path.parent)


PLACES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "table": ("data/table.csv", load_dataset),
    "table to be told": ("table.csv", lambda path: read_samples(path, 16)),
    "table in a folder": ("data/table.csv", lambda path: load_dataset(path.parent)),
    "columns": ("data/table.parquet", load_dataset),
    "columns in a folder": ("data/table.parquet", lambda path: load_dataset(path.parent)),
    "archive": ("data/archive.npz", load_dataset),
    "pickle": ("data/mnist.pkl", load_dataset),
    "packed pickle": ("data/mnist.pkl.gz", load_dataset),
    "images": ("data/train-images-idx3-ubyte", idx_images),
    "extended labels": ("data/train-labels-idx2-int", extended_labels),
    "image": ("data/3/image.png", an_image_of_a_class),
    "image to be told": ("image.png", read_grey),
}


@pytest.mark.parametrize(("make", "words"), OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize(("name", "read"), PLACES.values(), ids=PLACES)
def test_what_is_no_file_is_refused(
    tmp_path: Path,
    name: str,
    read: Callable[[Path], Any],
    make: Callable[[Path], Any],
    words: str,
) -> None:
    path = tmp_path / name
    for digit in "34":
        (tmp_path / "data" / digit).mkdir(parents=True)
        Image.fromarray(IMAGES[0]).save(tmp_path / "data" / digit / "a.png")
    make(path)
    with refused(path, words):
        read(path)


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=IMAGES, y=LABELS)
    link(tmp_path / "b.npz", "a.npz")
    assert load_dataset(tmp_path / "a.npz").digest == load_dataset(tmp_path / "b.npz").digest


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link(tmp_path / "a.png", "a.png")
    with refused(tmp_path / "a.png", "cannot be read"):
        read_grey(tmp_path / "a.png")


def test_a_file_that_becomes_a_pipe_does_not_hold_up_whoever_opens_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.close(open_at_once(str(tmp_path / "pipe"), os.O_RDONLY))


def test_a_file_that_is_refused_is_not_left_open(tmp_path: Path) -> None:
    before = os.listdir("/dev/fd")
    link(tmp_path / "a.csv", "/dev/null")
    with refused(tmp_path / "a.csv"), reading(tmp_path / "a.csv"):
        pass
    assert os.listdir("/dev/fd") == before
