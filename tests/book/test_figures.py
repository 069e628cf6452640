"""What the programs behind the book's figures ask of network2 and mnist_loader."""

import json
import math
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.book import mnist_loader, network2
from tests.book.comparing import seed
from tests.book.plain import Plain
from tests.datasets.samples import make_samples, write_mnist

IMAGES, LABELS = make_samples(200, 28, 28)
IMAGES //= 16  # so faint that no neuron saturates


@pytest.fixture(autouse=True)
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred noisy images, as MNIST's four files, and all that is random seeded."""
    write_mnist(tmp_path / "mnist", IMAGES, LABELS)
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path))
    seed(5)


def twin(sizes: list[int], scaled: bool, draws_before: int) -> Plain:
    """A plain network of the seed's weights, after those of so many others."""
    seed(5)
    for _ in range(draws_before):
        Plain(sizes)
    return Plain(sizes, "cross-entropy", scaled)


def test_overfitting_and_regularized() -> None:
    training_data, _, test_data = mnist_loader.load_data_wrapper()
    net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost())
    net.large_weight_initializer()
    told = net.SGD(
        training_data[:100], 3, 10, 0.5, evaluation_data=test_data, lmbda=0.1,
        monitor_evaluation_cost=True, monitor_evaluation_accuracy=True,
        monitor_training_cost=True, monitor_training_accuracy=True,
    )  # fmt: skip
    test_cost, test_accuracy, training_cost, training_accuracy = json.loads(json.dumps(told))
    plain = twin([784, 30, 10], scaled=False, draws_before=1)
    data = mnist_loader.load_data_wrapper()[0][:100]
    with_columns = [(x, network2.vectorized_result(y)) for x, y in test_data]
    for epoch in range(3):
        plain.epoch(data, 10, 0.5, 0.1)
        assert training_accuracy[epoch] == plain.correct(data)
        assert test_accuracy[epoch] == plain.correct(test_data)
        assert training_cost[epoch] == pytest.approx(plain.mean_cost(data, 0.1), rel=1e-9)
        assert test_cost[epoch] == pytest.approx(plain.mean_cost(with_columns, 0.1), rel=1e-9)


def test_more_data(capsys: pytest.CaptureFixture[str]) -> None:
    training_data, validation_data, _ = mnist_loader.load_data_wrapper()
    net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost())
    accuracies = []
    for size in (50, 100):
        net.large_weight_initializer()
        epochs: Any = 200 / size
        net.SGD(training_data[:size], epochs, 10, 0.5, lmbda=size * 0.0001)
        accuracies.append(net.accuracy(validation_data) / 100.0)
    assert json.loads(json.dumps(accuracies)) == accuracies
    assert capsys.readouterr().out.count("training complete") == 4 + 2


def test_multiple_eta() -> None:
    training_data, validation_data, _ = mnist_loader.load_data_wrapper()
    results = [
        network2.Network([784, 30, 10]).SGD(
            training_data, 2, 10, eta, lmbda=5.0,
            evaluation_data=validation_data, monitor_training_cost=True,
        )
        for eta in (0.025, 0.25)
    ]  # fmt: skip
    for _, _, training_cost, _ in json.loads(json.dumps(results)):
        assert len(training_cost) == 2
    assert [len(history) for history in results[0]] == [0, 0, 2, 0]


def test_weight_initialization() -> None:
    training_data, validation_data, _ = mnist_loader.load_data_wrapper()
    net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost)
    found = []
    for start in (net.default_weight_initializer, net.large_weight_initializer):
        start()
        _, accuracies, _, _ = net.SGD(
            training_data, 1, 10, 0.1, lmbda=5.0,
            evaluation_data=validation_data, monitor_evaluation_accuracy=True,
        )  # fmt: skip
        found += accuracies
    plain = twin([784, 30, 10], scaled=True, draws_before=1)
    plain.epoch(mnist_loader.load_data_wrapper()[0], 10, 0.1, 5.0)
    assert found[0] == plain.correct(validation_data)


def test_generate_gradient() -> None:
    data = mnist_loader.load_data_wrapper()[0][:100]
    sizes = [784, 30, 30, 10]
    net = network2.Network(sizes)
    plain = twin(sizes, scaled=True, draws_before=0)

    def average(gradients: list[list[Any]]) -> list[list[float]]:
        total = reduce(lambda a, b: [x + y for x, y in zip(a, b, strict=True)], gradients)
        return [(np.reshape(g, len(g)) / len(data)).tolist() for g in total]

    for _ in range(2):
        ours = average([net.backprop(x, y)[0] for x, y in data])
        theirs = average([plain.gradient(x, y)[0] for x, y in data])
        for layer, wanted in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(layer, wanted, rtol=1e-12, atol=1e-15)
            assert math.sqrt(sum(x * x for x in layer)) > 0
        seed(6)
        net.SGD(data, 1, 1000, 0.1, lmbda=5.0)
        seed(6)
        plain.epoch(list(data), 1000, 0.1, 5.0)


def test_serialize_images_to_json() -> None:
    training_data, validation_data, _ = mnist_loader.load_data_wrapper()
    (images, _), (_, labels), _ = mnist_loader.load_data()
    x, y = training_data[7]
    written = json.dumps(
        {
            "training": {"x": [row[0] for row in x.tolist()], "y": [row[0] for row in y.tolist()]},
            "validation": {"y": validation_data[3][1]},
        }
    )
    read = json.loads(written)
    assert read["training"]["x"] == images[7].tolist()
    assert sorted(read["training"]["y"]) == [0.0] * 9 + [1.0]
    assert read["validation"]["y"] == labels[3]


def test_mnist() -> None:
    _, _, test_set = mnist_loader.load_data()
    images = [np.reshape(image, (-1, 28)) for image in test_set[0]]
    np.testing.assert_array_equal(images[7], IMAGES[7] / 256)
