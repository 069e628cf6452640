"""What network3 refuses, saying what would make sense."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.book.network3 import ConvPoolLayer, FullyConnectedLayer, Network, SoftmaxLayer
from tests.book.small3 import M, convolutional, make_data, train

NO_FUNCTION: Any = "relu"


@pytest.fixture(scope="module")
def data() -> list[Any]:
    return make_data()


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        (list, "the last must be a SoftmaxLayer"),
        (lambda: [FullyConnectedLayer(64, 10)], "the last must be a SoftmaxLayer"),
        (lambda: ["100", SoftmaxLayer(64, 10)], "'100' is not a ConvPoolLayer"),
        (lambda: [*[FullyConnectedLayer(64, 64)] * 2, SoftmaxLayer(64, 10)], "is used twice"),
        (lambda: [FullyConnectedLayer(64, 12), SoftmaxLayer(13, 10)], "takes 13 inputs"),
        (
            lambda: [ConvPoolLayer((4, 1, 3, 3), (M, 1, 8, 8)), SoftmaxLayer(35, 10)],
            "takes 35 inputs, and the ConvPoolLayer below gives 36",
        ),
        (
            lambda: [ConvPoolLayer((4, 1, 3, 3), (M + 1, 1, 8, 8)), SoftmaxLayer(36, 10)],
            "its first number is the size of mini-batches, here 10",
        ),
        (lambda: [ConvPoolLayer((4, 3), (M, 1, 8, 8))], "needed four, four and two positive"),
        (lambda: [ConvPoolLayer((4, 1, 3, 3), (M, 1, 8, 8), (2,))], "needed four, four and two"),
        (lambda: [ConvPoolLayer((4, 2, 3, 3), (M, 1, 8, 8))], "same number of channels"),
        (
            lambda: [ConvPoolLayer((4, 1, 9, 3), (M, 1, 8, 8))],
            "maps of 0 × 6, smaller than poolsize",
        ),
        (lambda: [FullyConnectedLayer(64, 0)], "n_out 0: give positive whole numbers"),
        (lambda: [SoftmaxLayer(64, 10, p_dropout=1.0)], "dropout 1.0: give a number"),
        (lambda: [FullyConnectedLayer(64, 9, NO_FUNCTION)], "'relu': give a function"),
    ],
)
def test_layers_that_make_no_network_are_refused(layers: Any, complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        Network(layers(), M)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"mini_batch_size": 20}, "the network was made for 10"),
        ({"epochs": 0}, "epochs 0: give a whole number"),
        ({"eta": "0.1"}, "eta '0.1', lmbda 0.0: give two numbers"),
        ({"training_data": 5}, "int: needed a pair of images and labels"),
        ({"validation_data": (np.zeros((9, 64)), np.zeros(9, int))}, "do not fill one mini-batch"),
        ({"test_data": (np.zeros((20, 63)), np.zeros(20, int))}, "the network takes"),
        ({"test_data": (np.zeros((20, 64)), np.full(20, 10))}, "label 10: the network has 10"),
    ],
)
def test_requests_that_make_no_sense_are_refused(
    data: list[Any], change: dict[str, Any], complaint: str
) -> None:
    names = ("training_data", "validation_data", "test_data")
    request: dict[str, Any] = {"epochs": 1, "mini_batch_size": M, "eta": 0.1}
    with pytest.raises(gpunet.InputError, match=complaint):
        convolutional().SGD(**{**dict(zip(names, data, strict=True)), **request, **change})


def test_a_network_whose_layers_were_given_to_another_is_refused(data: list[Any]) -> None:
    first = convolutional()
    second = Network(first.layers, M)
    train(second, data)
    with pytest.raises(gpunet.InputError, match="since been used in another network"):
        train(first, data)
