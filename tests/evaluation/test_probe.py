"""A probe shows what every layer makes of a sample."""

import numpy as np
from scipy.signal import correlate

import gpunet
from gpunet.backend.device import Device
from gpunet.evaluation.probe import Probe
from tests.backends import assert_close

PIXELS = np.arange(64, dtype=np.uint8) * 3


def sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def test_dense_layers_are_the_formula(device: Device) -> None:
    network = gpunet.Network([64, 12, 10], device=device, dropout=0.5, input_scale=1 / 256)
    hidden, output = Probe(network).look(PIXELS)
    (w1, w2), (b1, b2) = (
        [device.host(each) for each in arrays] for arrays in (network.weights, network.biases)
    )
    expected = sigmoid(w1 @ (PIXELS / 256) + b1)
    assert_close(device, hidden, expected, rtol=1e-5, atol=1e-5)
    assert_close(device, output, sigmoid(w2 @ expected + b2), rtol=1e-5, atol=1e-5)


def test_maps_are_images_of_the_layer(device: Device) -> None:
    layers = [(8, 8), "3C3", "MP2", 10]
    network = gpunet.Network(layers, activation="relu", device=device, cost="cross-entropy")
    probe = Probe(network)
    maps, output = probe.look(PIXELS)
    weights, biases = device.host(network.weights[0]), device.host(network.biases[0])
    image = PIXELS.reshape(8, 8) / 256
    for number in range(3):
        z = correlate(image, weights[number, 0], mode="valid") + biases[number]
        pooled = np.maximum(z, 0).reshape(3, 2, 3, 2).max(axis=(1, 3))
        assert_close(device, maps[number], pooled, rtol=1e-5, atol=1e-5)
    assert_close(device, output, network.feedforward(PIXELS), rtol=1e-6, atol=1e-6)
    assert [layer.name for layer in probe.layers] == ["3C3-MP2", "10"]
    assert [layer.shape for layer in probe.layers] == [(3, 3, 3), (10,)]


def test_it_follows_the_parameters_and_gives_copies(device: Device) -> None:
    network = gpunet.Network([64, 10], device=device)
    probe = Probe(network)
    (before,) = probe.look(PIXELS)
    kept = before.copy()
    network.biases[0][...] = 30.0
    (after,) = probe.look(PIXELS)
    assert (before == kept).all()
    assert (after > before).all()
