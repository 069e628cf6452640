"""What `fit` is given to train on: a data set, or arrays, brought into one form."""

from typing import Any

import numpy as np

from gpunet.core.errors import InputError
from gpunet.core.seeds import RngPurpose, generator_for
from gpunet.core.words import shown
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.pixels import natural_max_pixel, scale_of
from gpunet.datasets.samples import Arrays, Data, Samples
from gpunet.evaluation.arrays import Taken, pair_of, take_arrays
from gpunet.nn.network import Network


def read_given(
    network: Network,
    given: Any,
    y: Any = None,
    *,
    validation: Any = None,
    sample_weight: Any = None,
    scale: float | None = None,
) -> Data:
    """The samples to train a network on, and to watch it by.

    Args:
        network: to be trained; stays as it is.
        given: a data set; a pair (X, y); or X, with y by itself.
        y: labels or targets.
        validation: a pair (X, y); a split of a data set; the share of the samples that is kept back
            for it, each class in its proportion; or None.
        sample_weight: how much each sample counts (n,).
        scale: what X is multiplied by.

    Raises:
        InputError: it is none of these, or does not fit the network.
    """
    if isinstance(given, Dataset):
        refuse_beside_dataset(y=y, validation=validation, sample_weight=sample_weight, scale=scale)
        return given
    x, y = pair_of(given, y, "fit")
    taken = take_arrays(
        network, x, y, sample_weight=sample_weight, scale=scale, names=network.classes
    )
    pixels = pixel_scale(network, taken) if scale is None else taken.scale
    height_and_width = network.input_shape
    shape = height_and_width if len(height_and_width) == 2 else image_shape(x, network)
    train, watched = taken.samples, None
    if is_share(validation):
        train, watched = keep_back(train, float(validation), network.seed)
    elif validation is not None:
        watched = read_watched(network, validation, taken, scale)
    floats = taken.samples.images.dtype.kind == "f"
    return Arrays(
        train,
        watched,
        (shape[0], shape[1]),
        scale=taken.scale if floats else pixels,
        input_scale=scale if scale is not None else None if floats else pixels,
        scale_floats=scale is not None or network.scale_floats,
        names=taken.names or network.classes,
        learnt="fractions" if floats and scale is None else "pixels",
    )


def refuse_beside_dataset(**others: Any) -> None:
    """Raise InputError for what goes with arrays and was given with a data set."""
    for name, value in others.items():
        if value is not None:
            raise InputError(f"{name} goes with arrays X and y; leave it out beside a data set")


def pixel_scale(network: Network, taken: Taken) -> float:
    """What the pixels of arrays are multiplied by: 1/16 where none is above 16, as for `digits`."""
    images = taken.samples.images
    if images.dtype != np.uint8 or network.scale_floats:
        return taken.scale
    if network.trained_on == "pixels":  # others may be darker, and mean the same
        return network.input_scale
    return scale_of(natural_max_pixel(int(network.device.host(images.max()))))


def image_shape(x: Any, network: Network) -> tuple[int, int]:
    """(height, width), where X came as images; else (1, features)."""
    sides = tuple(side for side in getattr(x, "shape", ())[1:] if side != 1)
    if len(sides) == 2:
        return int(sides[0]), int(sides[1])
    side = round(network.sizes[0] ** 0.5)
    return (side, side) if side * side == network.sizes[0] else (1, network.sizes[0])


def is_share(validation: Any) -> bool:
    """Whether it is a number; InputError if it is one, but no share."""
    if isinstance(validation, bool) or not isinstance(validation, int | float | np.number):
        return False
    if not 0 < validation < 1:
        raise InputError(
            f"validation {shown(validation)}: give a share between 0 and 1, or a pair (X, y)"
        )
    return True


def keep_back(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """Samples to train on, and a share of them kept back, of each class alike."""
    stream = generator_for(seed, RngPurpose.DIVISION)
    n = len(samples)
    groups = np.zeros(n, np.int64)
    if samples.labelled:
        groups = np.asarray(samples.labels)
    kept, owed = [], 0.0
    for group in np.unique(groups):
        rows = stream.permutation(np.flatnonzero(groups == group))
        # What a small class has too little for is left to the next ones.
        owed += share * len(rows)
        taken = min(round(owed), len(rows))
        owed -= taken
        kept.append(rows[:taken])
    back = np.zeros(n, bool)
    back[np.concatenate(kept)] = True
    if back.all() or not back.any():
        raise InputError(
            f"validation {share:g} of {n} samples leaves none to "
            f"{'train on' if back.all() else 'look at'}: give another share, or a pair (X, y)"
        )
    return samples[np.flatnonzero(~back)], samples[np.flatnonzero(back)]


def read_watched(network: Network, validation: Any, taken: Taken, scale: float | None) -> Samples:
    """The samples to watch a training by, of the kind of those that are trained on."""
    x, y = pair_of(validation, None, "validation")
    names = taken.names or network.classes
    what = ("validation inputs", "validation y")
    found = take_arrays(network, x, y, scale=scale, names=names, what=what).samples
    kind = taken.samples.images.dtype
    if (found.images.dtype.kind == "f") != (kind.kind == "f"):
        raise InputError(
            f"validation inputs are of type {found.images.dtype}, those to train on of type "
            f"{kind}: give both alike"
        )
    if found.labelled != taken.samples.labelled:
        raise InputError("validation y and y are not both labels, or both targets: give both alike")
    return found
