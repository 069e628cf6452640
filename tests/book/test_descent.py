"""The bound steps behind the book's SGD."""

import numpy as np
import pytest

from gpunet.book.core import Core
from gpunet.book.descent import Descent
from tests.book.plain import Pair
from tests.strict import StrictDevice

WEIGHTS = [np.full((12, 64), 0.1), np.full((10, 12), -0.1)]
BIASES = [np.zeros((12, 1)), np.zeros((10, 1))]


@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_an_epoch_takes_the_order_to_the_device_and_brings_nothing_back(
    columns: list[Pair], decay: float
) -> None:
    device = StrictDevice()
    descent = Descent(Core(device, WEIGHTS, BIASES, "quadratic"), columns, 10, 3.0, decay)
    before = device.crossings.to_device
    descent.train_epoch(np.arange(253))
    assert device.crossings.to_host == 0
    assert device.crossings.to_device == before + 1


def test_samples_keep_the_type_they_came_in(columns: list[Pair]) -> None:
    core = Core("cpu", WEIGHTS, BIASES, "quadratic")
    assert Descent(core, columns, 10, 3.0).x.dtype == np.float32
    whole = [((16 * x).astype(np.int64), y) for x, y in columns]
    assert Descent(core, whole, 10, 3.0).x.dtype == np.float64


def test_the_lists_given_are_left_alone(columns: list[Pair]) -> None:
    core = Core("cpu", WEIGHTS, BIASES, "quadratic")
    Descent(core, columns, 10, 3.0).train_epoch(np.arange(253))
    assert np.all(WEIGHTS[0] == 0.1)
    assert not np.all(core.lists()[0][0] == 0.1)
