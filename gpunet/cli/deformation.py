"""The options that say how images are deformed."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from gpunet.datasets.augmentation.deformation import Deformation, check_strength

Command = TypeVar("Command", bound=Callable[..., Any])

# What each field of `Deformation` does.
DEFORMATION_HELP = {
    "shift": "Shift by up to so many pixels.",
    "rotation": "Turn by up to so many degrees.",
    "scaling": "Stretch and shrink by up to so large a part: 0.15 is 0.85 to 1.15.",
    "shear": "Slant by up to so many pixels for each pixel of height.",
    "elastic": "α of random elastic displacements; Simard et al. take 34.",
    "sigma": "How smooth those are, in pixels.",
}


def check(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """Refuse a strength that makes no sense, naming the option."""
    try:
        return check_strength(str(parameter.name), value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: {error}", param=parameter) from None


def deformation_options(command: Command) -> Command:
    """--shift to --sigma; the command gets them by the names of `Deformation`'s fields."""
    for field in reversed(fields(Deformation)):
        command = click.option(
            f"--{field.name}",
            type=float,
            default=field.default,
            callback=check,
            metavar="X",
            help=DEFORMATION_HELP[field.name],
            show_default=True,
        )(command)
    return command
