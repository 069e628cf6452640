"""Committees: averages of their networks' outputs, against sums done by hand."""

from math import log
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from tests.backends import assert_close
from tests.strict import StrictDevice

DIFFERENT: tuple[dict[str, Any], ...] = (
    {"hidden": [12], "dtype": "float64", "seed": 1},
    {"hidden": [9, 8], "activation": "relu", "cost": "log-likelihood", "dtype": "float32"},
    {"hidden": [], "activation": "tanh", "dtype": "float32"},
)


def constant(
    outputs: list[float], device: Device | str = "cpu", dtype: str = "float64"
) -> gpunet.Network:
    """A network of two inputs that gives the same outputs whatever it is given."""
    network = gpunet.Network(
        [2, len(outputs)], activation="linear", device=device, dtype=dtype, input_scale=1 / 256
    )
    network.parameters.array[...] = 0.0
    network.biases[0][...] = network.device.put(np.array(outputs, dtype))
    return network


def different(device: Device | str, features: int = 64) -> list[gpunet.Network]:
    """Networks that differ in everything a committee allows."""
    made = []
    for each in DIFFERENT:
        options = dict(each)
        sizes = [features, *options.pop("hidden"), 10]
        made.append(gpunet.Network(sizes, device=device, input_scale=1 / 16, **options))
    return made


def test_outputs_are_averaged_as_probabilities(device: Device) -> None:
    # As probabilities 1/4, 3/4, 0; 1, 0, 0, what is negative being none; all alike.
    outputs = [[1.0, 3.0, 0.0], [0.5, -7.0, 0.0], [-1.0, 0.0, -2.0]]
    committee = gpunet.Committee([constant(each, device) for each in outputs])
    expected = np.array([1 / 4 + 1 + 1 / 3, 3 / 4 + 1 / 3, 1 / 3]) / 3
    assert_close(device, committee.feedforward([[0.1, 0.2], [0.3, 0.4]]), [expected] * 2, 1e-12)
    assert_close(device, committee.feedforward([0.1, 0.2]), expected, 1e-12)


def test_one_that_is_sure_outweighs_two_that_are_not(device: Device) -> None:
    outputs = [[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]]
    committee = gpunet.Committee([constant(each, device) for each in outputs])
    assert_close(device, committee.predict([[0.1, 0.2]]), [0], 0)


def test_evaluation_is_of_the_averaged_outputs(device: Device) -> None:
    networks = [constant([0.9, 0.1, 0.0], device), constant([0.0, 0.7, 0.3], device)]
    x, labels = np.zeros((4, 2)), np.array([0, 0, 1, 2])
    found = gpunet.evaluate(gpunet.Committee(networks), (x, labels))
    np.testing.assert_array_equal(found.confusion, [[2, 0, 0], [1, 0, 0], [1, 0, 0]])
    assert found.cost == pytest.approx(-(2 * log(0.45) + log(0.4) + log(0.15)) / 4, rel=1e-12)
    assert [member.correct for member in found.members] == [2, 1]


def test_each_member_is_evaluated_as_it_is_alone(device: Device) -> None:
    test = gpunet.load_dataset("digits").test
    networks = different(device)
    found = gpunet.evaluate(gpunet.Committee(networks), test)
    for member, network in zip(found.members, networks, strict=True):
        alone = gpunet.evaluate(network, test)
        assert member.cost == alone.cost
        np.testing.assert_array_equal(member.confusion, alone.confusion)


def test_evaluation_in_chunks_agrees_with_feedforward(device: Device) -> None:
    train = gpunet.load_dataset("digits").train  # more than are evaluated at a time
    committee = gpunet.Committee(different(device))
    found = gpunet.evaluate(committee, train)
    shares = device.host(committee.feedforward(train.images))
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (train.labels, shares.argmax(axis=1)), 1)
    np.testing.assert_array_equal(found.confusion, confusion)
    rights = shares[np.arange(len(train)), train.labels]
    assert found.cost == pytest.approx(-np.log(rights).mean(), rel=1e-5)


def test_a_committee_of_one_is_the_network(device: Device) -> None:
    test = gpunet.load_dataset("digits").test
    network = different(device)[1]  # whose outputs are probabilities, and its cost the same
    alone, found = (
        gpunet.evaluate(network, test),
        gpunet.evaluate(gpunet.Committee([network]), test),
    )
    np.testing.assert_array_equal(found.confusion, alone.confusion)
    assert found.cost == pytest.approx(alone.cost, rel=1e-5)
    assert_close(
        device,
        gpunet.Committee([network]).feedforward(test.images),
        network.feedforward(test.images),
        1e-6,
        1e-12,
    )


def test_fractions_are_as_exact_as_the_most_exact_member_takes_them(device: Device) -> None:
    """Inputs that differ by less than float32 can tell, on either side of where a class changes."""
    finer, coarser = constant([0.0, 0.0], device), constant([1.0, 1.0], device, "float32")
    finer.weights[0][...] = device.put(np.array([[1e9, 0.0], [0.0, 1e9]]))
    finer.biases[0][...] = device.put(np.array([-1e9, -1e9]))
    x = np.array([[1 + 1e-9, 1.0], [1.0, 1 + 1e-9]])
    found = gpunet.evaluate(gpunet.Committee([coarser, finer]), (x, np.array([0, 1])))
    np.testing.assert_array_equal(found.confusion, [[1, 0], [0, 1]])


def test_the_samples_are_put_on_the_device_once(digits: Dataset) -> None:
    device = StrictDevice()
    committee = gpunet.Committee(different(device))
    before = device.crossings.to_device
    gpunet.evaluate(committee, digits.test)
    assert device.crossings.to_device - before == 2  # images and labels


@pytest.mark.parametrize(
    ("sizes", "options", "complaint"),
    [
        ([63, 10], {}, "network 1 .* 63 inputs .* network 0 has 64 inputs"),
        ([64, 9], {}, "9 outputs .* 10 outputs"),
        ([64, 10], {"input_scale": 1 / 256}, r"scaled by 0.00390625 .* scaled by 0.0625"),
        ([64, 10], {"device": StrictDevice()}, "on strict, .* on cpu"),
    ],
)
def test_incompatible_networks_are_refused(
    sizes: list[int], options: dict[str, Any], complaint: str
) -> None:
    first = gpunet.Network([64, 30, 10], device="cpu", input_scale=1 / 16)
    other = gpunet.Network(sizes, **{"input_scale": 1 / 16, **options})
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.Committee([first, other])


def test_a_committee_of_none_is_refused() -> None:
    with pytest.raises(gpunet.InputError, match="give one or more"):
        gpunet.Committee([])


def test_samples_that_do_not_fit_are_refused() -> None:
    committee = gpunet.Committee([constant([1.0, 2.0])])
    with pytest.raises(gpunet.InputError, match="this network takes"):
        gpunet.evaluate(committee, (np.zeros((4, 3)), np.zeros(4, int)))
