"""The computation behind `evaluate`, `accuracy` and `total_cost`: the count of hits, and the cost.

A few samples are evaluated one by one, as in the book, and so are all samples if a subclass
overrides `feedforward`, or the cost is a custom one; many become matrices on the device.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from gpunet.book.base import BookNetwork, open_core, unchanged
from gpunet.book.costs import BookCost, find_matrix_cost
from gpunet.book.monitor import monitor
from gpunet.book.samples import Pair, as_list, gather_labels, stack, unit_rows, unzip

# Up to this many samples, one by one takes no longer than copying network and samples to a device.
FEW = 20


def count_hits(network: BookNetwork, data: Iterable[Pair], labelled: bool, name: str) -> int:
    """For how many samples the most active output is the right one; 0 of none.

    Args:
        network: computes outputs with its own `feedforward`.
        data: pairs of a column, and a label or a column.
        labelled: which of the two.
        name: of the data, for error messages.

    Raises:
        InputError: the samples do not fit the network, or have y of the other kind.
    """
    pairs = as_list(data, name)
    if len(pairs) > FEW and unchanged(network, "feedforward"):
        return monitor(open_core(network), pairs, labelled, name).accuracy()
    xs, ys = unzip(pairs, name) if pairs else ([], [])
    hits = 0
    for x, y in zip(xs, ys, strict=True):
        a = network.feedforward(x)
        label = check_label(y, name) if labelled else np.argmax(check_column(y, a, name))
        hits += bool(np.argmax(np.asarray(a)) == label)
    return hits


def total_cost(
    network: BookNetwork,
    cost: BookCost,
    data: Iterable[Pair],
    lmbda: float,
    labelled: bool,
    name: str,
) -> float:
    """The mean cost of a sample, and ½ λ/n Σ w²: chapter 3 equations (85) and (87).

    Args:
        network, data, labelled, name: as for `count_hits`.
        cost: what is averaged.
        lmbda: λ.

    Raises:
        InputError: as for `count_hits`, or there are no samples.
    """
    pairs = as_list(data, name)
    many = find_matrix_cost(cost)
    if many and len(pairs) > FEW and unchanged(network, "feedforward"):
        return monitor(open_core(network), pairs, labelled, name).cost(many, lmbda)
    xs, ys = unzip(pairs, name)
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        a = network.feedforward(x)
        if labelled:
            y = unit_rows(np.array([check_label(y, name)]), len(a), name).T
        elif many:
            check_column(y, a, name)
        total += cost.fn(a, y) / len(xs)
    squares = sum(np.linalg.norm(w) ** 2 for w in network.weights)
    return float(total + 0.5 * (lmbda / len(xs)) * squares)


def check_label(y: Any, name: str) -> Any:
    """A label, or InputError if it is a column."""
    return y if isinstance(y, int | float | np.number) else gather_labels([y], name)[0]


def check_column(y: Any, a: Any, name: str) -> Any:
    """A column shaped like the output a, or InputError."""
    return y if np.shape(y) == np.shape(a) else stack([y], len(a), f"{name} outputs")
