"""Dropout: which neurons are left out, by how much the others are scaled, and the gradient."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.nn.layers.base import Binding, GradientSink
from gpunet.nn.layers.dropout import find_dropout
from gpunet.nn.step import Pass, run
from tests.backends import assert_close

SEED, WORD = 11, 2**64
SCALINGS = ("training", "evaluation")


def splitmix(key: int, place: int) -> int:
    """The number of that place, by the published algorithm in whole numbers."""
    z = (key + (place + 1) * 0x9E3779B97F4A7C15) % WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
    return z ^ (z >> 31)


def kept_by_hand(layer: int, step: int, samples: int, neurons: int, threshold: int) -> Any:
    """1 where a neuron is kept, (samples, neurons)."""
    key = key_for(SEED, RngPurpose.DROPOUT, layer)
    result = np.empty((samples, neurons))
    for neuron in range(neurons):
        for sample in range(samples):
            at = neuron * samples + sample
            number = splitmix(key, step * 2**32 + at // 4)
            result[sample, neuron] = (number >> (16 * (at % 4))) % 2**16 >= threshold
    return result


def make_network(device: Device | str, dropout: Any, **options: Any) -> gpunet.Network:
    sizes = options.pop("sizes", [6, 7, 5, 3])
    defaults: dict[str, Any] = {"activation": "tanh", "cost": "log-likelihood", "dtype": "float64"}
    return gpunet.Network(
        sizes, device=device, seed=SEED, dropout=dropout, **{**defaults, **options}
    )


def bind(network: gpunet.Network, x: Any, step: int) -> Pass:
    """The network in training, at that step."""
    device = network.device
    with device.active():
        clock = device.put(np.array([step], np.uint64))
        return network.bind(device.put(x, network.dtype), clock)


def kept(bound: Pass) -> list[Any]:
    """What each dropout layer multiplies by."""
    return [layer.kept for layer in bound.layers.values() if hasattr(layer, "kept")]


X = np.random.default_rng(2).standard_normal((4, 6))


@pytest.mark.parametrize("step", [0, 1, 12345678901])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_mask_is_a_function_of_seed_layer_step_and_place(
    device: Device, dtype: str, step: int
) -> None:
    bound = bind(make_network(device, 0.3, dtype=dtype), X, step)
    with device.active():
        run(bound.forward())
    threshold = round(0.3 * 2**16)
    scale = 2**16 / (2**16 - threshold)
    first, second = kept(bound)  # before the second and the third fully connected layer
    for found, layer, neurons in ((first, 1, 7), (second, 2, 5)):
        expected = kept_by_hand(layer, step, len(X), neurons, threshold) * scale
        assert_close(device, found, expected, 1e-7)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_left_out_is_the_rate(device: Device, rate: float) -> None:
    bound = bind(make_network(device, rate, sizes=[6, 500, 3]), np.ones((400, 6)), 3)
    with device.active():
        run(bound.forward())
    factors = device.host(kept(bound)[0])
    # Of 200,000 neurons the share left out has a standard deviation of at most 0.0011.
    assert (factors == 0).mean() == pytest.approx(rate, abs=0.005)
    assert factors.max() == pytest.approx(1 / (1 - rate), rel=1e-4)
    assert len(np.unique(factors)) == 2


def test_a_step_draws_other_neurons_than_the_one_before(device: Device) -> None:
    masks = []
    for step in (5, 6):
        bound = bind(make_network(device, 0.5, sizes=[6, 500, 3]), np.ones((8, 6)), step)
        with device.active():
            run(bound.forward())
        masks.append(device.host(kept(bound)[0]) > 0)
    assert 0.45 < (masks[0] == masks[1]).mean() < 0.55


def test_outside_training_there_is_none(device: Device) -> None:
    network, plain = make_network(device, 0.5), make_network(device, 0.0)
    assert_close(device, network.feedforward(X), device.host(plain.feedforward(X)), 0)
    labels = [0, 1, 2, 0]
    found, expected = network.backprop(X, labels), plain.backprop(X, labels)
    assert_close(device, found.flat, device.host(expected.flat), 0)


def test_the_inputs_are_not_left_out_with_the_neurons() -> None:
    assert len(kept(bind(make_network("cpu", 0.5), X, 0))) == 2
    image = make_network("cpu", 0.5, sizes=[(6, 6), "2C3", "MP2", 5, 3])
    found = kept(bind(image, np.ones((2, 36)), 0))
    assert [mask.shape for mask in found] == [(2, 8), (2, 5)]  # none below the convolution


def test_scaled_in_evaluation_neurons_kept_stay_as_they_are(device: Device) -> None:
    bound = bind(make_network(device, 0.3, dropout_scaling="evaluation"), X, 7)
    with device.active():
        run(bound.forward())
    for found, layer, neurons in zip(kept(bound), (1, 2), (7, 5), strict=True):
        expected = kept_by_hand(layer, 7, len(X), neurons, round(0.3 * 2**16))
        assert_close(device, found, expected, 0)


def test_scaled_in_evaluation_all_count_for_the_share_kept(device: Device) -> None:
    network = make_network(device, 0.3, dropout_scaling="evaluation")
    plain, labels = make_network(device, 0.0), [0, 1, 2, 0]
    with device.active():
        for number in (1, 2):  # all but the first, whose inputs are the network's
            plain.weights[number][...] = 0.7 * network.weights[number]
    assert_close(device, network.feedforward(X), device.host(plain.feedforward(X)), 1e-12)
    found, expected = network.backprop(X, labels), plain.backprop(X, labels)
    for number, factor in enumerate((1.0, 0.7, 0.7)):
        weights, biases = expected.weights[number] * factor, expected.biases[number]
        assert_close(device, found.weights[number], device.host(weights), 1e-12, 1e-15)
        assert_close(device, found.biases[number], device.host(biases), 1e-12, 1e-15)


def test_the_kinds_differ_in_the_rate_at_which_the_weights_above_learn() -> None:
    """The derivation at `UnscaledDropout`, at q = ½: same functions, and q² times the step."""
    scaled, unscaled = (make_network("cpu", 0.5, dropout_scaling=s) for s in SCALINGS)
    for number in (1, 2):
        scaled.weights[number][...] = 0.5 * unscaled.weights[number]
    np.testing.assert_allclose(scaled.feedforward(X), unscaled.feedforward(X), rtol=1e-12)
    gradients = []
    for network in (scaled, unscaled):
        bound, found = bind(network, X, 9), network.flat()
        targets = [GradientSink(1 / len(X), 0.0, views) for views in found.views]
        run(bound.forward() + bound.backward(network.cost, np.eye(3)[[0, 1, 2, 0]], targets))
        gradients.append([views for views in found.views if views])
    for number, q in enumerate((1.0, 0.5, 0.5)):
        (of_scaled, scaled_biases), (of_unscaled, biases) = (g[number] for g in gradients)
        # η q² ∂C/∂W is the step q η ∂C/∂w of W = q w.
        np.testing.assert_allclose(q**2 * of_scaled, q * of_unscaled, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(scaled_biases, biases, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("sizes", [[6, 7, 5, 3], [(2, 3), "4C2", 5, 3]])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_the_gradient_is_that_of_the_neurons_kept(
    device: Device, activation: str, sizes: list[Any], scaling: str
) -> None:
    network = make_network(device, 0.4, activation=activation, sizes=sizes, dropout_scaling=scaling)
    assert_gradient(device, network)


def assert_gradient(device: Device, network: gpunet.Network) -> None:
    """Backpropagation gives what finite differences do, with what one step leaves out."""
    bound, y = bind(network, X, 9), np.eye(3)[[0, 1, 2, 0]]
    gradients, host, parameters = network.flat(), device.host, network.parameters.array

    def cost() -> float:
        run(bound.forward())
        return -float(np.log(host(bound.output))[y == 1].mean())

    with device.active():
        sinks = [GradientSink(1 / len(X), 0.0, views) for views in gradients.views]
        backward = bound.backward(network.cost, device.put(y), sinks)
        run(bound.forward() + backward)
        expected, step = np.empty(len(parameters)), 1e-4
        for place in range(len(parameters)):
            before, values = float(host(parameters[place])), []
            for shift in (-2, -1, 1, 2):
                parameters[place] = before + shift * step
                values.append(cost())
            parameters[place] = before
            five_points = values[0] - 8 * values[1] + 8 * values[2] - values[3]
            expected[place] = five_points / (12 * step)
    scale = np.abs(expected).max()
    assert_close(device, gradients.array / scale, expected / scale, 0, 1e-7)


@pytest.mark.parametrize(
    ("scaling", "clock"), [("training", 3), ("evaluation", 3), ("evaluation", None)]
)
def test_at_the_bottom_nothing_goes_further_down(scaling: str, clock: int | None) -> None:
    layer, steps = find_dropout(scaling)(6, 0.5, 1), clock and np.array([clock], np.uint64)
    bound = layer.bind(Binding(CpuDevice(), (), X, "F", steps))
    assert bound.backward(GradientSink(1.0, 0.0, ()), None) == ()
