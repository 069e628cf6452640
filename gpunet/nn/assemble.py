"""From an architecture to its layers."""

from collections.abc import Sequence
from math import prod

from gpunet.core.errors import InputError
from gpunet.core.options import show_value
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.core.words import count, shown
from gpunet.nn.activations import Activation, find_activation
from gpunet.nn.architecture import Architecture
from gpunet.nn.costs import Cost
from gpunet.nn.layers.base import Layer
from gpunet.nn.layers.dropout import Dropout


def make_layers(
    architecture: Architecture,
    activations: Sequence[Activation],
    dropout: float | Sequence[float],
    input_dropout: float,
    kind: type[Dropout],
    seed: int,
) -> tuple[Layer, ...]:
    """The layers of an architecture, dropout before all that take no images but a first.

    That of the inputs lies at the bottom.

    Args:
        architecture: what is wanted.
        activations: one for each of its stages.
        dropout: the share of neurons left out: of all layers, or of each that dropout lies on.
        input_dropout: the share of the network's inputs left out.
        kind: of dropout.
        seed: decides which.

    Raises:
        InputError: an activation does not suit its layer, dropout has nothing to leave out, or
            there are not as many rates as layers.
    """
    layers: list[Layer] = []
    rates = {0: input_dropout, **spread_dropout(architecture, dropout)}
    for number, (stage, activation) in enumerate(
        zip(architecture.stages, activations, strict=True)
    ):
        if rate := rates.get(number):
            key = key_for(seed, RngPurpose.DROPOUT, number)
            layers.append(kind(prod(stage.shape), rate, key))
        layers.append(stage.layer(activation))
    return tuple(layers)


def spread_dropout(
    architecture: Architecture, dropout: float | Sequence[float]
) -> dict[int, float]:
    """The share of neurons left out below each stage, by its number; the lowest has the inputs."""
    stages = architecture.stages
    above = [n for n, stage in enumerate(stages) if n and not stage.part.takes_images]
    if dropout and not above:
        raise InputError(
            f"dropout {show_value(dropout)} needs a hidden layer: with none there is nothing to "
            "leave out but the inputs, which are input dropout's"
        )
    rates = dropout if isinstance(dropout, Sequence) else [dropout] * len(above)
    if len(rates) != len(above):
        raise InputError(
            f"dropout {show_value(dropout)}: {count(len(rates), 'number')}, and needed are "
            f"{len(above)}, for each layer that feeds a fully connected one; or give one for all"
        )
    return dict(zip(above, rates, strict=True))


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
