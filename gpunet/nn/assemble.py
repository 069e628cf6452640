"""From an architecture to its layers."""

from collections.abc import Sequence
from math import prod

from gpunet.core.errors import InputError
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.core.words import shown
from gpunet.nn.activations import Activation, find_activation
from gpunet.nn.architecture import Architecture
from gpunet.nn.costs import Cost
from gpunet.nn.layers.base import Layer
from gpunet.nn.layers.dropout import Dropout


def make_layers(
    architecture: Architecture,
    activations: Sequence[Activation],
    dropout: float,
    kind: type[Dropout],
    seed: int,
) -> tuple[Layer, ...]:
    """The layers of an architecture, dropout before all that take no images but a first.

    Args:
        architecture: what is wanted.
        activations: one for each of its stages.
        dropout: the share of neurons left out.
        kind: of dropout.
        seed: decides which.

    Raises:
        InputError: an activation does not suit its layer, or dropout has nothing to leave out.
    """
    layers: list[Layer] = []
    for number, (stage, activation) in enumerate(
        zip(architecture.stages, activations, strict=True)
    ):
        if dropout and number and not stage.part.takes_images:
            key = key_for(seed, RngPurpose.DROPOUT, number)
            layers.append(kind(prod(stage.shape), dropout, key))
        layers.append(stage.layer(activation))
    if dropout and len(layers) == 1:
        raise InputError(
            f"dropout {dropout:g} needs a hidden layer: with none there is nothing to leave out"
        )
    return tuple(layers)


def find_activations(names: str | Sequence[str], layers: int, cost: Cost) -> tuple[Activation, ...]:
    """One activation for each layer with neurons of its own."""
    if isinstance(names, str):
        hidden = find_activation(names)
        return (*[hidden] * (layers - 1), output_activation(hidden, cost))
    if not isinstance(names, list | tuple):
        raise InputError(f"activation {shown(names)}: give a name, or one for each layer")
    if len(names) != layers:
        raise InputError(
            f"{len(names)} activations for {layers} layers: give one, or one for each layer "
            "above the input, pooling not counted"
        )
    return tuple(map(find_activation, names))


def output_activation(hidden: Activation, cost: Cost) -> Activation:
    """What the output layer has where only the hidden layers' activation is named.

    What the cost calls for; with the quadratic cost the same, but linear above ReLUs: outputs that
    were ReLUs would fall silent together, and learn no more.
    """
    if cost.output:
        return find_activation(cost.output)
    return find_activation("linear") if hidden.name == "relu" else hidden


def default_initializer(activations: Sequence[Activation], cost: Cost) -> str:
    """Chapter 1's large weights for chapter 1's network; chapter 3's scaled ones elsewhere."""
    first_chapter = cost.name == "quadratic" and {a.name for a in activations} == {"sigmoid"}
    return "large" if first_chapter else "scaled"
