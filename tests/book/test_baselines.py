"""The book's baseline programs, on a small data set under MNIST's name."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from gpunet.book import mnist_average_darkness, mnist_loader, mnist_svm
from gpunet.datasets.digests import MNIST
from tests.datasets.samples import idx_bytes

SIDE, COUNT = 28, 300


@pytest.fixture(autouse=True)
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred images of which a digit d has d more rows of ink, give or take, and noise."""
    draw = np.random.default_rng(0)
    labels = (np.arange(COUNT) % 10).astype(np.uint8)
    images = np.zeros((COUNT, SIDE, SIDE), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[: 5 + label + draw.integers(0, 3)] = 255
    images[:, -1] = draw.integers(0, 256, (COUNT, SIDE))
    (tmp_path / "mnist").mkdir()
    for name in MNIST:
        content = idx_bytes(images if "images" in name else labels)
        (tmp_path / "mnist" / name).write_bytes(content)
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path))


def test_average_darknesses_are_the_books() -> None:
    training_data, _, _ = mnist_loader.load_data()
    totals: dict[int, list[float]] = defaultdict(list)
    for image, digit in zip(*training_data, strict=True):
        totals[int(digit)].append(sum(map(float, image)))
    avgs = mnist_average_darkness.avg_darknesses(training_data)
    assert avgs.keys() == totals.keys()
    for digit, sums in totals.items():
        assert avgs[digit] == pytest.approx(sum(sums) / len(sums), rel=1e-12)


def test_a_digit_is_guessed_by_the_nearest_average() -> None:
    avgs = {7: 1.0, 3: 2.0}
    image = np.zeros((784, 1))
    image[0] = 1.6
    assert mnist_average_darkness.guess_digit(image, avgs) == 3
    image[0] = 1.4
    assert mnist_average_darkness.guess_digit(image, avgs) == 7


def test_the_darkness_program_prints_the_books_lines(capsys: pytest.CaptureFixture[str]) -> None:
    mnist_average_darkness.main()
    training_data, _, test_data = mnist_loader.load_data()
    avgs = mnist_average_darkness.avg_darknesses(training_data)
    right = 0
    for image, digit in zip(*test_data, strict=True):
        distances = {guess: abs(avg - sum(map(float, image))) for guess, avg in avgs.items()}
        right += min(distances, key=lambda guess: distances[guess]) == digit
    assert 30 < right < COUNT
    assert capsys.readouterr().out.splitlines() == [
        "Baseline classifier using average darkness of image.",
        f"{right} of {COUNT} values correct.",
    ]


def test_the_machines_program_prints_the_books_lines(capsys: pytest.CaptureFixture[str]) -> None:
    svm = pytest.importorskip("sklearn.svm")
    mnist_svm.svm_baseline()
    (images, labels), _, (tests, answers) = mnist_loader.load_data()
    right = (svm.SVC(gamma="auto").fit(images, labels).predict(tests) == answers).sum()
    assert capsys.readouterr().out.splitlines() == [
        "Baseline classifier using an SVM.",
        f"{right} of {COUNT} values correct.",
    ]
