"""Layers as they are written, what they are, and what is refused."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.nn.architecture import parse_layers, read_architecture

NETWORK_3 = [(28, 28), "20C5", "MP2", "40C5", "MP2", 100, 10]


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("30", [30]),
        ("100,30", [100, 30]),
        ("20C5,MP2,40C5,MP2,100", ["20C5", "MP2", "40C5", "MP2", 100]),
        (" 20c5, mp2 ,7", ["20C5", "MP2", 7]),
        ("6C5P2,SS2,16C5@lenet,AP2", ["6C5P2", "SS2", "16C5@lenet", "AP2"]),
        ("16c5@LeNet,1200,mx5", ["16C5@lenet", 1200, "MX5"]),
        ("none", []),
    ],
)
def test_layers_are_read_from_text(text: str, layers: list[Any]) -> None:
    assert parse_layers(text) == layers


NO_LAYERS = ["", "20C5,,10", "20C", "C5", "MP", "0C5", "20C0", "MP0", "0", "-3"]


@pytest.mark.parametrize(
    "text", [*NO_LAYERS, "AP0", "SS", "MX1", "6C5P0", "6C5P", "16C5@", "16C5@lenet5"]
)
def test_text_that_is_no_layer_is_refused(text: str) -> None:
    with pytest.raises(gpunet.InputError, match="is no layer; give a number of neurons"):
        parse_layers(text)


def test_sizes_are_the_numbers_per_sample_after_each_layer() -> None:
    assert gpunet.Network(NETWORK_3).sizes == (784, 11520, 2880, 2560, 640, 100, 10)


def test_weights_are_those_of_the_layers_that_have_some() -> None:
    network = gpunet.Network(NETWORK_3)
    shapes = [(20, 1, 5, 5), (40, 20, 5, 5), (100, 640), (10, 100)]
    assert [weights.shape for weights in network.weights] == shapes
    assert [biases.shape for biases in network.biases] == [(20,), (40,), (100,), (10,)]


def test_activations_are_those_of_layers_with_neurons_of_their_own() -> None:
    network = gpunet.Network(NETWORK_3, activation="relu", cost="log-likelihood", dropout=0.5)
    assert network.activations == ("relu", "relu", "relu", "softmax")


def test_an_architecture_is_read_back_from_what_it_gives() -> None:
    architecture = gpunet.Network(NETWORK_3).architecture
    assert architecture.given == tuple(NETWORK_3)
    assert read_architecture(architecture.given) == architecture
    assert str(architecture) == "28×28-20C5-MP2-40C5-MP2-100-10"


def test_the_shape_of_images_serves_fully_connected_layers_too() -> None:
    by_shape, by_number = gpunet.Network([(8, 8), 9, 4]), gpunet.Network([64, 9, 4])
    assert by_shape.architecture == by_number.architecture
    np.testing.assert_array_equal(by_shape.parameters.array, by_number.parameters.array)


def test_scaled_weights_are_scaled_by_the_numbers_in_a_patch() -> None:
    network = gpunet.Network([(8, 8), "9C3", "100C5", 4], initializer="scaled", seed=2)
    assert network.weights[1].std() == pytest.approx(1 / np.sqrt(9 * 5 * 5), rel=0.02)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([784, "20C5", "MP2", 10], r"20C5 needs images, .* 784 numbers: give .* \(28, 28\)"),
        ([63, "20C5", 10], r"63 numbers: give their shape, \(height, width\)"),
        ([(28, 28), "MP2", 10], "MP2 pools the maps of a convolution"),
        ([(28, 28), "20C5", "MP2", "MP2", 10], "MP2 pools the maps of a convolution"),
        ([(28, 28), 30, "MP2", 10], "MP2 pools the maps of a convolution"),
        ([(28, 28), 30, "20C5", 10], "20C5 on top of a fully connected layer of 30 neurons"),
        ([(28, 4), "20C5", 10], "20C5: kernels of 5 × 5 do not fit into 28 × 4"),
        ([(28, 28), "20C5", "MP5", 10], "24 × 24; these do: MP2, MP3, MP4, MP6, MP8, MP12, MP24"),
        ([(8, 8), "20C2", "MP2", 10], "these do: MP7"),
        ([(8, 9), "20C2", "MP2", 10], "7 × 8; give the kernels another size"),
        ([(28, 28), "20C5"], "last layer must be a number of neurons.*not 20C5"),
        ([(28, 28), "20C5", "MP2"], "last layer must be a number of neurons.*not MP2"),
        ([(28, 28), "AP2", 10], "AP2 averages the maps of a convolution"),
        ([(28, 28), "6C5", "MP2", "AP2", 10], "AP2 averages the maps of a convolution"),
        ([(28, 28), "6C5", "AP5", 10], "24 × 24; these do: AP2, AP3, AP4, AP6, AP8, AP12, AP24"),
        ([(28, 28), "SS2", 10], "SS2 subsamples maps; put a convolution below it"),
        ([(28, 28), "6C5", "SS7", 10], "SS7: squares of 7 × 7 do not divide maps of 24 × 24"),
        ([(28, 28), "6C5", 30, "SS2", 10], "SS2 on top of a fully connected layer"),
        ([(28, 28), "6C5P5", 10], "6C5P5: beyond 4 rows of zeros"),
        ([(28, 28), "4C5", "16C5@lenet", 10], "on 4 maps: LeNet-5's table .* 16 filters to 6 maps"),
        ([(28, 28), "6C5", "20C5@lenet", 10], "LeNet-5's table .* 16C5@lenet on 6C5, or 20C5"),
        ([784, "MX5", 10], "MX5 takes the largest of neurons"),
        ([784, 20, "MX5", "MX2", 10], "MX2 takes the largest of neurons"),
        ([784, 21, "MX5", 10], "21 are not so many groups of 5; give 20 or 25"),
        ([784, 3, "MX5", 10], "3 are not so many groups of 5; give 5"),
        ([784, 50, "MX5"], "last layer must be a number of neurons.*not MX5"),
        ([(28, 28), "20X5", 10], "'20X5' is no layer"),
        ([(28, 28), 2.5, 10], r"2\.5 is no layer"),
        ([(28, 28), True, 10], "True is no layer"),
        ([(3, 28, 28), "20C5", 10], r"\(3, 28, 28\) is no input"),
        ([(28, 0), "20C5", 10], r"\(28, 0\) is no input"),
    ],
)
def test_layers_that_do_not_fit_are_refused(sizes: list[Any], words: str) -> None:
    with pytest.raises(gpunet.InputError, match=words):
        gpunet.Network(sizes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"activation": ["softmax", "sigmoid"]}, "softmax on 4C3"),
        (
            {"sizes": [(8, 8), "4C3", "SS2", 10], "activation": ["tanh", "softmax", "sigmoid"]},
            "softmax on SS2",
        ),
        (
            {"sizes": [64, 20, "MX2", 10], "activation": ["softmax", "sigmoid"]},
            "MX2 on softmax: the largest is taken before the activation",
        ),
        ({"activation": ["relu"] * 3}, "3 activations for 2 layers"),
        ({"dropout": 1.0}, "dropout 1.0: give a number from 0 to below 1"),
        ({"dropout": -0.1}, "dropout"),
        ({"dropout": "half"}, "dropout"),
        ({"dropout_scaling": "inverted"}, "choose one of training, evaluation"),
        ({"dropout": float("nan")}, "dropout"),
        ({"sizes": [64, 10], "dropout": 0.5}, "dropout 0.5 needs a hidden layer"),
    ],
)
def test_arguments_that_do_not_suit_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(gpunet.InputError, match=words):
        gpunet.Network(**{"sizes": [(8, 8), "4C3", "MP2", 10], **arguments})
