"""The options that say how images are deformed."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from gpunet.datasets.deformation import Deformation, check_strength

Command = TypeVar("Command", bound=Callable[..., Any])

# For each field of `Deformation` its option and what it does.
DEFORMATION_HELP = {
    "shift": ("--shift", "Shift by up to so many pixels."),
    "rotation": ("--rotate", "Turn by up to so many degrees."),
    "scaling": ("--scale", "Stretch and shrink by up to so large a part: 0.15 is 0.85 to 1.15."),
    "shear": ("--shear", "Slant by up to so many pixels for each pixel of height."),
    "elastic": ("--elastic", "α of random elastic displacements; Simard et al. take 34."),
    "sigma": ("--sigma", "How smooth those are, in pixels."),
}


def check(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """Refuse a strength that makes no sense, naming the option."""
    return check_strength(str(parameter.name), value, called=parameter.opts[0])


def deformation_options(command: Command) -> Command:
    """--shift to --sigma; the command gets them by the names of `Deformation`'s fields."""
    for field in reversed(fields(Deformation)):
        option, about = DEFORMATION_HELP[field.name]
        command = click.option(
            option,
            field.name,
            type=float,
            default=field.default,
            callback=check,
            metavar="X",
            help=about,
            show_default=True,
        )(command)
    return command
