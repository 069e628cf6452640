"""Dropout with a rate for each layer, and of the inputs: masks, scaling, gradients, refusals."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.nn.step import run
from tests.backends import assert_close
from tests.nn.test_dropout import (
    SCALINGS,
    X,
    assert_gradient,
    bind,
    kept,
    kept_by_hand,
    make_network,
)

RATES: list[float] = [0.3, 0.6]
IMAGES: list[Any] = [(2, 3), "4C2", 5, 3]


def threshold(rate: float) -> int:
    return round(rate * 2**16)


def test_each_layer_has_a_rate_and_a_mask_of_its_own(device: Device) -> None:
    bound = bind(make_network(device, RATES, input_dropout=0.2), X, 7)
    with device.active():
        run(bound.forward())
    found = zip(kept(bound), (0, 1, 2), (6, 7, 5), (0.2, *RATES), strict=True)
    for mask, layer, neurons, rate in found:
        scale = 2**16 / (2**16 - threshold(rate))
        expected = kept_by_hand(layer, 7, len(X), neurons, threshold(rate)) * scale
        assert_close(device, mask, expected, 1e-7)


def test_that_of_the_inputs_leaves_the_other_masks_as_they_are(device: Device) -> None:
    masks = []
    for of_inputs in (0.0, 0.5):
        bound = bind(make_network(device, 0.4, input_dropout=of_inputs), X, 3)
        with device.active():
            run(bound.forward())
        masks.append([device.host(mask) for mask in kept(bound)][-2:])
    for alone, beside in zip(*masks, strict=True):
        np.testing.assert_array_equal(alone, beside)


def test_pixels_are_left_out_below_a_convolution() -> None:
    bound = bind(make_network("cpu", 0.0, sizes=IMAGES, input_dropout=0.5), X, 0)
    run(bound.forward())
    (mask,) = kept(bound)
    np.testing.assert_array_equal(mask, 2 * kept_by_hand(0, 0, len(X), 6, 2**15))


def test_a_layer_with_rate_0_keeps_all() -> None:
    bound = bind(make_network("cpu", [0.0, 0.5]), X, 0)
    assert [mask.shape for mask in kept(bound)] == [(4, 5)]


def test_one_rate_for_all_is_the_same_as_a_list_of_it(device: Device) -> None:
    one, several = make_network(device, 0.5), make_network(device, [0.5, 0.5])
    assert several.dropout == one.dropout == 0.5
    assert several.layers == one.layers


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("sizes", [[6, 7, 5, 3], IMAGES])
def test_the_gradient_is_that_of_what_is_kept(
    device: Device, sizes: list[Any], scaling: str
) -> None:
    network = make_network(
        device, RATES, sizes=sizes, input_dropout=0.4, dropout_scaling=scaling, activation="sigmoid"
    )
    assert_gradient(device, network)


def test_outside_training_each_layer_counts_for_its_share_kept(device: Device) -> None:
    network = make_network(device, RATES, input_dropout=0.2, dropout_scaling="evaluation")
    plain = make_network(device, 0.0)
    with device.active():
        for number, rate in enumerate((0.2, *RATES)):
            plain.weights[number][...] = (1 - rate) * network.weights[number]
    assert_close(device, network.feedforward(X), device.host(plain.feedforward(X)), 1e-12)


def test_outside_training_there_is_none_where_training_scales(device: Device) -> None:
    network, plain = make_network(device, RATES, input_dropout=0.2), make_network(device, 0.0)
    assert_close(device, network.feedforward(X), device.host(plain.feedforward(X)), 0)


def test_the_inputs_alone_can_be_left_out(device: Device) -> None:
    network = make_network(device, 0.0, sizes=[6, 3], input_dropout=0.5)
    bound = bind(network, X, 0)
    with device.active():
        run(bound.forward())
    assert (device.host(kept(bound)[0]) == 0).any()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"dropout": [0.5]}, "^dropout 0.5: 1 number, and needed are 2, for each layer that"),
        ({"dropout": [0.5, 0.4, 0.3]}, "3 numbers, and needed are 2, .*; or give one for all"),
        ({"dropout": []}, "^dropout \\[\\]: give a number from 0 to below 1, or several"),
        ({"dropout": [0.5, 1]}, "^dropout 1: give a number from 0 to below 1"),
        ({"dropout": [0.5, "x"]}, "^dropout 'x': give a number"),
        ({"input_dropout": 1.0}, "^input dropout 1.0: give a number from 0 to below 1"),
        ({"input_dropout": [0.5]}, "^input dropout \\[0.5\\]: give a number"),
        ({"sizes": [6, 3], "dropout": [0.5]}, "needs a hidden layer"),
        ({"sizes": [(2, 3), "4C2", 3], "dropout": [0.5, 0.5]}, "2 numbers, and needed are 1,"),
    ],
)
def test_rates_that_do_not_fit_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.Network(**{"sizes": [6, 7, 5, 3], **options})
