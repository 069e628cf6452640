"""What a network is to answer: labels as numbers or names, or targets, from arrays of any library.

Labels are brought to the host, where they are checked; targets to the network's device.
"""

from contextlib import suppress
from typing import Any

import numpy as np

from gpunet.backend.exchange import is_missing, take_in, to_numpy
from gpunet.backend.plain import Array
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.nn.network import Network

# Costs whose targets are probabilities.
PROBABLE = ("cross-entropy", "log-likelihood")
# Of names in a message.
MOST_NAMED = 12


def take_answers(
    network: Network, y: Any, samples: int, names: tuple[str, ...] | None = (), what: str = "y"
) -> tuple[Array, tuple[str, ...]]:
    """Labels or targets of some samples.

    Args:
        network: that is to give these answers.
        y: labels, whole numbers from 0 or names, (n,) or (n, 1); or targets (n, n_out), or (n,) for
            a network with one output. Targets that are unit vectors are taken as labels.
        samples: n.
        names: of the classes, where they are known; else, if labels are names, they are numbered in
            alphabetical order. None where labels cannot be names.
        what: y is, for messages.

    Returns:
        Labels (n,) on the host, or targets (n, n_out) on the device; and the names of the classes,
        if labels are names.

    Raises:
        InputError: they do not fit the samples or the network.
    """
    n_out = network.sizes[-1]
    if y is None:
        raise InputError(f"{what} is missing: give a label, or targets, for each sample")
    if is_text(values := as_host(network, y, what)):
        if names is None:
            raise InputError(f"{what} holds names, and this network knows none: give whole numbers")
        return number_names(values.reshape(-1), samples, n_out, names, what)
    if values.ndim == 2 and values.shape[1] == 1 < n_out:
        values = values[:, 0]
    if values.ndim not in (1, 2) or len(values) != samples:
        raise InputError(
            f"{samples} samples with {len(values) if values.ndim else 'no'} labels: {what} has "
            f"shape {values.shape}; needed ({samples},) labels, or ({samples}, {n_out}) targets"
        )
    if values.ndim == 1 and n_out > 1:
        return check_labels(values, n_out, what), ()
    with np.errstate(over="ignore"):  # what becomes infinite is refused
        targets = values.reshape(samples, -1).astype(network.dtype)
    check_targets(targets, network, what)
    if n_out > 1 and are_unit_vectors(targets):
        return targets.argmax(axis=1), ()
    return network.device.put(targets), ()


def as_host(network: Network, y: Any, what: str) -> HostArray:
    """An array of numbers or text, on the host."""
    if hasattr(y, "detach"):  # a tensor, which holds no text
        return np.asarray(network.device.host(take_in(network.device, y, what)))
    values = None
    with suppress(InputError):  # of what is taken over in another way
        values = to_numpy(y, what)
    if values is not None and values.size and values.ndim and values.dtype.kind in "OUS":
        # NumPy makes text of what is missing among text.
        given = values if isinstance(y, np.ndarray) else np.asarray(y, dtype=object)
        if all(isinstance(each, str | bytes) for each in given.flat):
            return as_text(given, what)
        if any(map(is_missing, given.flat)):
            raise InputError(
                f"{what}: values are missing; leave these samples out, or fill them in"
            )
    return np.asarray(network.device.host(take_in(network.device, y, what)))


def as_text(values: HostArray, what: str) -> HostArray:
    """Names as NumPy's text."""
    try:
        decoded = [each.decode() if isinstance(each, bytes) else str(each) for each in values.flat]
    except UnicodeDecodeError:
        raise InputError(f"{what} holds bytes that are no UTF-8: give text") from None
    return np.array(decoded).reshape(values.shape)


def is_text(values: HostArray) -> bool:
    return bool(values.dtype.kind == "U")


def number_names(
    values: HostArray, samples: int, n_out: int, names: tuple[str, ...], what: str
) -> tuple[HostArray, tuple[str, ...]]:
    """Names as numbers, and the names in the order of these numbers."""
    if len(values) != samples:
        raise InputError(
            f"{samples:,} samples with {len(values):,} names: {what} needs one for each"
        )
    found = np.unique(values)
    if not names:
        if len(found) != n_out:
            raise InputError(
                f"{what} names {len(found)} classes ({some_of(found)}), the network has {n_out} "
                "outputs: needed one for each class"
            )
        names = tuple(map(str, found))
    numbers = {name: number for number, name in enumerate(names)}
    if strange := [name for name in found if name not in numbers]:
        raise InputError(
            f"{what}: {some_of(strange)} is none of the network's classes: {some_of(names)}"
        )
    return np.array([numbers[name] for name in found])[np.searchsorted(found, values)], names


def some_of(names: Any) -> str:
    """Names in a row, not too many."""
    said = ", ".join(map(str, names[:MOST_NAMED]))
    return said + ", …" * (len(names) > MOST_NAMED)


def check_labels(values: HostArray, n_out: int, what: str) -> HostArray:
    """Labels as whole numbers, or InputError."""
    if not np.isfinite(values).all():
        raise InputError(f"{what} holds NaN or infinity: leave these samples out, or fill them in")
    if (values != np.rint(values)).any():
        raise InputError(
            f"{what} holds fractions, as {what} ({len(values)},): labels are whole numbers from 0, "
            f"or names; targets have shape ({len(values)}, {n_out})"
        )
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= n_out:
        raise InputError(
            f"{what}: label {low if low < 0 else high} is out of range: this network has {n_out} "
            f"outputs, so labels go from 0 to {n_out - 1}; or give names"
        )
    return values.astype(np.int64, copy=False)


def check_targets(values: HostArray, network: Network, what: str) -> None:
    """Raise InputError unless these are targets such as the network's cost takes."""
    n_out = network.sizes[-1]
    if values.shape[1] != n_out:
        raise InputError(
            f"{what} has {values.shape[1]} targets a sample, the network {n_out} outputs"
        )
    if not np.isfinite(values).all():
        raise InputError(f"{what} holds NaN or infinity: leave these samples out, or fill them in")
    name = network.cost.name
    if name in PROBABLE and (values.min() < 0 or values.max() > 1):
        raise InputError(
            f"{what} has targets from {values.min():g} to {values.max():g}: the {name} cost takes "
            "them from 0 to 1; for others take the quadratic cost and a linear output layer"
        )


def are_unit_vectors(targets: HostArray) -> bool:
    """Whether each row has one 1 and zeros."""
    return bool(((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all())
