"""The book's program that expands MNIST, on a small data set under MNIST's name."""

import os
import random
from pathlib import Path

import numpy as np
import pytest

from gpunet.book import expand_mnist, mnist_loader
from gpunet.core.arrays import HostArray
from gpunet.datasets.augmentation.expansion import expand
from gpunet.datasets.dataset import Split
from gpunet.datasets.digests import MNIST
from gpunet.datasets.load import load_dataset
from tests.datasets.samples import idx_bytes, make_samples

IMAGES, LABELS = make_samples(200, 28, 28)
IMAGES[:, 4:] = 0  # noise takes long to compress


@pytest.fixture(autouse=True)
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred noisy images, as MNIST's four files, and an empty folder to work in."""
    (tmp_path / "mnist").mkdir()
    (tmp_path / "here").mkdir()
    for name in MNIST:
        content = idx_bytes(IMAGES if "images" in name else LABELS)
        (tmp_path / "mnist" / name).write_bytes(content)
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path / "here")


def pair_of(split: Split) -> tuple[HostArray, HostArray]:
    return split.images, split.labels


def test_the_file_holds_the_expanded_set() -> None:
    assert expand_mnist.expand_mnist()
    written = load_dataset("data/mnist_expanded.pkl.gz")
    training, validation, test = mnist_loader.load_data()
    assert [len(split) for split in written.splits.values()] == [900, 20, 200]
    mixed = {(image.tobytes(), label) for image, label in zip(*pair_of(written.train), strict=True)}
    originals = (np.rint(training[0] * 256).astype(np.uint8), training[1])
    assert {(image.tobytes(), label) for image, label in zip(*originals, strict=True)} <= mixed
    np.testing.assert_array_equal(written.validation.images / 256, validation[0])
    np.testing.assert_array_equal(written.test.images / 256, test[0])


def test_a_file_that_is_there_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkdir("data")
    expand_mnist.FILE.write_bytes(b"mine")
    assert not expand_mnist.expand_mnist()
    assert "already exists" in capsys.readouterr().out
    assert expand_mnist.FILE.read_bytes() == b"mine"


def test_samples_are_shuffled_as_the_book_shuffles_them() -> None:
    random.seed(3)
    expand_mnist.expand_mnist()
    written = load_dataset("data/mnist_expanded.pkl.gz").train
    mnist = load_dataset("mnist")
    pairs = list(zip(*pair_of(expand(mnist.train, mnist.shape)), strict=True))
    random.seed(3)
    random.shuffle(pairs)
    np.testing.assert_array_equal(written.images, [image for image, _ in pairs])
    np.testing.assert_array_equal(written.labels, [label for _, label in pairs])


def test_the_same_data_and_seed_give_the_same_bytes() -> None:
    for name in ("one", "two"):
        random.seed(1)
        expand_mnist.expand_mnist(Path(name))
    assert Path("one").read_bytes() == Path("two").read_bytes()


def test_the_program_says_in_one_line_what_failed() -> None:
    Path("data").write_bytes(b"a file where a folder is needed")
    with pytest.raises(SystemExit) as stop:
        expand_mnist.main()
    assert str(stop.value.code).startswith("expand_mnist: data")
