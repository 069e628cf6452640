"""What is said to go on in the layers is what goes on there."""

import json

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.diagnosis import Diagnosis
from gpunet.evaluation.diagnostician import LEAST, MOST, Diagnostician, samples_for


def sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def make(device: Device, digits: Dataset, *layers: object, **options: object) -> gpunet.Network:
    sizes = [*layers, 10]
    return gpunet.Network(sizes, device=device, input_scale=digits.scale, **options)  # type: ignore[arg-type]


def taken(diagnostician: Diagnostician) -> Diagnosis:
    found = diagnostician.take()
    assert found is not None
    return found


def test_figures_are_their_formulas(device: Device, digits: Dataset) -> None:
    network = make(device, digits, 64, 12, seed=3)
    diagnostician = Diagnostician(network, digits)
    before = [device.host(w).astype(np.float64) for w in network.weights]
    for w in network.weights:
        w *= w.dtype.type(1.25)
    seen = taken(diagnostician)

    split = digits.train.spread(LEAST)
    found = gpunet.evaluate(network, split)
    assert seen.accuracy == pytest.approx(found.accuracy)
    assert seen.cost == pytest.approx(found.cost, rel=1e-5)
    gradients = network.backprop(split.images, split.labels)
    a = split.images.astype(np.float64) * digits.scale
    for layer, state in enumerate(seen.layers):
        w, b = (device.host(each[layer]) for each in (network.weights, network.biases))
        a = sigmoid(a @ w.astype(np.float64).T + b)
        at_an_end = (a <= 0.01) | (a >= 0.99)
        stuck = np.maximum((a <= 0.01).mean(axis=0), (a >= 0.99).mean(axis=0)) >= 0.99
        assert state.activation == pytest.approx(np.sqrt((a * a).mean()), rel=1e-5)
        assert state.saturated == pytest.approx(at_an_end.mean(), abs=0.002)
        assert state.stuck == stuck.mean()
        gradient = device.host(gradients.weights[layer])
        size = np.linalg.norm(gradient) / np.linalg.norm(w)
        assert state.gradient == pytest.approx(size, rel=1e-4)
        assert state.update == pytest.approx(0.2, rel=1e-5)
        assert np.linalg.norm(w - before[layer]) > 0
    assert taken(diagnostician).layers[0].update == 0


def test_outputs_that_never_answer_are_silent(device: Device, digits: Dataset) -> None:
    network = make(device, digits, 64, 12, seed=3)
    for number in (2, 7):
        network.biases[1][number] = -60
    seen = taken(Diagnostician(network, digits))
    assert set(seen.silent) >= {2, 7}
    assert seen.layers[1].stuck >= 0.2


def test_dead_neurons_are_stuck(device: Device, digits: Dataset) -> None:
    network = make(device, digits, 64, 20, activation="relu", cost="cross-entropy")
    network.biases[0][:5] = -1000
    seen = taken(Diagnostician(network, digits))
    x = digits.train.spread(LEAST).images * digits.scale
    w, b = (device.host(each[0]) for each in (network.weights, network.biases))
    zero = x @ w.T + b <= 0
    dead = zero.mean(axis=0) >= 0.99
    assert dead[:5].all()
    assert seen.layers[0].stuck == dead.mean()
    assert seen.layers[0].saturated == pytest.approx(zero.mean())


def test_maps_are_neurons_too(device: Device, digits: Dataset) -> None:
    network = make(device, digits, (8, 8), "4C3", "MP2", activation="relu", cost="log-likelihood")
    network.biases[0][0] = -1000
    seen = taken(Diagnostician(network, digits))
    assert seen.layers[0].stuck == 0.25
    assert len(seen.layers) == 2
    output = device.host(network.feedforward(digits.train.spread(LEAST).images))
    assert seen.layers[1].activation == pytest.approx(np.sqrt((output**2).mean()), rel=1e-5)


def test_a_class_without_images_is_not_called_silent(digits: Dataset) -> None:
    network = gpunet.Network([64, 12, 11], input_scale=digits.scale)
    network.biases[1][10] = -60
    assert 10 not in taken(Diagnostician(network, digits)).silent


def test_the_network_stays_as_it_is(device: Device, digits: Dataset) -> None:
    network = make(device, digits, 64, 12, dropout=0.5)
    before = device.host(network.parameters.array).tobytes()
    diagnostician = Diagnostician(network, digits)
    assert taken(diagnostician) == taken(diagnostician)
    assert device.host(network.parameters.array).tobytes() == before


def test_numbers_too_large_to_be_squared_are_not_recorded(usual: Device, digits: Dataset) -> None:
    network = make(usual, digits, 64, activation="linear")
    network.parameters.array[...] = 1e25
    assert Diagnostician(network, digits).take() is None


def test_it_comes_back_from_json(digits: Dataset) -> None:
    seen = taken(Diagnostician(gpunet.Network([64, 10], input_scale=digits.scale), digits))
    assert Diagnosis.from_json(json.loads(json.dumps(seen.to_json()))) == seen


def test_a_fiftieth_of_the_images_within_limits() -> None:
    network = gpunet.Network([784, 30, 10])
    assert [samples_for(network, n) for n in (30, 1258, 20_000, 50_000, 10**6)] == [
        30,
        LEAST,
        400,
        MOST,
        MOST,
    ]
