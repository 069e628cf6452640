"""Arrays as a page takes them: bytes in base 64."""

from base64 import b64encode
from math import prod
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.evaluation.probe import ProbedLayer
from gpunet.nn.parameters import Shape

# Of a larger layer only the first maps or neurons are shown: so many pixels, or neurons.
MOST_PIXELS = 1 << 16
MOST_NEURONS = 1 << 10


def packed(array: HostArray) -> str:
    """The bytes of an array in base 64."""
    return b64encode(array.tobytes()).decode()


def in_grey(pixels: HostArray, max_pixel: int) -> str:
    """Pixels of a data set as grey levels from 0 to 255, packed."""
    return packed((pixels.astype(np.float64) * 255 / max_pixel).astype(np.uint8))


def signed(values: HostArray, largest: float) -> str:
    """Numbers as whole ones from −127 to 127, which is the largest size there is, packed."""
    scaled = values * (127 / largest if largest > 0 else 0.0)
    return packed(np.rint(np.clip(scaled, -127, 127)).astype(np.int8))


def activations(values: HostArray) -> dict[str, Any]:
    """What a layer makes of a sample."""
    largest = float(np.abs(values).max())
    return {"largest": largest, "values": signed(values[: shown_of(values.shape)], largest)}


def describe_layer(layer: ProbedLayer) -> dict[str, Any]:
    """What the page is told of a layer before it sees what it makes of anything."""
    return {**layer._asdict(), "shown": shown_of(layer.shape)}


def shown_of(shape: Shape) -> int:
    """How many of a layer's maps or neurons are shown."""
    most = MOST_NEURONS if len(shape) == 1 else max(1, MOST_PIXELS // prod(shape[1:]))
    return min(shape[0], most)


def guesses_of(
    probabilities: HostArray, classes: tuple[str, ...] | list[str], most: int
) -> list[dict[str, Any]]:
    """The likeliest classes, the likeliest first, of probabilities (classes,)."""
    ranked = np.argsort(-probabilities, kind="stable")[:most]
    return [
        {"label": classes[label], "probability": float(probabilities[label])} for label in ranked
    ]
