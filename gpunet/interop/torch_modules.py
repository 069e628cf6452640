"""A network as the modules of a torch.nn.Sequential, described without PyTorch.

Of one description the modules are made, their state dict is named, and their source is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.interop.sequence import (
    Activate,
    Average,
    Connect,
    Correlate,
    Gain,
    Item,
    LeaveOut,
    Pool,
    Reshape,
    TakeLargest,
    sequence_of,
)
from gpunet.nn.network import Network
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Module:
    """A module of torch.nn.

    Attributes:
        kind: the name of its class.
        arguments, options: what it is called with.
        tensors: its parameters, by their names in it.
    """

    kind: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, HostArray] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The call that makes it."""
        options = [f"{name}={value!r}" for name, value in self.options.items()]
        return f"nn.{self.kind}({', '.join([*map(repr, self.arguments), *options])})"


ACTIVATIONS = {
    "sigmoid": Module("Sigmoid"),
    "tanh": Module("Tanh"),
    "relu": Module("ReLU"),
    "softmax": Module("Softmax", options={"dim": 1}),
}


def modules_of(network: Network) -> list[Module]:
    """The modules that compute what the network does with floats (n, features).

    What the network multiplies floats by is part of the first layer's weights.

    Raises:
        InputError: a layer or its activation has no counterpart; says which.
    """
    items = sequence_of(network)
    if network.scale_floats and network.input_scale != 1.0:
        items = scaled_at_first(items, network.input_scale)
    return [module_of(item) for item in items]


def scaled_at_first(items: Sequence[Item], factor: float) -> list[Item]:
    """The items that make of x what these make of x times a factor."""
    scaled = list(items)
    for number, item in enumerate(items):
        if isinstance(item, Connect | Correlate):
            weights = item.weights * item.weights.dtype.type(factor)
            scaled[number] = replace(item, weights=weights)
            break
    return scaled


def module_of(item: Item) -> Module:
    """The module that does what an item of the sequence does."""
    match item:
        case Reshape((_,)):
            return Module("Flatten")
        case Reshape(shape):
            return Module("Unflatten", (1, shape))
        case LeaveOut(rate):
            return Module("Dropout", (rate,))
        case Connect(weights, biases):
            n_out, n_in = weights.shape
            return Module("Linear", (n_in, n_out), {}, {"weight": weights, "bias": biases})
        case Correlate(weights, biases, padding):
            filters, channels, *kernel = weights.shape
            arguments = (channels, filters, short(tuple(kernel)))
            options = {"padding": padding} if padding else {}
            return Module("Conv2d", arguments, options, {"weight": weights, "bias": biases})
        case Pool(rectangle):
            return Module("MaxPool2d", (short(rectangle),))
        case Average(side):
            return Module("AvgPool2d", (side,))
        case TakeLargest(pieces, (_,)):
            return Module("MaxPool1d", (pieces,))  # takes samples for channels, and does not care
        case TakeLargest(pieces):
            raise InputError(
                f"MX{pieces} on maps: PyTorch has no module for it; on fully connected layers it "
                "is MaxPool1d"
            )
        case Gain():
            raise InputError(
                "subsampling with weights, as SS2: PyTorch has no module for it; write an ONNX "
                "model, or train a network with AP2 in its place"
            )
        case Activate(name):
            return ACTIVATIONS[name]
        case _:
            assert_never(item)


def short(rectangle: Shape) -> int | Shape:
    """5 for (5, 5), as it is usually written."""
    return rectangle[0] if len(set(rectangle)) == 1 else rectangle


def state_dict(modules: Sequence[Module]) -> dict[str, HostArray]:
    """Their parameters by the names they have in a Sequential: "0.weight", "0.bias", …"""
    return {
        f"{number}.{name}": values
        for number, module in enumerate(modules)
        for name, values in module.tensors.items()
    }


def source_of(modules: Sequence[Module], path: str, dtype: str) -> str:
    """The program that makes them, and loads their state dict from a safetensors file.

    Args:
        modules: from the bottom.
        path: of the file.
        dtype: of the parameters, "float32" or "float64".
    """
    lines = "".join(f"    {module.source},\n" for module in modules)
    return (
        "from safetensors.torch import load_file\n"
        "from torch import nn\n"
        "\n"
        f"model = nn.Sequential(\n{lines}){'.double()' if dtype == 'float64' else ''}\n"
        f"model.load_state_dict(load_file({path!r}))\n"
        "model.eval()\n"
    )
