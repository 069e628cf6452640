"""Saving and loading networks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import gpunet
from gpunet.backend.device import Device
from gpunet.serialization.tensors import read_tensors, write_tensors
from tests.backends import assert_close

Tensors = dict[str, np.ndarray[Any, Any]]


@pytest.fixture
def network() -> gpunet.Network:
    return make_network("cpu")


def make_network(device: Device | str) -> gpunet.Network:
    return gpunet.Network(
        [6, 5, 4, 3],
        activation=["tanh", "relu", "softmax"],
        cost="log-likelihood",
        dtype="float64",
        seed=11,
        input_scale=1 / 16,
        device=device,
    )


@pytest.fixture
def saved(network: gpunet.Network, tmp_path: Path) -> Path:
    gpunet.save(network, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_a_network_comes_back_as_it_was(network: gpunet.Network, saved: Path) -> None:
    loaded = gpunet.load(saved, device="cpu")
    for name in ("sizes", "activations", "dtype", "seed", "initializer", "input_scale"):
        assert getattr(loaded, name) == getattr(network, name)
    assert loaded.cost.name == network.cost.name
    assert loaded.parameters.array.tobytes() == network.parameters.array.tobytes()


def test_saving_leaves_the_network_as_it_was(network: gpunet.Network, tmp_path: Path) -> None:
    array, before = network.parameters.array, network.parameters.array.tobytes()
    gpunet.save(network, tmp_path / "model.safetensors")
    assert network.parameters.array is array
    assert array.tobytes() == before


def test_the_same_network_gives_the_same_file(
    network: gpunet.Network, saved: Path, tmp_path: Path
) -> None:
    gpunet.save(network, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == saved.read_bytes()


def test_every_device_writes_the_same_file_and_reads_it(
    usual: Device, saved: Path, tmp_path: Path
) -> None:
    gpunet.save(make_network(usual), tmp_path / "other.safetensors")
    assert (tmp_path / "other.safetensors").read_bytes() == saved.read_bytes()
    loaded = gpunet.load(saved, device=usual)
    assert_close(usual, loaded.parameters.array, make_network("cpu").parameters.array, 0)


def test_any_reader_of_safetensors_finds_weights_and_biases(
    network: gpunet.Network, saved: Path
) -> None:
    tensors = load_file(saved)
    assert len(tensors) == 6
    for number, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        np.testing.assert_array_equal(tensors[f"layers.{number}.weights"], weights)
        np.testing.assert_array_equal(tensors[f"layers.{number}.biases"], biases)


def test_a_network_can_be_saved_over_another(network: gpunet.Network, saved: Path) -> None:
    network.weights[0][...] = 1
    gpunet.save(network, saved)
    assert (gpunet.load(saved, "cpu").weights[0] == 1).all()
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_file_that_cannot_be_written_is_named(network: gpunet.Network, tmp_path: Path) -> None:
    with pytest.raises(gpunet.GpunetError, match=r"nowhere/model.*cannot be written"):
        gpunet.save(network, tmp_path / "nowhere" / "model")


def refused(path: Path) -> str:
    """Why a file is not loaded."""
    with pytest.raises(gpunet.InputError) as raised:
        gpunet.load(path, device="cpu")
    assert str(path) in str(raised.value)
    return str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "model.safetensors")


@pytest.mark.parametrize("content", [b"", b"{}", bytes(100), b"\xff" * 100, b"PK\x03\x04 numpy"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model").write_bytes(content)
    assert "not a safetensors file" in refused(tmp_path / "model")


def test_somebody_elses_safetensors_file_is_refused(tmp_path: Path) -> None:
    save_file({"a": np.zeros(3)}, tmp_path / "model")
    assert "not one that gpunet wrote" in refused(tmp_path / "model")


def test_no_flipped_bit_goes_unnoticed(saved: Path) -> None:
    whole = saved.read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        saved.write_bytes(changed)
        refused(saved)


def drop(tensors: Tensors, about: Any) -> None:
    del tensors["layers.1.biases"]


def add(tensors: Tensors, about: Any) -> None:
    tensors["layers.9.biases"] = np.zeros(3)


def turn(tensors: Tensors, about: Any) -> None:
    tensors["layers.0.weights"] = tensors["layers.0.weights"].T


def narrow(tensors: Tensors, about: Any) -> None:
    tensors["layers.0.weights"] = tensors["layers.0.weights"].astype(np.float32)


def set_to(key: str, value: Any) -> Callable[[Tensors, Any], None]:
    def change(tensors: Tensors, about: Any) -> None:
        about["network"][key] = value

    return change


@pytest.mark.parametrize("change", [drop, add, turn, narrow, set_to("sizes", [6, 5, 5, 3])])
def test_tensors_other_than_those_described_are_refused(
    saved: Path, change: Callable[[Tensors, Any], None]
) -> None:
    tensors, about, _ = read_tensors(saved)
    change(tensors, about)
    write_tensors(saved, tensors, about)
    assert "its tensors are not" in refused(saved)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("sizes", value) for value in (None, "6543", [6, 5, 4, "3"], [], [10**12] * 4)),
        *(("dtype", value) for value in (None, "float16", "object", 8)),
        *(("activations", value) for value in (None, "tanh", ["tanh"], [1, 2, 3])),
        *(("cost", value) for value in (None, "cubic", 3)),
        *(("seed", value) for value in (None, -1, "lucky")),
        *(("initializer", value) for value in ("zero", 3)),
        *(("input_scale", value) for value in (None, 0, -1, "big", float("nan"))),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(saved: Path, key: str, value: Any) -> None:
    tensors, about, _ = read_tensors(saved)
    about["network"][key] = value
    write_tensors(saved, tensors, about)
    refused(saved)


def test_a_file_without_a_network_is_refused(saved: Path) -> None:
    write_tensors(saved, {"a": np.zeros(3)}, {"other": 1})
    assert "holds no network" in refused(saved)


def test_a_file_of_a_newer_version_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes().replace(b'"format\\": 1', b'"format\\": 9'))
    assert "newer gpunet" in refused(saved)


def test_tensors_that_are_not_contiguous_are_written_as_they_are(tmp_path: Path) -> None:
    transposed = np.arange(12.0).reshape(3, 4).T
    write_tensors(tmp_path / "file", {"turned": transposed}, json.loads("{}"))
    np.testing.assert_array_equal(read_tensors(tmp_path / "file").tensors["turned"], transposed)


def format_of(path: Path) -> int:
    with safe_open(path, framework="numpy") as file:
        return int(json.loads(file.metadata()["gpunet"])["format"])


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": [0.5, 0.25]},
        {"input_dropout": 0.2},
        {"dropout": [0.5, 0.25], "input_dropout": 0.2, "dropout_scaling": "evaluation"},
        {"input_dropout": 0.2, "dropout_scaling": "evaluation"},
    ],
)
def test_dropout_of_inputs_and_of_each_layer_comes_back(
    options: dict[str, Any], tmp_path: Path
) -> None:
    network = gpunet.Network([6, 5, 4, 3], **options)
    gpunet.save(network, tmp_path / "model.safetensors")
    loaded = gpunet.load(tmp_path / "model.safetensors", "cpu")
    assert loaded.layers == network.layers
    assert (loaded.dropout, loaded.input_dropout) == (network.dropout, network.input_dropout)
    np.testing.assert_array_equal(loaded.feedforward(np.ones(6)), network.feedforward(np.ones(6)))


def test_only_what_an_older_version_would_take_for_another_network_is_of_a_newer_format(
    tmp_path: Path,
) -> None:
    path = tmp_path / "model.safetensors"
    for options, expected in (
        ({}, 1),
        ({"dropout": 0.5, "dropout_scaling": "evaluation"}, 1),
        ({"dropout": [0.5, 0.5]}, 1),
        ({"dropout": [0.5, 0.25]}, 2),
        ({"input_dropout": 0.2}, 2),
    ):
        gpunet.save(gpunet.Network([6, 5, 4, 3], **options), path)
        assert format_of(path) == expected
