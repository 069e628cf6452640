"""A network in a notebook: its layers, with how many parameters each has."""

from collections.abc import Sequence
from html import escape
from math import prod

from gpunet.core.html import LEFT, cell, line, table
from gpunet.nn.architecture import Architecture


def network_html(architecture: Architecture, activations: Sequence[str], said: str) -> str:
    """A table of the layers, the inputs first.

    Args:
        architecture: of the network.
        activations: of each layer with neurons of its own.
        said: what else there is to say, in one line.
    """
    stages = iter(zip(architecture.stages, activations, strict=True))
    rows, total = [row("input", architecture.shapes[0], "", None)], 0
    for part, shape in zip(architecture.parts, architecture.shapes[1:], strict=True):
        if part.has_neurons:
            stage, activation = next(stages)
            parameters = sum(map(prod, stage.parameters))
            total += parameters
            rows.append(row(str(part), shape, activation, parameters))
        else:
            rows.append(row(str(part), shape, "", 0))
    rows.append([cell("all", LEFT), cell(""), cell(""), cell(f"{total:,}")])
    return line(said) + table(["layer", "outputs", "activation", "parameters"], rows)


def row(name: str, shape: Sequence[int], activation: str, parameters: int | None) -> list[str]:
    """The cells of one layer."""
    outputs = " × ".join(map(str, shape))
    count = "" if parameters is None else f"{parameters:,}"
    return [cell(escape(name), LEFT), cell(outputs), cell(escape(activation)), cell(count)]
