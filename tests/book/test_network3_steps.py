"""network3's steps are those of the plain program, and go down the gradient of its own cost."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.book.chapter6.core import SEED
from gpunet.book.network3 import (
    ConvPoolLayer,
    FullyConnectedLayer,
    Network,
    ReLU,
    SoftmaxLayer,
    linear,
    sigmoid,
    tanh,
)
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.datasets.batches import DeviceDataset
from gpunet.engines.eager import Eager
from gpunet.nn.optimizers.base import OptimizerConfig
from gpunet.nn.optimizers.sgd import Descent
from tests.backends import refusing_allocations
from tests.book.plain3 import PlainConnected, PlainConvolution, PlainNetwork, splitmix_masks
from tests.strict import StrictDevice

M, CLASSES, SAMPLES = 4, 3, 22
ETA, LMBDA = 0.3, 0.7
IMAGE = (7, 6)


def swish(z: Any) -> Any:
    return z * sigmoid(z)


def leaky(z: Any) -> Any:
    return np.where(z > 0, z, 0.1 * z)


def one_convolution() -> list[Any]:
    """Filters and rectangles that are no squares, and another share of dropout in each layer."""
    return [
        ConvPoolLayer((3, 1, 3, 2), (M, 1, *IMAGE), (2, 1), ReLU),
        FullyConnectedLayer(3 * 2 * 5, 8, tanh, p_dropout=0.5),
        FullyConnectedLayer(8, 6, sigmoid),
        SoftmaxLayer(6, CLASSES, p_dropout=0.2),
    ]


def two_convolutions() -> list[Any]:
    """The lower leaves a row and a column out of its pooling, the upper pools nothing."""
    return [
        ConvPoolLayer((2, 1, 2, 3), (M, 1, *IMAGE), (4, 3), sigmoid),
        ConvPoolLayer((4, 2, 1, 1), (M, 2, 1, 1), (1, 1), linear),
        SoftmaxLayer(4, CLASSES),
    ]


def on_each_other() -> list[Any]:
    return [
        ConvPoolLayer((2, 1, 2, 2), (M, 1, *IMAGE), (1, 2), tanh),
        ConvPoolLayer((3, 2, 3, 1), (M, 2, 6, 2), (2, 2), ReLU),
        SoftmaxLayer(3 * 2 * 1, CLASSES, p_dropout=0.5),
    ]


def connected() -> list[Any]:
    """The network's inputs are left out as well, where the first layer says so."""
    return [
        FullyConnectedLayer(42, 9, ReLU, p_dropout=0.25),
        FullyConnectedLayer(9, 7, linear, p_dropout=0.5),
        SoftmaxLayer(7, CLASSES),
    ]


def functions_of_ones_own() -> list[Any]:
    return [
        ConvPoolLayer((2, 1, 3, 3), (M, 1, *IMAGE), (2, 2), swish),
        FullyConnectedLayer(2 * 2 * 2, 8, leaky, p_dropout=0.5),
        SoftmaxLayer(8, CLASSES),
    ]


Recipe = Callable[[], list[Any]]
RECIPES: list[Recipe] = [
    one_convolution,
    two_convolutions,
    on_each_other,
    connected,
    functions_of_ones_own,
]


def make_network(recipe: Recipe, device: Device | str = "cpu") -> Network:
    """A network whose softmax layer does not begin at zero, where no gradient would go below it."""
    np.random.seed(2)  # noqa: NPY002
    net = Network(recipe(), M, device=device, dtype="float64")
    top = net.layers[-1].w
    top.set_value(np.random.default_rng(3).standard_normal(top.get_value().shape))
    return net


def make_plain(net: Network) -> tuple[PlainNetwork, Any]:
    """The same network as a plain program, and its masks."""
    layers: list[Any] = []
    for layer in net.layers:
        w, b = layer.w.get_value(), layer.b.get_value()
        name = layer.activation_fn.__name__ if hasattr(layer, "activation_fn") else ""
        if isinstance(layer, ConvPoolLayer):
            image, pool = tuple(layer.image_shape[2:]), tuple(layer.poolsize)
            layers.append(PlainConvolution(w, b, image, pool, name))
        else:
            layers.append(PlainConnected(w, b, layer.p_dropout, name))
    dropping = {k: layer for k, layer in enumerate(net.layers) if layer.p_dropout}
    keys = {number: key_for(SEED, RngPurpose.DROPOUT, number) for number in dropping}
    sizes = {number: len(layer.w.get_value()) for number, layer in dropping.items()}
    shares = {number: layer.p_dropout for number, layer in dropping.items()}
    return PlainNetwork(layers), splitmix_masks(keys, M, sizes, shares)


def make_samples(flat: bool) -> tuple[Any, Any]:
    """Images and labels; flat ones are blank but for two rows, so that maxima tie."""
    stream = np.random.default_rng(5)
    x = stream.random((SAMPLES, 42))
    x[:, 12:] *= not flat
    return x, stream.integers(CLASSES, size=SAMPLES)


def assert_same(net: Network, plain: PlainNetwork) -> None:
    for layer, expected in zip(net.layers, plain.layers, strict=True):
        np.testing.assert_allclose(layer.w.get_value(), expected.w, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(layer.b.get_value(), expected.b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("recipe", RECIPES)
def test_steps_are_those_of_the_plain_program(device: Device, recipe: Recipe) -> None:
    """Over two calls of two epochs, five mini-batches each; the last two samples are left out."""
    net, data = make_network(recipe, device), make_samples(flat=True)
    plain, masks = make_plain(net)
    batches = SAMPLES // M
    for call in range(2):
        net.SGD(data, 2, M, ETA, data, data, lmbda=LMBDA)
        for epoch in (2 * call, 2 * call + 1):
            plain.epoch(*data, M, ETA, LMBDA, masks, epoch * batches)
        assert_same(net, plain)
    x, y = data
    expected = plain.outputs(x)
    np.testing.assert_allclose(net.output.eval({net.x: x}), expected, rtol=1e-9)
    np.testing.assert_array_equal(net.test_mb_predictions(1), expected[M : 2 * M].argmax(axis=1))
    accuracy = net.layers[-1].accuracy(net.y).eval({net.x: x, net.y: y})
    assert accuracy == pytest.approx((expected.argmax(axis=1) == y).mean())


@pytest.mark.parametrize("recipe", [one_convolution, on_each_other, functions_of_ones_own])
def test_maxima_do_tie_in_these_images(recipe: Recipe) -> None:
    """Else nothing would be held above of where their gradients go."""
    net, (x, y) = make_network(recipe), make_samples(flat=True)
    plain, masks = make_plain(net)
    plain.gradient(x[:M], y[:M], 0, masks)
    assert plain.layers[0].ties > 10


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_step_goes_down_the_gradient_of_the_cost(recipe: Recipe) -> None:
    """The cost as the network itself tells it, with what dropout leaves out, by differences."""
    net, (x, y) = make_network(recipe), make_samples(flat=False)
    x, y = x[:M], y[:M]
    cost, given = net.layers[-1].cost(net), {net.x: x, net.y: y}
    expected, before = [], [parameter.get_value() for parameter in net.params]
    for parameter, value in zip(net.params, before, strict=True):
        slopes = np.empty_like(value)
        for place in np.ndindex(value.shape):
            costs = []
            for shift in (-2e-4, -1e-4, 1e-4, 2e-4):
                moved = value.copy()
                moved[place] += shift
                parameter.set_value(moved)
                costs.append(float(cost.eval(given)))
            slopes[place] = (costs[0] - 8 * costs[1] + 8 * costs[2] - costs[3]) / 12e-4
        parameter.set_value(value)
        expected.append(slopes + (LMBDA * value if parameter.name == "w" else 0.0))
    net.SGD((x, y), 1, M, ETA, (x, y), (x, y), lmbda=LMBDA)
    scale = max(np.abs(slopes).max() for slopes in expected)
    assert scale > 1e-2
    for parameter, value, slopes in zip(net.params, before, expected, strict=True):
        found = (value - parameter.get_value()) / ETA
        np.testing.assert_allclose(found / scale, slopes / scale, rtol=0, atol=1e-7)


def test_dropout_scales_in_evaluation_and_not_in_training() -> None:
    """At p = ½, written out for one layer: softmax of (mask ∘ x) w, and of ½ x w."""
    net = Network([SoftmaxLayer(42, CLASSES, p_dropout=0.5)], M, dtype="float64")
    x, _ = make_samples(flat=False)
    w = np.random.default_rng(8).standard_normal((42, CLASSES))
    net.layers[0].w.set_value(w)

    def softmax(z: Any) -> Any:
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    np.testing.assert_allclose(net.output.eval({net.x: x}), softmax(0.5 * x @ w), rtol=1e-12)
    left = net.layers[0].inpt_dropout.eval({net.x: x[:M]})
    assert 0.3 < (left == 0).mean() < 0.7
    assert ((left == 0) | (left == x[:M])).all()
    found = net.output_dropout.eval({net.x: x[:M]})
    np.testing.assert_allclose(found, softmax(left @ w), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_more_crosses_to_the_host_for_more_samples(dtype: str) -> None:
    counts = []
    for repeats in (1, 5):
        device, (x, y) = StrictDevice(), make_samples(flat=True)
        data = np.tile(x[:20], (repeats, 1)), np.tile(y[:20], repeats)
        net = Network(functions_of_ones_own(), M, device=device, dtype=dtype)
        before = device.crossings.to_host
        net.SGD(data, 2, M, ETA, (x, y), (x, y))
        counts.append(device.crossings.to_host - before)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("recipe", RECIPES)
def test_no_step_takes_memory_of_the_device(device: Device, recipe: Recipe) -> None:
    core, (x, y) = make_network(recipe, device).core, make_samples(flat=True)
    with device.active():
        data = DeviceDataset(device, x[:20], y[:20], 1.0)
        optimizer = Descent.make(core, OptimizerConfig(ETA, l2=LMBDA / 20))
        engine = Eager(core, optimizer, data, M)
        engine.begin(np.arange(20))
        engine.run(0)
        with refusing_allocations(device):
            engine.run(engine.whole - 1)
            engine.run(0)
