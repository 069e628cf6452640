"""Whether the command line and the documentation know a name."""

import re
from collections.abc import Iterator

import click

import gpunet
from gpunet.cli.train import train
from gpunet.core.errors import InputError


def complain_of_command_line(option: str, name: str) -> Iterator[str]:
    """What `gpunet train` does not know of a value of an option."""
    place = f"gpunet/cli, gpunet train {option}"
    try:
        train.make_context("train", [option, name])
    except (click.ClickException, InputError) as error:
        yield f"{place}: does not take {name} ({error})"
    if not re.search(rf"\b{name}\b", train.get_help(click.Context(train))):
        yield f"{place}: its help does not name {name}"


def complain_of_documentation(kind: type, name: str) -> Iterator[str]:
    """What the documentation lacks of what a network is made of."""
    if "__doc__" not in vars(kind) or not kind.__doc__:
        yield f"{kind.__module__}, {kind.__name__}: has no docstring"
    if f'"{name}"' not in str(gpunet.Network.__doc__):
        yield f"gpunet/nn/network.py, Network: its docstring does not name {name!r}"
