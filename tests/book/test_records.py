"""What the book's author recorded when he ran his figure programs comes out the same.

GPUNET_BOOK_RECORDS names a folder with overfitting.json and weight_initialization_30.json, from the
folder fig of the book's own repository. They are runs of Python 2 on all of MNIST.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.book import mnist_loader, network2
from gpunet.datasets.mnist import find_mnist
from tests.book.comparing import seed

RECORDS = os.environ.get("GPUNET_BOOK_RECORDS")
GENUINE = find_mnist()

pytestmark = [
    pytest.mark.skipif(not RECORDS, reason="GPUNET_BOOK_RECORDS names no folder of records"),
    pytest.mark.skipif(not GENUINE, reason="MNIST is neither in GPUNET_DATA nor in the cache"),
]


def shuffle_as_python_2(places: list[Any]) -> None:
    """Python 3 shuffles with other numbers of the same generator."""
    for last in range(len(places) - 1, 0, -1):
        other = int(random.random() * (last + 1))
        places[last], places[other] = places[other], places[last]


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Training, validation and test data, when all is seeded as in the author's programs."""
    monkeypatch.setattr(random, "shuffle", shuffle_as_python_2)
    seed(12345678)
    return mnist_loader.load_data_wrapper()


def read(name: str) -> Any:
    return json.loads((Path(RECORDS or "") / name).read_text())


class ByTheBook(network2.Network):
    """A network whose `SGD` takes sample after sample, since a method is overridden."""

    def update_mini_batch(self, *arguments: Any) -> None:
        super().update_mini_batch(*arguments)


@pytest.mark.parametrize(("kind", "epochs"), [(network2.Network, 400), (ByTheBook, 40)])
def test_overfitting(data: Any, kind: type[network2.Network], epochs: int) -> None:
    training_data, _, test_data = data
    net = kind([784, 30, 10], cost=network2.CrossEntropyCost())
    net.large_weight_initializer()
    found = net.SGD(
        training_data[:1000],
        epochs,
        10,
        0.5,
        evaluation_data=test_data,
        monitor_evaluation_cost=True,
        monitor_evaluation_accuracy=True,
        monitor_training_cost=True,
        monitor_training_accuracy=True,
    )
    test_cost, test_accuracy, training_cost, training_accuracy = (
        history[:epochs] for history in read("overfitting.json")
    )
    assert found[1] == test_accuracy
    assert found[3] == training_accuracy
    np.testing.assert_allclose(found[0], test_cost, rtol=1e-12)
    np.testing.assert_allclose(found[2], training_cost, rtol=1e-12)


def test_weight_initialization(data: Any) -> None:
    training_data, validation_data, _ = data
    net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost)
    how: dict[str, Any] = {
        "lmbda": 5.0,
        "evaluation_data": validation_data,
        "monitor_evaluation_accuracy": True,
    }
    found = {"default_weight_initialization": list(net.SGD(training_data, 30, 10, 0.1, **how))}
    net.large_weight_initializer()
    found["large_weight_initialization"] = list(net.SGD(training_data, 30, 10, 0.1, **how))
    assert found == read("weight_initialization_30.json")
