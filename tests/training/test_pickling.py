"""Networks, data sets and histories are pickled, copied and sent to processes."""

import copy
import multiprocessing
import pickle
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset

COPIES = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}
KINDS: dict[str, dict[str, Any]] = {
    "dense": {"sizes": [64, 9, 10]},
    "convolutional": {
        "sizes": [(8, 8), "3C3", "MP2", 10],
        "activation": "relu",
        "cost": "log-likelihood",
    },
    "dropout": {"sizes": [64, 9, 10], "dropout": 0.5, "dropout_scaling": "evaluation"},
    "dropout of inputs": {"sizes": [64, 9, 8, 10], "dropout": [0.5, 0.3], "input_dropout": 0.2},
    "float64": {"sizes": [64, 10], "dtype": "float64", "cost": "cross-entropy"},
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_a_network_is_one_of_its_own(few: Dataset, way: str, kind: str) -> None:
    network = gpunet.Network(**KINDS[kind], device="cpu", seed=4)
    network.classes = tuple("abcdefghij")
    network.scale_floats = True
    other = COPIES[way](network)
    x = few.test.images
    np.testing.assert_array_equal(other.feedforward(x), network.feedforward(x))
    assert (other.classes, other.scale_floats, other.seed) == (network.classes, True, 4)
    before = network.parameters.array.copy()
    gpunet.fit(other, few, epochs=1)
    assert not np.array_equal(other.parameters.array, before)
    np.testing.assert_array_equal(network.parameters.array, before)
    np.testing.assert_array_equal(other.weights[0].reshape(-1)[:3], other.parameters.array[:3])


@pytest.mark.parametrize("way", ["deepcopy", "copy"])
def test_a_copy_stays_on_its_device(device: Device, way: str) -> None:
    network = gpunet.Network([6, 4], device=device)
    assert COPIES[way](network).device is device


def test_a_pickled_network_lands_on_the_cpu_where_its_device_is_not_there() -> None:
    network = gpunet.Network([6, 4], device="cpu")
    state = network.__getstate__()
    state["device"] = ("cuda:77", "float32")
    other = gpunet.Network.__new__(gpunet.Network)
    other.__setstate__(state)
    assert other.device.name == "cpu"
    np.testing.assert_array_equal(other.parameters.array, network.parameters.array)


@pytest.mark.cuda
def test_a_pickled_network_comes_back_to_its_gpu(device: Device) -> None:
    if device.name[:4] != "cuda":
        pytest.skip("a test of GPUs")
    other = pickle.loads(pickle.dumps(gpunet.Network([6, 4], device=device)))
    assert other.device.name == device.name


def test_data_and_histories_come_back_equal(few: Dataset) -> None:
    network = gpunet.Network([64, 10], device="cpu")
    history = gpunet.fit(network, few, epochs=2, diagnose=True)
    evaluation = gpunet.evaluate(network, few.test)
    data, told, found, committee = pickle.loads(
        pickle.dumps((few, history, evaluation, gpunet.Committee([network, network])))
    )
    assert data.digest == few.digest
    assert told == history
    assert isinstance(told, gpunet.History)
    assert found.accuracy == evaluation.accuracy
    np.testing.assert_array_equal(
        committee.predict(few.test.images), network.predict(few.test.images)
    )


def accuracy_elsewhere(network: gpunet.Network, data: Dataset) -> float:
    return gpunet.evaluate(network, data.test).accuracy


def test_a_network_is_sent_to_another_process(few: Dataset) -> None:
    network = gpunet.Network([64, 10], device="cpu")
    gpunet.fit(network, few, epochs=1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(accuracy_elsewhere, (network, few))
    assert found == gpunet.evaluate(network, few.test).accuracy
