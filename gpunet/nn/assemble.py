"""From an architecture to its layers."""

from collections.abc import Sequence
from math import prod

from gpunet.core.errors import InputError
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.nn.activations import Activation, find_activation
from gpunet.nn.architecture import Architecture, Kernels
from gpunet.nn.costs import Cost
from gpunet.nn.layers.base import Layer
from gpunet.nn.layers.convolution import Convolution
from gpunet.nn.layers.dense import Dense
from gpunet.nn.layers.dropout import Dropout


def make_layers(
    architecture: Architecture,
    activations: Sequence[Activation],
    dropout: float,
    kind: type[Dropout],
    seed: int,
) -> tuple[Layer, ...]:
    """The layers of an architecture, dropout before every fully connected one but a first.

    Args:
        architecture: what is wanted.
        activations: one for each of its stages.
        dropout: the share of neurons left out.
        kind: of dropout.
        seed: decides which.

    Raises:
        InputError: softmax on a convolution, or dropout with nothing to leave out.
    """
    layers: list[Layer] = []
    for number, (stage, activation) in enumerate(
        zip(architecture.stages, activations, strict=True)
    ):
        if isinstance(stage.part, Kernels):
            if activation.name == "softmax":
                raise InputError(
                    f"softmax on {stage.part}: a convolution has no one set of outputs to share "
                    "1 between; give relu, tanh, sigmoid or linear"
                )
            filters, side = stage.part
            kernel, pooling = (side, side), (stage.pooling, stage.pooling)
            layers.append(Convolution(stage.shape, filters, kernel, pooling, activation))
            continue
        n_in = prod(stage.shape)
        if dropout and number:
            layers.append(kind(n_in, dropout, key_for(seed, RngPurpose.DROPOUT, number)))
        layers.append(Dense(n_in, stage.part, activation))
    if dropout and len(layers) == 1:
        raise InputError(
            f"dropout {dropout:g} needs a hidden layer: with none there is nothing to leave out"
        )
    return tuple(layers)


def find_activations(names: str | Sequence[str], layers: int, cost: Cost) -> tuple[Activation, ...]:
    """One activation for each layer with neurons of its own."""
    if isinstance(names, str):
        hidden = find_activation(names)
        chosen_by_cost = None if cost.name == "quadratic" else cost.partner
        top = find_activation(chosen_by_cost) if chosen_by_cost else hidden
        return (*[hidden] * (layers - 1), top)
    if not isinstance(names, Sequence):
        raise InputError(f"activation {names!r}: give a name, or one for each layer")
    if len(names) != layers:
        raise InputError(
            f"{len(names)} activations for {layers} layers: give one, or one for each layer "
            "above the input, pooling not counted"
        )
    return tuple(map(find_activation, names))


def default_initializer(activations: Sequence[Activation], cost: Cost) -> str:
    """Chapter 1's large weights for chapter 1's network; chapter 3's scaled ones elsewhere."""
    first_chapter = cost.name == "quadratic" and {a.name for a in activations} == {"sigmoid"}
    return "large" if first_chapter else "scaled"
