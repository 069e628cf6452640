"""Saving a network and loading it on any device."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.core.arguments import check_path, check_text
from gpunet.core.arrays import HostArray
from gpunet.core.errors import GpunetError, InputError
from gpunet.core.words import shown
from gpunet.nn.architecture import Architecture, read_architecture
from gpunet.nn.layers.dropout import Dropout
from gpunet.nn.network import Network
from gpunet.serialization.schema import MODEL_SCHEMA, check
from gpunet.serialization.shipped import is_shipped, shipped_model
from gpunet.serialization.tensors import SECOND, read_tensors, write_tensors

# What a file says of itself, besides the network.
RESERVED = ("format", "sha256")


def describe(network: Network) -> dict[str, Any]:
    """All that is needed to build the network again, apart from its parameters."""
    description = {
        "sizes": list(network.sizes),
        "activations": list(network.activations),
        "cost": network.cost.name,
        "dtype": network.dtype.name,
        "seed": network.seed,
        "initializer": network.initializer,
        "input_scale": network.input_scale,
    }
    # What a network without them does not mention, so that its files stay as they were.
    if network.architecture.given != network.sizes:
        description["layers"] = to_lists(network.architecture.given)
    if network.dropout:
        description["dropout"] = to_lists(network.dropout)
    if network.input_dropout:
        description["input_dropout"] = network.input_dropout
    dropped = network.dropout or network.input_dropout
    if dropped and network.dropout_scaling != Dropout.scaling:
        description["dropout_scaling"] = network.dropout_scaling
    if network.deskew:
        description["deskew"] = list(network.deskew)
    if network.scale_floats:
        description["scale_floats"] = True
    if network.trained_on == "fractions":
        description["trained_on"] = network.trained_on
    if network.classes:
        description["classes"] = list(network.classes)
    return description


def format_of(description: dict[str, Any]) -> dict[str, int]:
    """The format of a file with that network, where an older gpunet would take it for another."""
    newer = "input_dropout" in description or "deskew" in description
    newer = newer or isinstance(description.get("dropout"), list)
    return {"format": SECOND} if newer else {}


def to_lists(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back."""
    return [to_lists(part) for part in value] if isinstance(value, tuple) else value


def build(description: dict[str, Any], device: str | Device | None, source: str) -> Network:
    """A network as described, with its first parameters.

    Args:
        description: one that agrees with its schema.
        device: as `open_device` takes it.
        source: what to call the description in a message.

    Raises:
        InputError: its parts are incompatible; DeviceError as `open_device`.
    """
    opened = open_device(device)
    try:
        network = Network(
            description.get("layers", description["sizes"]),
            activation=list(description["activations"]),
            cost=description["cost"],
            dtype=description["dtype"],
            seed=description["seed"],
            initializer=description["initializer"],
            device=opened,
            input_scale=description["input_scale"],
            scale_floats=description.get("scale_floats", False),
            dropout=description.get("dropout", 0.0),
            input_dropout=description.get("input_dropout", 0.0),
            dropout_scaling=description.get("dropout_scaling", Dropout.scaling),
            deskew=description.get("deskew"),
        )
    except InputError as error:
        raise InputError(f"{source}: its description of the network is damaged ({error})") from None
    network.trained_on = description.get("trained_on", "")
    network.classes = tuple(description.get("classes", ()))
    if network.classes and len(network.classes) != network.sizes[-1]:
        raise InputError(f"{source}: damaged: its classes are not as many as its outputs")
    return network


def model_tensors(network: Network) -> dict[str, HostArray]:
    """Host copies of weights and biases, by name."""
    host = network.device.host
    tensors = {}
    for number, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors[f"layers.{number}.weights"] = host(weights)
        tensors[f"layers.{number}.biases"] = host(biases)
    return tensors


def save(network: Network, path: str | os.PathLike[str], **extra: Any) -> None:
    """Write a network to a safetensors file, whole or not at all; the network is not changed.

    Args:
        network: on any device.
        path: the file; an existing one is replaced.
        extra: kept with the description; plain JSON values.

    Raises:
        GpunetError: the file cannot be written.
    """
    if not isinstance(network, Network):
        raise InputError(f"save: {shown(network)} is no network: give a Network first")
    place = check_path(path, "file")
    described = describe(network)
    about = {**format_of(described), "network": described, **check_extra(extra)}
    try:
        write_tensors(place, model_tensors(network), about)
    except OSError as error:
        raise GpunetError(f"{path}: cannot be written: {error.strerror or error}") from None


def check_extra(extra: dict[str, Any]) -> dict[str, Any]:
    """What is kept with a network, as JSON gives it back, or InputError."""
    kept = {}
    for name, value in extra.items():
        if name in RESERVED:
            raise InputError(f"save: {name} is the name of something else; give another")
        try:
            check_text(name, "save: extra")
            kept[name] = json.loads(json.dumps(value, allow_nan=False))
            json.dumps(kept[name], ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError):
            raise InputError(
                f"save: extra {name}, {shown(value)}: give what JSON knows: numbers, text, None, "
                "lists and dicts of these"
            ) from None
    return kept


def load(path: str | os.PathLike[str], device: str | Device | None = None) -> Network:
    """Read a network from a safetensors file onto a device.

    Args:
        path: a file written by `save`, on any device; or "mnist-conv", which is the trained network
            that comes with the package, unless there is a file of that name.
        device: as `open_device` takes it.

    Raises:
        InputError: the file is missing, damaged, not gpunet's, or from a newer version.
        DeviceError: the device is not here.
    """
    path = check_path(path, "file")
    return load_described(shipped_model() if is_shipped(path) else path, device)[0]


def load_described(path: Path, device: str | Device | None) -> tuple[Network, dict[str, Any]]:
    """The network in a file, and the description it was saved with."""
    tensors, description, _ = read_tensors(path)
    about = description.get("network")
    if not isinstance(about, dict):
        raise InputError(f"{path}: holds no network")
    try:
        check(description, MODEL_SCHEMA)
        architecture = architecture_of(about)
    except ValueError as error:
        raise InputError(f"{path}: damaged: {error}") from None
    check_tensors(tensors, architecture, about["dtype"], str(path))
    network = build(about, device, str(path))
    put = network.device.put
    with network.device.active():
        for kind, views in (("weights", network.weights), ("biases", network.biases)):
            for number, view in enumerate(views):
                view[...] = put(tensors[f"layers.{number}.{kind}"])
    return network, description


def architecture_of(description: dict[str, Any]) -> Architecture:
    """The layers of a network as described.

    Args:
        description: one that agrees with its schema.

    Raises:
        InputError: they do not fit each other.
    """
    architecture = read_architecture(description.get("layers", description["sizes"]))
    if list(architecture.sizes) != description["sizes"]:
        raise InputError(f"network.sizes are not those of its layers, {architecture}")
    return architecture


def check_tensors(
    tensors: dict[str, HostArray], architecture: Architecture, dtype: str, source: str
) -> None:
    """Raise InputError unless the tensors are the described network's: before any is allocated."""
    needed: dict[str, tuple[int, ...]] = {}
    for number, stage in enumerate(architecture.stages):
        weights, biases = stage.parameters
        needed[f"layers.{number}.weights"], needed[f"layers.{number}.biases"] = weights, biases
    found = {name: array.shape for name, array in tensors.items()}
    if found != needed:
        raise InputError(f"{source}: its tensors are not those of the network it describes")
    if any(array.dtype != np.dtype(dtype) for array in tensors.values()):
        raise InputError(f"{source}: its tensors are not of type {dtype}, as it says")
