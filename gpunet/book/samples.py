"""From the book's lists of pairs to matrices, one sample a row.

The book's samples are pairs (x, y): x a column (n_in, 1), and y a column (n_out, 1) in training
data, a label in validation and test data.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError

Pair = tuple[Any, Any]
# Types whose rows are gathered and converted as they are; all others become float64 at once.
KEPT = ("float32", "float64", "uint8")


def as_list(data: Iterable[Pair], name: str) -> list[Pair]:
    """The samples as they are, if they are a list; else a list of them.

    Raises:
        InputError: they are not iterable.
    """
    if isinstance(data, list):
        return data
    try:
        return list(data)
    except TypeError:
        raise InputError(f"{name} {data!r}: needed a list of pairs (x, y)") from None


def unzip(data: Iterable[Pair], name: str) -> tuple[list[Any], list[Any]]:
    """The x and the y of some pairs, at least one.

    Raises:
        InputError: these are not pairs, or there are none.
    """
    try:
        pairs = [(x, y) for x, y in data]
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: not a list of pairs (x, y), as mnist_loader.load_data_wrapper gives them"
        ) from None
    if not pairs:
        raise InputError(f"{name}: no samples; a zip or generator can be iterated over only once")
    return [x for x, _ in pairs], [y for _, y in pairs]


def stack(columns: Sequence[Any], size: int, name: str) -> HostArray:
    """Columns (size, 1) as the rows of a matrix (len(columns), size), copied.

    Raises:
        InputError: a column has another shape, or does not contain numbers.
    """
    shapes = {np.shape(column) for column in columns}
    if not shapes <= {(size, 1)}:
        wrong = sorted(shapes - {(size, 1)})[0]
        hint = "; vectorized_result makes a column of a label" if wrong == () else ""
        raise InputError(f"{name} of shape {wrong}: needed columns ({size}, 1){hint}")
    # Concatenated, (samples · size, 1), the columns are in memory the rows of the matrix.
    rows = np.concatenate(columns).reshape(len(columns), size)
    check_numbers(rows, name)
    return rows if rows.dtype.name in KEPT else rows.astype(np.float64)


def check_columns(columns: Any, size: int, name: str) -> None:
    """Raise InputError unless it is one column of numbers (size, 1), or several (size, k)."""
    array = np.asarray(columns)
    if array.ndim != 2 or len(array) != size:
        raise InputError(f"{name} of shape {array.shape}: needed a column ({size}, 1)")
    check_numbers(array, name)


def check_numbers(array: HostArray, name: str) -> None:
    """Raise InputError unless the array holds real numbers."""
    if array.dtype.kind not in "uifb":
        raise InputError(f"{name} of type {array.dtype}: needed numbers")


def gather_labels(values: Sequence[Any], name: str) -> HostArray:
    """Labels as an array (n,).

    Raises:
        InputError: they are not numbers, but perhaps columns.
    """
    try:
        labels = np.array(values)
    except ValueError:  # of different shapes
        labels = np.array(None)
    if labels.ndim != 1 or labels.dtype.kind not in "uifb":
        raise InputError(
            f"{name}: needed pairs (x, label), as in the book's validation and test data; "
            "the y of training data are columns instead"
        )
    return labels


def unit_rows(labels: HostArray, size: int, name: str) -> HostArray:
    """The desired outputs (n, size) for labels (n,): unit vectors.

    Raises:
        InputError: a label is not a whole number from 0 to size − 1.
    """
    for label in np.unique(labels):
        if label not in range(size):
            raise InputError(f"{name}: label {label} with {size} output neurons")
    return np.eye(size)[labels.astype(np.int64)]
