"""The book's JSON files of networks: sizes, weights, biases, and the name of the cost."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.book.core import check_shapes
from gpunet.book.costs import BookCost
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.files import write_atomically
from gpunet.core.regular import refuse_others
from gpunet.nn.architecture import check_sizes


@dataclass(frozen=True)
class Saved:
    """What a file holds, checked.

    Attributes:
        sizes: of the layers.
        weights, biases: for each layer (n_out, n_in) and (n_out, 1), float64.
        cost: the cost of that name.
    """

    sizes: list[int]
    weights: list[HostArray]
    biases: list[HostArray]
    cost: BookCost


def write_network(
    filename: str | os.PathLike[str],
    sizes: Sequence[int],
    weights: Sequence[Any],
    biases: Sequence[Any],
    cost: str,
) -> None:
    """Write a file, whole or not at all."""
    content = {
        "sizes": [int(size) for size in sizes],
        "weights": [np.asarray(w).tolist() for w in weights],
        "biases": [np.asarray(b).tolist() for b in biases],
        "cost": cost,
    }
    write_atomically(Path(filename), json.dumps(content).encode())


def read_network(filename: str | os.PathLike[str], costs: Mapping[str, BookCost]) -> Saved:
    """Read a file.

    Args:
        filename: the file.
        costs: those it may name.

    Raises:
        InputError: it does not contain a network, or one whose parts do not fit one another.
        OSError: it cannot be read.
    """
    path = Path(filename)
    refuse_others(path, path.stat().st_mode)
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise InputError(f"{filename}: not a JSON file") from None
    if not isinstance(content, dict) or not content.keys() >= {
        "sizes",
        "weights",
        "biases",
        "cost",
    }:
        raise InputError(
            f"{filename}: not a network saved by network2: needed an object with sizes, weights, "
            "biases and cost"
        )
    try:
        sizes = list(check_sizes(content["sizes"]))
        weights, biases = (read_arrays(content[key], key) for key in ("weights", "biases"))
        shapes = check_shapes(weights, biases)
    except InputError as error:
        raise InputError(f"{filename}: {error}") from None
    if [weights[0].shape[1], *(len(b) for b in biases)] != sizes:
        raise InputError(f"{filename}: sizes {sizes}, but weights and biases {shapes}")
    name = content["cost"]
    if not isinstance(name, str) or name not in costs:
        raise InputError(
            f"{filename}: unknown cost {name!r}; known are {', '.join(costs)}; a custom cost is "
            "known once it is assigned to its name in gpunet.book.network2"
        )
    return Saved(sizes, weights, biases, costs[name])


def read_arrays(values: Any, key: str) -> list[HostArray]:
    """Lists of lists of lists of numbers as arrays, or InputError."""
    if not isinstance(values, list):
        raise InputError(f"{key} is not a list")
    try:
        arrays = [np.array(value) for value in values]
    except ValueError:  # rows of different lengths, or nested too deep
        arrays = [np.array(None)]
    if any(array.dtype.kind not in "if" for array in arrays):
        raise InputError(f"{key} are not lists of lists of numbers")
    return [array.astype(np.float64) for array in arrays]
