"""A network as other libraries have it: a sequence of items that do one thing each.

gpunet's convolution pools before it adds biases and applies the activation; here pooling comes
between the two, and the numbers are the same. Kernels are correlated with the image, not convolved,
as they are in those libraries.
"""

from dataclasses import dataclass

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.nn.activations import Linear, ReLU, Sigmoid, Softmax, Tanh
from gpunet.nn.layers.averaging import Averaged
from gpunet.nn.layers.base import Extended, Layer
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.dense import Dense
from gpunet.nn.layers.dropout import Dropout
from gpunet.nn.layers.maxout import Maxout
from gpunet.nn.layers.sparse import SparseConvolution
from gpunet.nn.layers.subsampling import Subsampling
from gpunet.nn.network import Network
from gpunet.nn.parameters import Shape

# What PyTorch and ONNX have, too; an activation that is new here is refused until they are told.
KNOWN = (Sigmoid, Tanh, ReLU, Softmax, Linear)


@dataclass(frozen=True)
class Reshape:
    """A sample takes that shape: (n,), or (channels, height, width)."""

    shape: Shape


@dataclass(frozen=True)
class LeaveOut:
    """Dropout, which divides what is kept by the share kept, and does nothing outside training."""

    rate: float


@dataclass(frozen=True)
class Connect:
    """x Wᵀ + b, with W (n_out, n_in) and b (n_out,)."""

    weights: HostArray
    biases: HostArray


@dataclass(frozen=True)
class Correlate:
    """W with every patch, plus b: W (filters, channels, h, w), b (filters,).

    Attributes:
        padding: how many rows and columns of zeros are on every side of what comes in.
    """

    weights: HostArray
    biases: HostArray
    padding: int = 0


@dataclass(frozen=True)
class Pool:
    """The maximum over rectangles (height, width), which do not overlap."""

    rectangle: tuple[int, int]


@dataclass(frozen=True)
class Average:
    """The mean over squares of `side` pixels a side, which do not overlap."""

    side: int


@dataclass(frozen=True)
class Gain:
    """Every map times a weight of its own, plus a bias: both (maps,)."""

    weights: HostArray
    biases: HostArray


@dataclass(frozen=True)
class TakeLargest:
    """The largest of every so many neurons, or maps, which leaves a sample that shape."""

    pieces: int
    shape: Shape


@dataclass(frozen=True)
class Activate:
    """The activation of that name."""

    name: str


Item = Reshape | LeaveOut | Connect | Correlate | Pool | Average | Gain | TakeLargest | Activate


def sequence_of(network: Network) -> list[Item]:
    """What the network does to a sample, from the bottom; parameters are copies on the host.

    Dropout that scales in evaluation becomes dropout that scales in training, with the weights
    above times the share kept: the same function, in training and outside.

    Raises:
        InputError: a layer or its activation is of another kind; says which. Or it is no network.
    """
    if not isinstance(network, Network):
        raise InputError(f"{shown(network)} is no network: give a gpunet.Network")
    if network.deskew:
        raise InputError(
            "the network deskews its images, for which other libraries have nothing: set "
            "network.deskew = (), and give the other library what gpunet.deskew makes of images"
        )
    items: list[Item] = []
    shape: Shape = (network.sizes[0],)
    share_kept = 1.0
    for layer, views in zip(network.layers, network.parameters.views, strict=True):
        if isinstance(layer, Dropout):
            items, shape = reshaped(items, shape, (layer.neurons,))
            items.append(LeaveOut(layer.rate))
            share_kept = 1.0 if layer.only_in_training else 1.0 - layer.rate
            continue
        items, shape = reshaped(items, shape, shape_below(layer))
        check_activation(layer)
        weights, biases = (np.array(network.device.host(view), order="C") for view in views)
        items += layer_items(layer, weights * weights.dtype.type(share_kept), biases)
        shape = shape_above(layer)
        share_kept = 1.0
    return items


def reshaped(items: list[Item], shape: Shape, wanted: Shape) -> tuple[list[Item], Shape]:
    """Items that end in the shape wanted, and this shape."""
    return (items if shape == wanted else [*items, Reshape(wanted)]), wanted


def shape_below(layer: Layer) -> Shape:
    """The shape of a sample that a layer takes; InputError if nobody else has such a layer."""
    if isinstance(layer, Extended):
        return shape_below(layer.lower)
    if isinstance(layer, Convolution | Subsampling):
        return layer.shape
    if isinstance(layer, Dense):
        return (layer.n_in,)
    raise InputError(
        f"a layer of the kind {type(layer).__name__} has no counterpart in other libraries; "
        "fully connected layers, convolutions with pooling, and dropout have one"
    )


def shape_above(layer: Layer) -> Shape:
    """The shape of a sample that comes out of a layer."""
    if isinstance(layer, Convolution | Averaged | Subsampling):
        return layer.pooled
    return layer.shape_above if isinstance(layer, Maxout) else (layer.units,)


def check_activation(layer: Layer) -> None:
    """Raise InputError unless the activation has a counterpart."""
    if type(layer.activation) not in KNOWN:
        raise InputError(
            f"activation {layer.activation.name}: has no counterpart in other libraries; "
            f"these have one: {', '.join(kind.name for kind in KNOWN)}"
        )


def layer_items(layer: Layer, weights: HostArray, biases: HostArray) -> list[Item]:
    """What a layer with such parameters does."""
    if isinstance(layer, Averaged):  # what is averaged is activations
        return [*layer_items(layer.lower, weights, biases), Average(layer.side)]
    items: list[Item] = []
    if isinstance(layer, Convolution):
        if isinstance(layer, SparseConvolution):
            weights = weights * layer.mask.astype(weights.dtype)
        items.append(Correlate(weights, biases, layer.padding))
        if layer.pools:
            items.append(Pool(layer.pooling))
    elif isinstance(layer, Maxout):
        items += layer_items(layer.lower, weights, biases)
        items.append(TakeLargest(layer.pieces, layer.shape_above))
    elif isinstance(layer, Subsampling):
        squares = weights.dtype.type(layer.side**2)
        items += [Average(layer.side), Gain(weights.reshape(-1) * squares, biases)]
    else:
        items.append(Connect(weights, biases))
    if layer.activation.name != "linear":
        items.append(Activate(layer.activation.name))
    return items
