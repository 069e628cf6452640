"""The book's loader, on a small data set under MNIST's name, and the book's session on it."""

from pathlib import Path

import numpy as np
import pytest

from gpunet.book import mnist_loader, network
from tests.book.comparing import seed
from tests.datasets.samples import make_samples, write_mnist

IMAGES, LABELS = make_samples(200, 28, 28)


@pytest.fixture(autouse=True)
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred noisy images, as MNIST's four files: all of them again as test data."""
    write_mnist(tmp_path / "mnist", IMAGES, LABELS)
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path))


def test_load_data_is_what_the_pickle_holds() -> None:
    parts = mnist_loader.load_data()
    assert [len(images) for images, _ in parts] == [180, 20, 200]
    for images, labels in parts:
        assert images.dtype == np.float32
        assert images.shape == (len(labels), 784)
        assert labels.dtype == np.int64
    images, labels = parts[2]
    np.testing.assert_array_equal(images, IMAGES.reshape(200, 784) / 256)
    np.testing.assert_array_equal(labels, LABELS)


def test_load_data_wrapper_gives_lists_of_pairs() -> None:
    training, validation, test = mnist_loader.load_data_wrapper()
    assert [type(part) for part in (training, validation, test)] == [list] * 3
    (inputs, label_of), _ = mnist_loader.load_data()[0], None
    for (x, y), image, label in zip(training, inputs, label_of, strict=True):
        assert x.shape == (784, 1)
        np.testing.assert_array_equal(x[:, 0], image)
        np.testing.assert_array_equal(y, mnist_loader.vectorized_result(label))
    for x, y in validation + test:
        assert x.shape == (784, 1)
        assert isinstance(y, int)


def test_images_are_views_into_one_array() -> None:
    training, _, _ = mnist_loader.load_data_wrapper()
    assert len({id(x.base) for x, _ in training}) == 1


def test_the_books_session(capsys: pytest.CaptureFixture[str]) -> None:
    seed(0)
    training_data, _, test_data = mnist_loader.load_data_wrapper()
    net = network.Network([784, 30, 10])
    net.SGD(training_data, 3, 10, 3.0, test_data=test_data)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] != lines[1:]
    assert [line.split(":")[0] for line in lines] == ["Epoch 0", "Epoch 1", "Epoch 2"]
    assert all(line.endswith(" / 200") for line in lines)
    assert lines[-1] == f"Epoch 2: {net.evaluate(test_data)} / 200"
