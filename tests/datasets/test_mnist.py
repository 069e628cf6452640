"""MNIST: found where it is said to be, fetched whole from the first good mirror, or not at all."""

import gzip
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from gpunet.core.errors import GpunetError
from gpunet.datasets import fetching
from gpunet.datasets.digests import MNIST
from gpunet.datasets.fetching import FetchError, fetch
from gpunet.datasets.genuine import verify
from gpunet.datasets.load import load_dataset
from gpunet.datasets.mnist import find_mnist
from gpunet.datasets.named import DATASETS
from tests.datasets.mirrors import Mirrors, serving
from tests.datasets.samples import idx_bytes, make_samples, refused

GENUINE = find_mnist()  # before the tests hide the user's folders
IMAGES, LABELS = make_samples(100)
FILES = {name: idx_bytes(IMAGES if "images" in name else LABELS) for name in MNIST}
PACKED = {f"{name}.gz": gzip.compress(content) for name, content in FILES.items()}
DIGESTS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


BAD = ["missing", "broken", "other", "page", "nothing", "truncated", "cut"]


@pytest.fixture
def mirrors() -> Iterator[Mirrors]:
    with serving(PACKED) as server:
        yield server


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a cache of the test's own, and small files in MNIST's place."""
    root = tmp_path / "data"
    monkeypatch.setenv("GPUNET_DATA", str(root))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], digests=DIGESTS))
    root.mkdir()
    return root


def fetch_mnist(say: Callable[[str], None] = lambda line: None, *, mirrors: Sequence[str]) -> Path:
    return fetch(DATASETS["mnist"], say, mirrors=mirrors)


def write_all(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in PACKED.items():
        (folder / name).write_bytes(content)
    return folder


def test_four_verified_files_are_fetched(root: Path, mirrors: Mirrors) -> None:
    assert fetch_mnist(mirrors=[mirrors.at("good")]) == root / "mnist"
    assert {path.name: path.read_bytes() for path in (root / "mnist").iterdir()} == PACKED


def test_what_was_fetched_is_found_and_loaded(mirrors: Mirrors) -> None:
    fetch_mnist(mirrors=[mirrors.at("good")])
    np.testing.assert_array_equal(load_dataset("mnist").test.images, IMAGES.reshape(100, 16))
    assert len(mirrors.asked) == 4


@pytest.mark.parametrize("bad", BAD)
def test_after_a_bad_mirror_the_next_is_asked(root: Path, mirrors: Mirrors, bad: str) -> None:
    fetch_mnist(mirrors=[mirrors.at(bad), mirrors.at("good")])
    assert {path.name: path.read_bytes() for path in (root / "mnist").iterdir()} == PACKED


def test_a_mirror_that_does_not_answer_is_passed_over(root: Path, mirrors: Mirrors) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        address = f"http://127.0.0.1:{closed.server_port}/good/"
    fetch_mnist(mirrors=[address, mirrors.at("good")])
    assert len(os.listdir(root / "mnist")) == 4


@pytest.mark.parametrize("bad", BAD)
def test_from_bad_mirrors_nothing_is_kept(root: Path, mirrors: Mirrors, bad: str) -> None:
    with pytest.raises(GpunetError, match=r"127\.0\.0\.1") as caught:
        fetch_mnist(mirrors=[mirrors.at(bad)])
    assert caught.value.exit_status == 1
    assert len(str(caught.value).splitlines()) == 1
    assert os.listdir(root) == []


def test_a_download_that_breaks_off_is_told_in_plain_words(mirrors: Mirrors) -> None:
    with pytest.raises(GpunetError, match=r"127\.0\.0\.1:[0-9]+: the download broke off\. Put"):
        fetch_mnist(mirrors=[mirrors.at("truncated")])


@pytest.mark.parametrize(("bad", "tries"), {"truncated": 2, "broken": 1, "missing": 1}.items())
def test_only_what_broke_off_is_tried_again(mirrors: Mirrors, bad: str, tries: int) -> None:
    with pytest.raises(GpunetError):
        fetch_mnist(mirrors=[mirrors.at(bad)])
    assert mirrors.asked == [f"{bad}/{next(iter(MNIST))}.gz"] * tries


def test_a_download_that_stands_still_is_tried_again(
    mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(GpunetError, match="no answer within"):
        fetch_mnist(mirrors=[mirrors.at("still")])
    assert len(mirrors.asked) == 2


def test_each_mirror_is_told_once(mirrors: Mirrors) -> None:
    told: list[str] = []
    bad = [mirrors.at("truncated"), mirrors.at("missing")]
    with pytest.raises(FetchError) as caught:
        fetch_mnist(told.append, mirrors=bad)
    assert told == [f"fetching {mirror}{next(iter(MNIST))}.gz" for mirror in bad]
    assert [answer.partition(": ")[2] for answer in caught.value.answers] == [
        "the download broke off",
        "HTTP 404",
    ]


def test_only_what_is_missing_is_fetched(root: Path, mirrors: Mirrors) -> None:
    folder = write_all(root / "mnist")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    fetch_mnist(mirrors=[mirrors.at("good")])
    assert mirrors.asked == ["good/t10k-labels-idx1-ubyte.gz"]


def test_a_damaged_file_is_named_and_not_replaced(root: Path, mirrors: Mirrors) -> None:
    path = write_all(root / "mnist") / "train-images-idx3-ubyte.gz"
    path.write_bytes(PACKED[path.name][:-9])
    with refused(path, "cut short"):
        fetch_mnist(mirrors=[mirrors.at("good")])
    assert path.read_bytes() == PACKED[path.name][:-9]


def test_a_file_that_is_not_the_published_one_is_named(root: Path) -> None:
    path = write_all(root / "mnist") / "train-images-idx3-ubyte.gz"
    path.write_bytes(PACKED["train-labels-idx1-ubyte.gz"])
    with refused(path, "SHA-256 differs", "gpunet data fetch"):
        verify(DATASETS["mnist"], root / "mnist")


def test_a_file_that_is_not_there_is_named(root: Path) -> None:
    (write_all(root / "mnist") / "t10k-labels-idx1-ubyte.gz").unlink()
    with refused(root / "mnist" / "t10k-labels-idx1-ubyte", "no such file"):
        verify(DATASETS["mnist"], root / "mnist")


@pytest.mark.parametrize("place", ["data/mnist", "data"])
def test_mnist_is_found_in_the_data_folder(tmp_path: Path, place: str) -> None:
    assert find_mnist() is None
    folder = write_all(tmp_path / place)
    assert find_mnist() == folder


def test_mnist_is_found_in_the_users_cache(mirrors: Mirrors, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as without:
        without.delenv("GPUNET_DATA")
        folder = fetch_mnist(mirrors=[mirrors.at("good")])
    assert folder.is_relative_to(tmp_path)
    assert not folder.is_relative_to(tmp_path / "data")
    assert find_mnist() == folder


def test_three_files_are_not_mnist(root: Path) -> None:
    (write_all(root / "mnist") / "t10k-labels-idx1-ubyte.gz").unlink()
    assert find_mnist() is None


def test_a_data_folder_that_is_a_file_is_refused(root: Path) -> None:
    root.rmdir()
    root.write_text("")
    with refused(root, "GPUNET_DATA", "not a folder"):
        load_dataset("mnist")


def test_a_data_folder_that_does_not_exist_is_refused_and_not_made(
    root: Path, mirrors: Mirrors
) -> None:
    root.rmdir()
    with refused(root, "GPUNET_DATA", "names nothing"):
        load_dataset("mnist")
    with refused(root, "GPUNET_DATA", "names nothing"):
        fetch_mnist(mirrors=[mirrors.at("good")])
    assert not root.exists()


@pytest.mark.skipif(GENUINE is None, reason="MNIST is neither in GPUNET_DATA nor in the cache")
def test_the_genuine_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    assert GENUINE is not None
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], digests=MNIST))
    monkeypatch.setenv("GPUNET_DATA", str(GENUINE))
    verify(DATASETS["mnist"], GENUINE)
    dataset = load_dataset("mnist")
    assert [len(split) for split in dataset.splits.values()] == [50_000, 10_000, 10_000]
    assert (dataset.shape, dataset.max_pixel) == ((28, 28), 255)
    # Published figures: the mean of all training pixels, and the count of each digit in the test.
    pixels = np.concatenate([dataset.train.images, dataset.validation.images])
    assert pixels.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(dataset.test.labels).tolist() == counts
