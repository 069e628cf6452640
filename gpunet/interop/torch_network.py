"""PyTorch modules as networks."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.core.arguments import check_texts
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.names import DTYPES
from gpunet.core.words import shown
from gpunet.interop.torch import import_torch
from gpunet.interop.torch_leaves import Leaf, leaves_of
from gpunet.interop.torch_reader import Reader, Weighted
from gpunet.nn.architecture import Architecture, Stage, read_architecture
from gpunet.nn.costs import COSTS, Cost, find_cost
from gpunet.nn.layers.part import is_count
from gpunet.nn.network import Network
from gpunet.nn.parameters import Shape


def from_torch(
    module: Any,
    *,
    image_shape: tuple[int, int] | None = None,
    cost: str | Cost | None = None,
    device: str | Device | None = "cpu",
    seed: int = 0,
    input_scale: float = 1 / 256,
    scale_floats: bool = False,
    classes: Sequence[str] = (),
) -> Network:
    """A PyTorch module as a network, with copies of its parameters, and of its type.

    It takes a torch.nn.Sequential, with others inside or without, of Linear, Conv2d (square
    kernels, stride 1), MaxPool2d and AvgPool2d (squares side by side), MaxPool1d (on a Linear),
    Sigmoid, Tanh, ReLU, Softmax, Identity, Flatten, Unflatten and Dropout. An activation may come
    before a maximum or behind it, but only before AvgPool2d.
    Layers without biases get biases of zero, which training then trains as all others. Dropout is
    right before a Linear, or before all layers.

    For floats (n, features) the network's outputs are those of the module in evaluation mode,
    except where the last Linear has no activation and `cost` calls for one, because PyTorch's
    losses hold it: "log-likelihood" adds the softmax of CrossEntropyLoss, "cross-entropy" the
    sigmoid of BCEWithLogitsLoss.

    Args:
        module: on any device of PyTorch's, of float32 or float64; it is not changed.
        image_shape: (height, width) of the images that a first Conv2d takes, unless an Unflatten
            before it says so.
        cost: as `Network` takes it; by default the one whose partner the output layer is: the
            log-likelihood for softmax, the cross-entropy for sigmoid, else the quadratic cost.
        device, seed: as `Network` takes them.
        input_scale: what whole numbers are multiplied by on their way in: 1/255 for a module
            trained on what torchvision's ToTensor makes of images. Training replaces it by that of
            its data set.
        scale_floats: whether floats are multiplied by it too, as `Network` takes it. Together with
            `input_scale=1` for a module trained on features as they are, standardised ones say.
        classes: the names of the outputs, which `Network.predict` then answers with.

    Raises:
        InputError: PyTorch is not installed; or a layer of the module has no counterpart in gpunet,
            or not where it stands: says which.
    """
    torch = import_torch()
    classes = check_texts(classes, "classes")
    if not isinstance(module, torch.nn.Module):
        raise InputError(f"from_torch: {shown(module)} is no module: give a torch.nn.Module")
    reader = Reader(torch.nn, None if image_shape is None else read_shape(image_shape))
    for leaf in leaves_of(torch.nn, module):
        reader.read(leaf)
    reader.finish()
    layers = reader.layers
    activations = [layer.activation or "linear" for layer in layers]
    found = find_cost(cost_for(activations[-1]) if cost is None else cost)
    if not layers[-1].activation and found.output:
        activations[-1] = found.output
    parameters = [parameters_of(layer.leaf) for layer in layers]
    architecture = architecture_of(layers, reader.image_shape)
    for layer, stage, arrays in zip(layers, architecture.stages, parameters, strict=True):
        check_inputs(layer.leaf, stage, arrays[0].shape)
    network = Network(
        architecture.given,
        activation=activations,
        cost=found,
        device=device,
        dtype=dtype_of(layers, parameters),
        seed=seed,
        input_scale=input_scale,
        scale_floats=scale_floats,
        dropout=[layer.dropout for layer in layers[1:] if layer.is_linear] or 0.0,
        input_dropout=layers[0].dropout,
    )
    if classes and len(classes) != network.sizes[-1]:
        needed = f"needed one name for each of {network.sizes[-1]} outputs"
        raise InputError(f"from_torch: {len(classes)} classes: {needed}")
    network.classes = classes
    with network.device.active():
        places = zip(network.weights, network.biases, strict=True)
        for (weights, biases), arrays in zip(places, parameters, strict=True):
            weights[...], biases[...] = map(network.device.put, arrays)
    return network


def read_shape(given: Any) -> tuple[int, int]:
    """The height and width of images, or InputError."""
    whole = isinstance(given, list | tuple) and all(map(is_count, given))
    if not whole or len(given) != 2:
        needed = "give height and width, as (28, 28)"
        raise InputError(f"from_torch: image_shape {shown(given)}: {needed}")
    return int(given[0]), int(given[1])


def cost_for(activation: str) -> str:
    """The cost whose default output layer has that activation."""
    return next((name for name, cost in COSTS.items() if cost.output == activation), "quadratic")


def architecture_of(
    layers: Sequence[Weighted], image_shape: tuple[int, int] | None
) -> Architecture:
    """What the network is made of; InputError if its layers do not fit each other."""
    pairs = [
        (part, leaf)
        for layer in layers
        for part, leaf in ((layer.part, layer.leaf), (layer.pooling, layer.pool))
        if leaf
    ]
    parts = [part for part, _ in pairs]
    inputs = image_shape or layers[0].leaf.module.in_features
    for count, (_, leaf) in enumerate(pairs, 1):
        above = [] if count == len(pairs) else [1]  # since a network ends with a Linear
        try:
            architecture = read_architecture([inputs, *parts[:count], *above])
        except InputError as error:
            leaf.refuse(f"does not fit: {error}")
    return architecture


def check_inputs(leaf: Leaf, stage: Stage, found: Shape) -> None:
    """Raise InputError unless a layer's weights are for what comes from below."""
    needed = stage.parameters[0]
    if found != needed:
        name = "in_features" if leaf.kind == "Linear" else "in_channels"
        leaf.refuse(f"has {found[1]} {name}, and what comes from below has {needed[1]}")


def parameters_of(leaf: Leaf) -> tuple[HostArray, HostArray]:
    """Weights and biases on the host; InputError if they are of a type that gpunet has not."""
    weight, bias = leaf.module.weight, leaf.module.bias
    for tensor in (weight, bias):
        if tensor is not None and tensor.is_meta:
            leaf.refuse("has no parameters yet, being on the device meta")
        if tensor is not None and str(tensor.dtype).removeprefix("torch.") not in DTYPES:
            leaf.refuse(f"is of type {tensor.dtype}; gpunet takes {' and '.join(DTYPES)}")
    weights = np.array(weight.detach().cpu().numpy(), order="C")
    if bias is None:
        return weights, np.zeros(len(weights), weights.dtype)
    return weights, np.array(bias.detach().cpu().numpy())


def dtype_of(layers: Sequence[Weighted], parameters: Sequence[Sequence[HostArray]]) -> str:
    """The type that all parameters have, or InputError."""
    first = parameters[0][0].dtype
    for layer, arrays in zip(layers, parameters, strict=True):
        for array in arrays:
            if array.dtype != first:
                layer.leaf.refuse(f"has numbers of type {array.dtype}, and others are {first}")
    return str(first.name)
