"""Arrays of any library as samples that a network can be trained or evaluated on."""

from typing import Any, NamedTuple

import numpy as np

from gpunet.backend.exchange import describe, take_in
from gpunet.backend.plain import Array
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.samples import Samples
from gpunet.nn.answers import take_answers
from gpunet.nn.inputs import Inputs
from gpunet.nn.network import Network


class Taken(NamedTuple):
    """Arrays as samples.

    Attributes:
        samples: on the network's device, images not scaled yet.
        scale: what images are to be multiplied by.
        names: of the classes, if labels were names.
    """

    samples: Samples
    scale: float
    names: tuple[str, ...]


def take_arrays(
    network: Network,
    x: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    scale: float | None = None,
    names: tuple[str, ...] | None = (),
    what: tuple[str, str] = ("inputs", "y"),
) -> Taken:
    """Samples for a network.

    Args:
        network: takes them on its device.
        x: inputs, as `Network.predict` takes them.
        y: labels or targets: see `take_answers`.
        sample_weight: how much each sample counts (n,); None for all alike.
        scale: what x is multiplied by; None for what the kind of its numbers says.
        names: of the classes, where they are known; None where y holds no names.
        what: x and y are, for messages.

    Raises:
        InputError: they do not fit each other, or the network.
    """
    with network.device.active():
        inputs = network.read(x, scale, what[0])
        if inputs.single:
            raise InputError(f"{what[0]} are one sample; give several, (samples, features)")
        labels, names = take_answers(network, y, len(inputs.rows), names, what[1])
        weights = None
        if sample_weight is not None:
            weights = check_weights(network, sample_weight, len(inputs.rows))
        return Taken(Samples(gatherable(network, inputs), labels, weights), inputs.scale, names)


def gatherable(network: Network, inputs: Inputs) -> Array:
    """Inputs as batches are gathered from: uint8 or floats of the network's kind."""
    rows = inputs.rows
    if rows.dtype == np.uint8:
        return rows
    whole = rows.dtype.kind in "uib"
    small = whole and int(rows.min()) >= 0 and int(rows.max()) <= np.iinfo(np.uint8).max
    # An eighth of the memory, and every engine takes it.
    return rows.astype(np.uint8 if small else network.dtype, copy=False)


def check_weights(network: Network, weights: Any, samples: int) -> HostArray:
    """Weights (n,), 1 on average, or InputError."""
    values = network.device.host(take_in(network.device, weights, "sample_weight"))
    if values.shape != (samples,):
        raise InputError(
            f"sample_weight has shape {values.shape}: needed one for each of {samples:,} samples"
        )
    if not np.isfinite(values).all() or values.min() < 0 or not values.any():
        raise InputError("sample_weight: needed numbers of 0 or more, not all of them 0")
    shares = values / values.max()  # whose mean is finite, however large they are
    found: HostArray = (shares / shares.mean(dtype=np.float64)).astype(network.dtype)
    return found


def pair_of(given: Any, y: Any, asked: str) -> tuple[Any, Any]:
    """X and y, given as a pair or one after the other.

    Args:
        given: X, or the pair; a split of a data set is one.
        y: y, or None.
        asked: what takes them, for messages: "fit".

    Raises:
        InputError: it is neither.
    """
    if isinstance(given, Dataset):
        raise InputError(f"{asked}: {given!r} has three splits: give one, such as its .test")
    if y is not None:
        return given, y
    if isinstance(given, Split):
        return given.images, given.labels
    if isinstance(given, tuple | list) and len(given) == 2:
        return given[0], given[1]
    if isinstance(given, tuple) and len(given) == 3:
        raise InputError(f"{asked}: three arrays; give a pair (X, y), and weights as sample_weight")
    what = "X without y" if hasattr(given, "dtype") else f"{describe(given)} is no data set"
    raise InputError(f"{asked}: {what}: give what load_dataset returns, or arrays X and y")
