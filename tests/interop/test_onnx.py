"""ONNX models, held against onnx's checker and what onnxruntime computes with them."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.interop import onnx as module
from gpunet.interop import to_onnx, write_onnx
from gpunet.nn.activations import find_activation
from tests.interop.networks import BEYOND_TORCH, NETWORKS, book_network, network_of, random_images
from tests.nn.newcomers import Gains, Softsign

ir = pytest.importorskip("onnx_ir")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def session(network: gpunet.Network, **options: Any) -> Any:
    """The model, checked, in onnxruntime."""
    content = ir.to_proto(to_onnx(network, **options)).SerializeToString()
    onnx.checker.check_model(content, full_check=True)
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def run(network: gpunet.Network, images: HostArray, **options: Any) -> tuple[HostArray, HostArray]:
    """Outputs and labels as onnxruntime computes them."""
    outputs, labels = session(network, **options).run(None, {"images": images})
    return outputs, labels


def assert_alike(network: gpunet.Network, images: HostArray, **options: Any) -> None:
    outputs, labels = run(network, images, **options)
    expected = network.device.host(network.feedforward(images))
    assert outputs.dtype == network.dtype
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(labels, outputs.argmax(axis=1))
    assert labels.dtype == np.int64


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", [*NETWORKS, *BEYOND_TORCH])
def test_the_outputs_are_those_of_the_network(kind: str, dtype: str) -> None:
    assert_alike(network_of(kind, dtype=dtype), random_images(300))


def test_a_float64_network_without_convolution_stays_one() -> None:
    network = network_of("dense", dtype="float64")
    images = random_images(300)
    outputs, _ = run(network, images)
    np.testing.assert_allclose(outputs, network.feedforward(images), rtol=1e-12)


def test_digits_are_read_alike(digits: Dataset) -> None:
    network = gpunet.Network([64, 30, 10], cost="log-likelihood", input_scale=digits.scale, seed=2)
    gpunet.fit(network, digits, epochs=5, learning_rate=0.5, batch_size=10)
    assert_alike(network, digits.test.images[:300])
    _, labels = run(network, digits.test.images[:300])
    assert (labels == digits.test.labels[:300]).mean() > 0.8


def test_the_network_that_comes_with_the_package_is_exported() -> None:
    assert_alike(gpunet.load("mnist-conv", "cpu"), random_images(300))


@pytest.mark.parametrize("kind", ["dropout", "two convolutions"])
def test_a_network_on_any_device_is_exported(kind: str, device: Device) -> None:
    assert_alike(network_of(kind, device=device), random_images(50))


def test_rectangles_of_the_books_networks_are_exported() -> None:
    network = book_network()
    assert_alike(network, random_images(300))


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_floats_are_taken_as_they_are(kind: str) -> None:
    network = network_of(kind)
    assert_alike(network, random_images(300).astype(np.float32) / 999, floats=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_that_the_network_scales_are_scaled_by_the_model(dtype: str) -> None:
    network = network_of("dense", dtype=dtype, scale_floats=True, input_scale=1 / 255)
    assert_alike(network, random_images(300).astype(dtype), floats=True)


def test_a_network_trained_on_features_takes_floats_unless_asked_otherwise() -> None:
    features = np.random.default_rng(5).standard_normal((60, 784)).astype(np.float32)
    network = network_of("dense", scale_floats=True, input_scale=1)
    assert_alike(network, features)
    assert_alike(network, random_images(300), floats=False)


def test_what_is_done_with_floats_is_in_the_metadata() -> None:
    for scaled, said in ((False, "false"), (True, "true")):
        about = session(network_of("dense", scale_floats=scaled)).get_modelmeta()
        assert about.custom_metadata_map["scale_floats"] == said


def test_a_network_with_one_output_has_no_label() -> None:
    network = gpunet.Network([784, 5, 1], activation=["tanh", "linear"], cost="quadratic")
    loaded, images = session(network), random_images(20)
    assert [each.name for each in loaded.get_outputs()] == ["outputs"]
    (outputs,) = loaded.run(None, {"images": images})
    np.testing.assert_allclose(outputs, network.feedforward(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 1000])
def test_any_number_of_images_is_taken(n: int) -> None:
    outputs, labels = run(network_of("convolution"), random_images(n))
    assert (outputs.shape, labels.shape) == ((n, 10), (n,))


def test_the_model_says_what_it_is() -> None:
    names = [f"die Nummer „{number}“" for number in range(10)]
    network = network_of("convolution")
    about = session(network, classes=names, name="numbers").get_modelmeta()
    said = about.custom_metadata_map
    assert json.loads(said["classes"]) == names
    assert said["architecture"] == "28×28-5C5-MP2-20-10"
    assert said["cost"] == "cross-entropy"
    assert said["gpunet"] == gpunet.__version__
    assert (about.graph_name, about.producer_name) == ("numbers", "gpunet")


def test_inputs_and_outputs_are_named_and_typed() -> None:
    loaded = session(network_of("dense"))
    (images,) = loaded.get_inputs()
    assert (images.name, images.type, images.shape) == ("images", "tensor(uint8)", ["n", 784])
    assert [(each.name, each.shape) for each in loaded.get_outputs()] == [
        ("outputs", ["n", 10]),
        ("label", ["n"]),
    ]


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path, network, images = tmp_path / "model.onnx", network_of("dense"), random_images(300)
    write_onnx(network, path)
    outputs, _ = onnxruntime.InferenceSession(path).run(None, {"images": images})
    np.testing.assert_allclose(outputs, network.feedforward(images), rtol=1e-5)
    assert [each.name for each in tmp_path.iterdir()] == ["model.onnx"]


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.onnx", tmp_path / "other.onnx"
    for path in (one, other):
        write_onnx(network_of("two convolutions"), path)
    assert one.read_bytes() == other.read_bytes()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        write_onnx(network_of("dense"), tmp_path / "nowhere" / "model.onnx")


def test_classes_must_be_as_many_as_outputs() -> None:
    with pytest.raises(InputError, match="2 classes for 10 outputs"):
        to_onnx(network_of("dense"), classes=["a", "b"])


def test_an_activation_of_ones_own_is_refused_by_name() -> None:
    network = network_of("dense")
    object.__setattr__(network.layers[0], "activation", Softsign())
    with pytest.raises(InputError, match="activation softsign: has no counterpart"):
        to_onnx(network)


def test_a_layer_of_ones_own_is_refused_by_name() -> None:
    network = network_of("dense")
    network.layers = (Gains(784, find_activation("relu")), *network.layers[1:])
    with pytest.raises(InputError, match="a layer of the kind Gains has no counterpart"):
        to_onnx(network)


def test_what_is_no_network_is_refused() -> None:
    committee: Any = gpunet.Committee([network_of("dense")])
    with pytest.raises(InputError, match=r"a Committee is no network: give a gpunet\.Network"):
        to_onnx(committee)


def test_a_network_too_large_for_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 50_000)
    with pytest.raises(InputError, match=r"parameters take 95\.4 kB, and an ONNX file holds up"):
        to_onnx(network_of("dense"))


def test_without_onnx_ir_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx_ir", None)
    with pytest.raises(InputError, match=r'pip install "gpunet\[onnx\]"'):
        to_onnx(network_of("dense"))
