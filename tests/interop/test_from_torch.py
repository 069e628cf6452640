"""PyTorch modules as networks: held against what PyTorch computes, and what is refused."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.interop import from_torch, to_torch
from tests.interop.networks import random_images

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn


def maps(*above: Any) -> Any:
    """A Sequential on images of 28 × 28 that begins with a convolution."""
    return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 3, 5), *above)


def seeded(build: Any) -> Any:
    """A module whose parameters are the same every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return build()


# What is taken, with the activations and the cost that come of it.
TAKEN: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "one Linear": (lambda: nn.Linear(784, 10), ("linear",), "quadratic"),
    "every activation": (
        lambda: nn.Sequential(
            nn.Linear(784, 9), nn.Sigmoid(), nn.Linear(9, 8), nn.Tanh(),
            nn.Linear(8, 7), nn.ReLU(), nn.Linear(7, 10), nn.Softmax(dim=1),
        ),
        ("sigmoid", "tanh", "relu", "softmax"),
        "log-likelihood",
    ),
    "nested": (
        lambda: nn.Sequential(
            nn.Flatten(),
            nn.Sequential(nn.Linear(784, 20), nn.Sequential(nn.ReLU(), nn.Identity())),
            nn.Sequential(nn.Linear(20, 10), nn.Sigmoid()),
        ),
        ("relu", "sigmoid"),
        "cross-entropy",
    ),
    "two Linears on each other": (
        lambda: nn.Sequential(nn.Linear(784, 20), nn.Linear(20, 10)),
        ("linear", "linear"),
        "quadratic",
    ),
    "without biases": (
        lambda: nn.Sequential(nn.Linear(784, 20, bias=False), nn.Tanh(), nn.Linear(20, 10)),
        ("tanh", "linear"),
        "quadratic",
    ),
    "dropout": (
        lambda: nn.Sequential(
            nn.Dropout(0.0), nn.Linear(784, 20), nn.ReLU(), nn.Dropout(0.25), nn.Linear(20, 10)
        ),
        ("relu", "linear"),
        "quadratic",
    ),
    "dropout of inputs": (
        lambda: nn.Sequential(
            nn.Identity(), nn.Dropout(0.2), nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, 10)
        ),
        ("relu", "linear"),
        "quadratic",
    ),
    "activation before pooling": (
        lambda: maps(nn.Sigmoid(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(432, 10)),
        ("sigmoid", "linear"),
        "quadratic",
    ),
    "pools that could reach beyond the maps": (
        lambda: maps(nn.MaxPool2d(4, ceil_mode=True), nn.Flatten(), nn.Linear(108, 10)),
        ("linear", "linear"),
        "quadratic",
    ),
    "activation behind pooling": (
        lambda: maps(nn.MaxPool2d(2, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(432, 10)),
        ("relu", "linear"),
        "quadratic",
    ),
    "two convolutions": (
        lambda: maps(
            nn.Tanh(), nn.Conv2d(3, 4, (9, 9), padding="valid", bias=False), nn.ReLU(),
            nn.MaxPool2d((4, 4)), nn.Dropout(0.5), nn.Flatten(), nn.Linear(64, 10),
        ),
        ("tanh", "relu", "linear"),
        "quadratic",
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("kind", TAKEN)
def test_the_outputs_are_those_of_the_module(kind: str, dtype: Any) -> None:
    build, activations, cost = TAKEN[kind]
    module = seeded(build).to(dtype).eval()
    network = from_torch(module)
    assert (network.activations, network.cost.name) == (activations, cost)
    x = torch.from_numpy(random_images(50)).to(dtype) / 256
    with torch.no_grad():
        expected = module(x).numpy()
    atol = 1e-6 if dtype == torch.float32 else 1e-12
    assert network.dtype == expected.dtype
    np.testing.assert_allclose(network.feedforward(x.numpy()), expected, rtol=atol, atol=atol)


def test_the_network_is_put_onto_a_device(device: Device) -> None:
    module = seeded(TAKEN["two convolutions"][0]).eval()
    network = from_torch(module, device=device)
    x = random_images(20).astype(np.float32) / 256
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    found = device.host(network.feedforward(x))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(
        device.host(from_torch(to_torch(network), device=device).parameters.array),
        device.host(network.parameters.array),
    )


def test_images_without_unflatten_are_of_the_shape_given() -> None:
    module = seeded(
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 6 * 10, 5))
    )
    network = from_torch(module, image_shape=(8, 12))
    x = random_images(20, 96).astype(np.float32) / 256
    with torch.no_grad():
        expected = module(torch.from_numpy(x).reshape(-1, 1, 8, 12)).numpy()
    np.testing.assert_allclose(network.feedforward(x), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("cost", "loss"),
    [("log-likelihood", nn.CrossEntropyLoss()), ("cross-entropy", nn.BCEWithLogitsLoss())],
)
def test_a_cost_is_the_loss_with_its_output_layer(cost: str, loss: Any) -> None:
    module = seeded(lambda: nn.Sequential(nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, 10)))
    network = from_torch(module, cost=cost)
    x, y = random_images(50).astype(np.float32) / 256, np.arange(50) % 10
    targets = np.eye(10, dtype=np.float32)[y]
    with torch.no_grad():
        expected = float(loss(module(torch.from_numpy(x)), torch.from_numpy(targets)))
    # PyTorch's mean is over the outputs too, where the book's is their sum.
    outputs = 10 if cost == "cross-entropy" else 1
    found = float(network.cost.total(np, network.feedforward(x), targets)) / 50
    assert found == pytest.approx(expected * outputs, rel=1e-5)


def test_a_module_used_twice_is_read_twice() -> None:
    activation = nn.Tanh()
    module = nn.Sequential(nn.Linear(784, 9), activation, nn.Linear(9, 10), activation)
    assert from_torch(module).activations == ("tanh", "tanh")


def test_whole_numbers_are_scaled_as_said() -> None:
    module = seeded(lambda: nn.Linear(784, 10))
    images = random_images(20)
    with torch.no_grad():
        expected = module(torch.from_numpy(images) / 255).numpy()
    found = from_torch(module, input_scale=1 / 255).feedforward(images)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_module_is_left_alone(digits: Dataset) -> None:
    module = seeded(lambda: nn.Sequential(nn.Linear(64, 10)))
    before = module[0].weight.detach().clone()
    network = from_torch(module, cost="log-likelihood")
    gpunet.fit(network, digits, epochs=2, learning_rate=0.5, batch_size=10)
    assert torch.equal(module[0].weight, before)
    assert gpunet.evaluate(network, digits.test).accuracy > 0.8
    trained = to_torch(network)[:-1]
    x = torch.from_numpy(digits.test.images.astype(np.float32) * np.float32(digits.scale))
    found = trained(x).argmax(dim=1).numpy()
    np.testing.assert_array_equal(found, network.predict(digits.test.images))


@pytest.mark.cuda
def test_a_module_on_a_gpu_is_brought_to_the_host() -> None:
    if not torch.cuda.is_available():
        pytest.skip("PyTorch finds no GPU")
    module = seeded(lambda: nn.Linear(784, 10))
    network = from_torch(module.to("cuda"))
    np.testing.assert_array_equal(network.weights[0], module.weight.detach().cpu().numpy())


REFUSED: dict[str, tuple[Any, str]] = {
    "no module": (lambda: [1], "is no module: give a torch.nn.Module"),
    "empty": (nn.Sequential, "no Linear in it"),
    "normalization": (
        lambda: nn.Sequential(nn.Linear(784, 30), nn.BatchNorm1d(30)),
        r"layer 1, BatchNorm1d\(30, .*\), has no counterpart in gpunet; it takes Linear, Conv2d",
    ),
    "nested normalization": (
        lambda: nn.Sequential(nn.Linear(784, 30), nn.Sequential(nn.LayerNorm(30))),
        r"layer 1\.0, LayerNorm",
    ),
    "logarithm": (
        lambda: nn.Sequential(nn.Linear(784, 10), nn.LogSoftmax(dim=1)),
        r"layer 1, LogSoftmax\(dim=1\), has no",
    ),
    "lazy": (lambda: nn.LazyLinear(10), "LazyLinear.*has no counterpart"),
    "parametrized": (
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(784, 10)),
        "ParametrizedLinear.*has no counterpart",
    ),
    "no weights": (lambda: nn.Linear(784, 10, device="meta"), "has no parameters yet"),
    "half": (lambda: nn.Linear(784, 10).half(), "is of type torch.float16; gpunet takes float32"),
    "mixed": (
        lambda: nn.Sequential(nn.Linear(784, 9), nn.Linear(9, 10).double()),
        "layer 1, .*, has numbers of type float64, and others are float32",
    ),
    "sizes": (
        lambda: nn.Sequential(nn.Linear(784, 30), nn.Linear(20, 10)),
        "layer 1, .*, has 20 in_features, and what comes from below has 30",
    ),
    "channels": (
        lambda: maps(nn.Conv2d(4, 2, 3), nn.Flatten(), nn.Linear(9, 10)),
        "layer 2, .*, has 4 in_channels, and what comes from below has 3",
    ),
    "colours": (
        lambda: nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(3, 2, 3)),
        "layer 1, .* images have one channel",
    ),
    "no shape": (lambda: nn.Sequential(nn.Conv2d(1, 3, 5)), r"image_shape=\(28, 28\)"),
    "stride": (
        lambda: nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 3, 5, stride=2)),
        r"has stride \(2, 2\); gpunet's have stride 1",
    ),
    "padding": (
        lambda: nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 3, 5, padding="same")),
        "has padding same",
    ),
    "padding on two sides": (
        lambda: nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 3, 5, padding=(2, 0))),
        r"has padding \(2, 0\); give one number",
    ),
    "padding with mirrors": (
        lambda: nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 3, 5, padding=2, padding_mode="reflect")
        ),
        "has padding_mode reflect; gpunet pads with zeros",
    ),
    "means of other than activations": (
        lambda: maps(nn.AvgPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(432, 10)),
        "layer 3, ReLU.*follows AvgPool2d",
    ),
    "means over another number": (
        lambda: maps(nn.AvgPool2d(2, divisor_override=3)),
        "divides by another number",
    ),
    "the largest of inputs": (
        lambda: nn.Sequential(nn.MaxPool1d(2), nn.Linear(392, 10)),
        "does not follow a Linear",
    ),
    "groups that overlap": (
        lambda: nn.Sequential(nn.Linear(784, 9), nn.MaxPool1d(3, 2), nn.Linear(4, 10)),
        "does not take the largest of groups side by side",
    ),
    "groups that do not fit": (
        lambda: nn.Sequential(nn.Linear(784, 10), nn.MaxPool1d(3), nn.Linear(3, 10)),
        "layer 1, MaxPool1d.*10 are not so many groups of 3",
    ),
    "rectangle": (
        lambda: nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 3, (5, 3))),
        "kernels that are not square",
    ),
    "no Flatten": (lambda: maps(nn.Linear(24, 10)), "put a Flatten between the two"),
    "Conv2d on top": (lambda: maps(nn.ReLU()), "is the last layer with weights"),
    "pools that overlap": (lambda: maps(nn.MaxPool2d(3, stride=2)), "squares that lie side by"),
    "pooled twice": (lambda: maps(nn.MaxPool2d(2), nn.MaxPool2d(2)), "is pooled already"),
    "pools that do not fit": (
        lambda: maps(nn.MaxPool2d(5), nn.Flatten(), nn.Linear(48, 10)),
        r"layer 2, MaxPool2d\(.*\), does not fit: MP5: squares of 5 × 5 do not divide maps of 24",
    ),
    "pools that reach beyond the maps": (
        lambda: maps(nn.MaxPool2d(5, ceil_mode=True), nn.Flatten(), nn.Linear(75, 10)),
        r"layer 2, MaxPool2d\(.*ceil_mode=True\), does not fit: MP5: .* do not divide",
    ),
    "kernels larger than the image": (
        lambda: maps(nn.Tanh(), nn.Conv2d(3, 2, 25), nn.Flatten(), nn.Linear(2, 10)),
        r"layer 3, Conv2d\(.*\), does not fit: 2C25",
    ),
    "two activations": (
        lambda: nn.Sequential(nn.Linear(784, 10), nn.ReLU(), nn.Tanh()),
        "layer 2, Tanh.*follows relu",
    ),
    "activation at the input": (lambda: nn.Sequential(nn.ReLU(), nn.Linear(784, 10)), "inputs"),
    "softmax over samples": (
        lambda: nn.Sequential(nn.Linear(784, 10), nn.Softmax(dim=0)),
        "give dim=1",
    ),
    "softmax over maps": (lambda: maps(nn.Softmax(dim=1)), "acts on a convolution"),
    "dropout of inputs, twice": (
        lambda: nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.2), nn.Linear(784, 10)),
        "layer 1, .*comes after another",
    ),
    "dropout between convolutions": (
        lambda: maps(nn.Dropout(0.5), nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(1936, 10)),
        "is neither right before a Linear nor before all layers",
    ),
    "dropout at the end": (
        lambda: nn.Sequential(nn.Linear(784, 10), nn.Dropout(0.5)),
        "is neither right before a Linear",
    ),
    "dropout before the activation": (
        lambda: nn.Sequential(nn.Linear(784, 9), nn.Dropout(0.5), nn.ReLU(), nn.Linear(9, 10)),
        "layer 1, .* is neither right before a Linear",
    ),
}


def test_dropout_has_a_rate_for_each_layer() -> None:
    network = from_torch(
        nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear(784, 9),
            nn.Dropout(0.5),
            nn.Linear(9, 8),
            nn.Linear(8, 7),
            nn.Dropout(0.25),
            nn.Linear(7, 10),
        )
    )
    assert (network.input_dropout, network.dropout) == (0.1, (0.5, 0.0, 0.25))


def test_dropout_of_pixels_is_that_of_the_inputs() -> None:
    pixels = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Dropout(0.1),
        nn.Conv2d(1, 3, 5),
        nn.Flatten(),
        nn.Linear(1728, 10),
    )
    network = from_torch(pixels)
    assert (network.input_dropout, network.dropout) == (0.1, 0.0)


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.filterwarnings("ignore:Initializing zero-element|Lazy modules")
def test_what_is_more_than_a_network_is_refused_by_its_name(kind: str) -> None:
    build, message = REFUSED[kind]
    with pytest.raises(InputError, match=message):
        from_torch(build())


def test_hooks_are_refused() -> None:
    module = nn.Sequential(nn.Linear(784, 10))
    module[0].register_forward_hook(lambda *_: None)
    with pytest.raises(InputError, match=r"layer 0, Linear.*has hooks"):
        from_torch(module)


def test_a_forward_of_ones_own_is_refused() -> None:
    twice = {"forward": lambda self, x: 2 * nn.Sequential.forward(self, x)}
    doubled = type("Doubled", (nn.Sequential,), twice)
    with pytest.raises(InputError, match=r"Doubled.*has no counterpart"):
        from_torch(doubled(nn.Linear(784, 10)))


@pytest.mark.parametrize("shape", [28, (28,), (28, 28.0), (0, 28), ("28", "28")])
def test_a_bad_shape_is_refused(shape: Any) -> None:
    with pytest.raises(InputError, match="give height and width"):
        from_torch(nn.Linear(784, 10), image_shape=shape)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"classes": ["a", "b"]}, "2 classes: needed one name for each of 10 outputs"),
        ({"classes": "digits"}, "classes 'digits': give a list of names"),
        ({"scale_floats": 1}, "scale_floats 1: give True or False"),
    ],
)
def test_what_is_said_of_the_data_is_checked(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        from_torch(nn.Linear(784, 10), **options)


def test_a_cost_that_does_not_suit_is_refused() -> None:
    with pytest.raises(InputError, match="needs a sigmoid output layer, not tanh"):
        from_torch(nn.Sequential(nn.Linear(784, 10), nn.Tanh()), cost="cross-entropy")
