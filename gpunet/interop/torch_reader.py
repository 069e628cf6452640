"""Reading PyTorch modules: what each of them is in gpunet, or why it is nothing there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from gpunet.core.errors import InputError
from gpunet.interop.torch_leaves import Leaf, pair

ACTIVATIONS = {"Sigmoid": "sigmoid", "Tanh": "tanh", "ReLU": "relu", "Softmax": "softmax"}
POOLS = ("MaxPool1d", "MaxPool2d", "AvgPool2d")
TAKEN = ("Linear", "Conv2d", *POOLS, *ACTIVATIONS, "Identity", "Flatten", "Unflatten")
KINDS = (*TAKEN, "Dropout")


@dataclass
class Weighted:
    """A layer with neurons, as it is read.

    Attributes:
        leaf: the Linear or Conv2d.
        part: as `read_architecture` takes it.
        activation: its name, where one has come.
        pooling: as `read_architecture` takes it, where one has come.
        pool: the module that says so.
        dropout: the share of neurons left out before it.
    """

    leaf: Leaf
    part: int | str
    activation: str = ""
    pooling: str = ""
    pool: Leaf | None = None
    dropout: float = 0.0

    @property
    def is_linear(self) -> bool:
        """Whether it is fully connected."""
        return self.leaf.kind == "Linear"


class Reader:
    """Takes modules from the bottom to the top.

    Args:
        nn: the module torch.nn.
        image_shape: (height, width), or None while it is not known.

    Attributes:
        layers: those with neurons.
        dropouts: Dropout that waits for the Linear above it.
    """

    def __init__(self, nn: Any, image_shape: tuple[int, int] | None) -> None:
        self.readers: dict[Any, Callable[[Leaf], None]] = {
            nn.Linear: self.linear,
            nn.Conv2d: self.convolution,
            nn.MaxPool1d: self.groups,
            nn.MaxPool2d: self.pooling,
            nn.AvgPool2d: self.average,
            nn.Flatten: self.flatten,
            nn.Unflatten: self.unflatten,
            nn.Dropout: self.dropout,
            nn.Identity: lambda leaf: None,
            **{getattr(nn, kind): self.activation for kind in ACTIVATIONS},
        }
        self.image_shape = image_shape
        self.layers: list[Weighted] = []
        self.dropouts: list[Leaf] = []
        self.flattened = False

    def read(self, leaf: Leaf) -> None:
        """Take the next module; InputError if it is nothing in gpunet."""
        if type(leaf.module) not in self.readers:
            leaf.refuse(f"has no counterpart in gpunet; it takes {', '.join(KINDS)}")
        leaf.check_hooks()
        waits = self.dropouts and self.layers  # the inputs' may be any distance below
        if waits and leaf.kind not in ("Linear", "Flatten", "Identity", "Dropout"):
            self.misplaced(self.dropouts[0])
        self.readers[type(leaf.module)](leaf)

    def finish(self) -> None:
        """After the last module: InputError if something is missing."""
        if not self.layers:
            raise InputError("from_torch: no Linear in it; give a module with one or more")
        if self.dropouts:
            self.misplaced(self.dropouts[0])
        if not self.layers[-1].is_linear:
            self.layers[-1].leaf.refuse("is the last layer with weights; gpunet's is a Linear")

    def misplaced(self, leaf: Leaf) -> NoReturn:
        leaf.refuse(
            "is neither right before a Linear nor before all layers, as gpunet's dropout is"
        )

    def linear(self, leaf: Leaf) -> None:
        if self.layers and not self.layers[-1].is_linear and not self.flattened:
            leaf.refuse("takes the maps of a Conv2d; put a Flatten between the two")
        self.layers.append(Weighted(leaf, leaf.module.out_features, dropout=self.take_dropout()))

    def take_dropout(self) -> float:
        """The share that the next layer's Dropout leaves out."""
        if len(self.dropouts) > 1:
            self.dropouts[1].refuse("comes after another; give one")
        return float(self.dropouts.pop().module.p) if self.dropouts else 0.0

    def convolution(self, leaf: Leaf) -> None:
        module = leaf.module
        if self.flattened or (self.layers and self.layers[-1].is_linear):
            leaf.refuse("comes after Flatten or Linear; gpunet's convolutions come before them")
        if self.image_shape is None:
            leaf.refuse("takes images; say of what height and width: image_shape=(28, 28)")
        if not self.layers and module.in_channels != 1:
            leaf.refuse("is the first layer; gpunet's images have one channel")
        for name, plain in (("stride", (1, 1)), ("dilation", (1, 1)), ("groups", 1)):
            if getattr(module, name) != plain:
                leaf.refuse(f"has {name} {getattr(module, name)}; gpunet's have {name} 1")
        height, width = module.kernel_size
        if height != width:
            leaf.refuse("has kernels that are not square; gpunet's are")
        padding = (0, 0) if module.padding == "valid" else module.padding
        if isinstance(padding, str) or padding[0] != padding[1]:
            leaf.refuse(f"has padding {module.padding}; give one number for every side")
        if any(padding) and module.padding_mode != "zeros":
            leaf.refuse(f"has padding_mode {module.padding_mode}; gpunet pads with zeros")
        said = f"P{padding[0]}" if padding[0] else ""
        part = f"{module.out_channels}C{height}{said}"
        self.layers.append(Weighted(leaf, part, dropout=self.take_dropout()))

    def pooling(self, leaf: Leaf) -> None:
        module, side = leaf.module, self.squares(leaf)
        if pair(module.dilation) != (1, 1):
            leaf.refuse("has dilation; gpunet's pooling has none")
        if module.return_indices:
            leaf.refuse("gives indices too; gpunet's pooling gives the maxima only")
        self.pool(leaf, f"MP{side}")

    def average(self, leaf: Leaf) -> None:
        side = self.squares(leaf)
        if leaf.module.divisor_override not in (None, side**2):
            leaf.refuse("divides by another number; gpunet takes the mean")
        self.pool(leaf, f"AP{side}")

    def squares(self, leaf: Leaf) -> int:
        """The side of the squares that are pooled; InputError if they are none."""
        module = leaf.module
        kernel, stride = pair(module.kernel_size), pair(module.stride)
        if not self.layers or self.layers[-1].is_linear or self.flattened:
            leaf.refuse("does not pool the maps of a Conv2d; gpunet's pooling lies right above one")
        if kernel[0] != kernel[1] or stride != kernel:
            leaf.refuse("does not pool squares that lie side by side; gpunet's pooling does")
        if pair(module.padding) != (0, 0):
            leaf.refuse("has padding; gpunet's pooling has none")
        # Where the pools divide the maps, as they must, ceil_mode makes no difference.
        return int(kernel[0])

    def groups(self, leaf: Leaf) -> None:
        module = leaf.module
        sizes = (module.kernel_size, module.stride, module.padding, module.dilation)
        kernel, stride, padding, dilation = (pair(size)[0] for size in sizes)
        if not self.layers or not self.layers[-1].is_linear:
            leaf.refuse("does not follow a Linear; gpunet's maxout does")
        if stride != kernel or padding or dilation != 1 or module.return_indices:
            leaf.refuse("does not take the largest of groups side by side, as gpunet's maxout does")
        self.pool(leaf, f"MX{kernel}")

    def pool(self, leaf: Leaf, written: str) -> None:
        """Note what lies on the last layer; InputError if something does already."""
        if self.layers[-1].pooling:
            leaf.refuse("pools what is pooled already; put a layer with weights between the two")
        self.layers[-1].pooling, self.layers[-1].pool = written, leaf

    def activation(self, leaf: Leaf) -> None:
        if not self.layers:
            leaf.refuse("acts on the inputs; gpunet's activations follow a layer with weights")
        layer = self.layers[-1]
        if layer.activation:
            leaf.refuse(f"follows {layer.activation}; a layer of gpunet has one activation")
        if layer.pooling.startswith("AP"):
            leaf.refuse("follows AvgPool2d; gpunet averages activations: put it before the pooling")
        name = ACTIVATIONS[leaf.kind]
        if name == "softmax" and leaf.module.dim not in (1, -1):
            leaf.refuse("is not over the neurons of a layer; give dim=1")
        if name == "softmax" and not layer.is_linear:
            leaf.refuse("acts on a convolution; gpunet's softmax follows a Linear")
        layer.activation = name

    def flatten(self, leaf: Leaf) -> None:
        if (leaf.module.start_dim, leaf.module.end_dim) != (1, -1):
            leaf.refuse("does not flatten all of a sample; give start_dim=1 and end_dim=-1")
        self.flattened = True

    def unflatten(self, leaf: Leaf) -> None:
        module = leaf.module
        shape = tuple(module.unflattened_size)
        if self.layers or module.dim != 1 or len(shape) != 3 or shape[0] != 1:
            leaf.refuse("is not what makes images of the inputs, as Unflatten(1, (1, 28, 28)) does")
        if self.image_shape not in (None, shape[1:]):
            leaf.refuse(f"makes other images than image_shape={self.image_shape} says")
        self.image_shape = (shape[1], shape[2])
        self.flattened = False

    def dropout(self, leaf: Leaf) -> None:
        if leaf.module.p:
            self.dropouts.append(leaf)
