"""Networks as PyTorch modules: held against what PyTorch computes."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.interop import from_torch, to_torch, write_torch
from tests.interop.networks import NETWORKS, book_network, network_of, random_images

TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def floats(network: gpunet.Network, n: int = 50) -> HostArray:
    """Images as the network takes them when they are fractions."""
    return random_images(n, network.sizes[0]).astype(network.dtype) / 256


def outputs(torch: Any, module: Any, x: HostArray) -> HostArray:
    with torch.no_grad():
        return np.asarray(module(torch.from_numpy(x)).numpy())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_the_outputs_are_those_of_the_network(torch: Any, kind: str, dtype: str) -> None:
    network = network_of(kind, dtype=dtype)
    x, atol = floats(network), TOLERANCE[dtype]
    found = outputs(torch, to_torch(network), x)
    np.testing.assert_allclose(found, network.feedforward(x), rtol=atol, atol=atol)


@pytest.mark.parametrize(
    ("kind", "what"),
    [("subsampling", "as SS2"), ("LeNet-5", "as SS2"), ("maxout of maps", "MX2 on maps")],
)
def test_what_has_no_module_is_refused_by_its_name(kind: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{what}.*PyTorch has no module for it"):
        write_torch(network_of(kind), tmp_path / "weights.safetensors")


def test_a_table_of_connections_is_a_convolution_with_zeros(torch: Any) -> None:
    sizes = [(28, 28), "6C5P2", "AP2", "16C5@lenet", "AP2", 10]
    network = gpunet.Network(sizes, activation="tanh", cost="log-likelihood", dtype="float64")
    network.weights[1][...] += 0.5  # those that do not count, too
    again, x = from_torch(to_torch(network), cost=network.cost), floats(network)
    assert str(again.architecture) == "28×28-6C5P2-AP2-16C5-AP2-10"
    np.testing.assert_allclose(again.feedforward(x), network.feedforward(x), rtol=1e-12)


def test_rectangles_of_the_books_networks_are_exported(torch: Any) -> None:
    network = book_network()
    x = floats(network)
    found = outputs(torch, to_torch(network), x)
    np.testing.assert_allclose(found, network.feedforward(x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", [kind for kind in NETWORKS if "evaluation" not in kind])
def test_there_and_back_every_parameter_is_the_same(torch: Any, kind: str, dtype: str) -> None:
    network = network_of(kind, dtype=dtype)
    again = from_torch(to_torch(network), cost=network.cost)
    assert again.architecture == network.architecture
    assert again.activations == network.activations
    assert (again.dropout, again.dtype) == (network.dropout, network.dtype)
    assert again.input_dropout == network.input_dropout
    np.testing.assert_array_equal(again.parameters.array, network.parameters.array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["dense", "one layer", "dropout", "convolution"])
def test_floats_that_the_network_scales_are_taken_by_the_module(
    torch: Any, kind: str, dtype: str
) -> None:
    network = network_of(kind, dtype=dtype, scale_floats=True, input_scale=1 / 255)
    x, atol = random_images(50).astype(dtype), 5 * TOLERANCE[dtype]
    found = outputs(torch, to_torch(network), x)
    np.testing.assert_allclose(found, network.feedforward(x), rtol=atol, atol=atol)


def test_a_network_trained_on_floats_comes_back_as_it_was(torch: Any) -> None:
    rng = np.random.default_rng(6)
    x, names = rng.random((60, 20)) * 16, np.array(["a", "b", "c"])
    network = gpunet.Network([20, 8, 3], seed=1, cost="log-likelihood")
    gpunet.fit(network, x, names[np.arange(60) % 3], scale=1 / 16, epochs=2, learning_rate=0.5)
    again = from_torch(to_torch(network), scale_floats=True, input_scale=1, classes=network.classes)
    np.testing.assert_allclose(again.feedforward(x), network.feedforward(x), rtol=1e-5)
    np.testing.assert_array_equal(again.predict(x), network.predict(x))
    assert again.predict(x).dtype.kind == "U"


def test_features_that_are_not_scaled_leave_every_parameter_as_it_is(torch: Any) -> None:
    network = network_of("dense", scale_floats=True, input_scale=1)
    again = from_torch(to_torch(network), scale_floats=True, input_scale=1, cost=network.cost)
    np.testing.assert_array_equal(again.parameters.array, network.parameters.array)
    assert (again.scale_floats, again.input_scale) == (True, 1.0)


def test_the_module_has_parameters_of_its_own(torch: Any) -> None:
    network = network_of("dense")
    before = network.parameters.array.copy()
    module = to_torch(network)
    for parameter in module.parameters():
        assert parameter.requires_grad
        parameter.data.zero_()
    np.testing.assert_array_equal(network.parameters.array, before)


def test_nothing_is_drawn_at_random(torch: Any) -> None:
    before = torch.random.get_rng_state()
    to_torch(network_of("convolution"))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_module_in_training_leaves_neurons_out(torch: Any) -> None:
    network = network_of("dropout")
    x, module = floats(network), to_torch(network)
    assert not module.training
    torch.manual_seed(1)
    many = np.mean([outputs(torch, module.train()[:3], x) for _ in range(400)], axis=0)
    # What is kept is scaled, so that in the mean nothing is lost.
    np.testing.assert_allclose(many, outputs(torch, module.eval()[:3], x), atol=0.5)
    assert not np.allclose(outputs(torch, module.train(), x), network.feedforward(x), atol=1e-3)


def test_gradients_are_those_of_backprop(torch: Any) -> None:
    network = network_of("convolution", dtype="float64")
    x, y = floats(network), np.arange(50) % 10
    module = to_torch(network)
    targets = torch.from_numpy(np.eye(10)[y])
    loss = torch.nn.BCEWithLogitsLoss(reduction="sum")(module[:-1](torch.from_numpy(x)), targets)
    (loss / len(x)).backward()
    gradients = network.backprop(x, y)
    own = [part for pair in zip(gradients.weights, gradients.biases, strict=True) for part in pair]
    for parameter, expected in zip(module.parameters(), own, strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_the_program_loads_the_file(torch: Any, tmp_path: Path, kind: str, dtype: str) -> None:
    network = network_of(kind, dtype=dtype)
    names: dict[str, Any] = {}
    exec(write_torch(network, tmp_path / "it's \\ a\nmodel.safetensors"), names)
    x, atol = floats(network), TOLERANCE[dtype]
    found = outputs(torch, names["model"], x)
    np.testing.assert_allclose(found, network.feedforward(x), rtol=atol, atol=atol)


def test_the_file_is_written_without_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    program = write_torch(network_of("two convolutions"), tmp_path / "model.safetensors")
    assert "nn.Conv2d(1, 4, 5),\n    nn.MaxPool2d(2),\n    nn.Tanh(),\n" in program
    with pytest.raises(InputError, match=r'pip install "gpunet\[torch\]"'):
        to_torch(network_of("dense"))
    with pytest.raises(InputError, match=r'pip install "gpunet\[torch\]"'):
        from_torch(None)
