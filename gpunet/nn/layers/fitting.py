"""Whether a layer suits what lies below it, and its activation; and what would."""

from math import gcd

from gpunet.core.errors import InputError
from gpunet.nn.activations import ACTIVATIONS, Activation
from gpunet.nn.layers.part import Part
from gpunet.nn.parameters import Shape


def divided(notation: str, side: int, below: Shape) -> Shape:
    """The shape of maps (channels, height, width) of which every square becomes one number.

    Args:
        notation: of the layer, without its side: "MP".
        side: of a square, in pixels.
        below: the shape of the maps.

    Raises:
        InputError: the squares do not divide the maps; names those that do.
    """
    channels, height, width = below
    if height % side or width % side:
        common = gcd(height, width)
        would = [f"{notation}{n}" for n in range(2, common + 1) if common % n == 0]
        raise InputError(
            f"{notation}{side}: squares of {side} × {side} do not divide maps of {height} × "
            f"{width}; "
            f"{'these do: ' + ', '.join(would) if would else 'give the kernels another size'}"
        )
    return channels, height // side, width // side


def check_elementwise(part: Part, activation: Activation) -> None:
    """Raise InputError if an activation of maps is not one of each number by itself."""
    if not activation.elementwise:
        others = ", ".join(name for name, f in ACTIVATIONS.items() if f.elementwise)
        raise InputError(
            f"{activation.name} on {part}: it takes all outputs of a layer together, and a "
            f"convolution has one set of them for each place; give one of {others}"
        )


def check_increasing(part: Part, activation: Activation) -> None:
    """Raise InputError if the largest need not have the largest activation."""
    if not activation.increasing:
        others = ", ".join(name for name, f in ACTIVATIONS.items() if f.increasing)
        raise InputError(
            f"{part} on {activation.name}: the largest is taken before the activation, "
            f"which must not fall anywhere; give one of {others}, or leave {part} out"
        )
