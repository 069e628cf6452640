"""The book's mnist.pkl.gz, read without executing anything in it.

A pickle is a program. This reader admits the few names from which NumPy arrays are rebuilt, each
replaced by a function of our own, and refuses every other.
"""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.backend.errors import InputError
from gpunet.datasets.dataset import HostArray, Split, check_split, to_pixels
from gpunet.datasets.idx import read_bytes


def rebuild_array(kind: Any, shape: Any, typecode: Any) -> HostArray:
    """NumPy's `_reconstruct`: an empty array, to be filled from the pickle's bytes."""
    if kind is not np.ndarray:
        raise pickle.UnpicklingError(f"an array of type {kind!r}")
    return np.ndarray((0,), dtype=np.uint8)


def plain_dtype(name: Any, *flags: Any) -> np.dtype[Any]:
    """`numpy.dtype`, for numbers only."""
    dtype = np.dtype(str(name))
    if dtype.kind not in "uifb":
        raise pickle.UnpicklingError(f"an array of {dtype}")
    return dtype


def latin1_bytes(text: Any, encoding: Any) -> bytes:
    """`codecs.encode`, as Python 3 spells bytes in an old pickle."""
    if str(encoding) not in {"latin1", "latin-1"}:
        raise pickle.UnpicklingError(f"text encoded as {encoding!r}")
    return str(text).encode("latin1")


ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): rebuild_array,
    ("numpy._core.multiarray", "_reconstruct"): rebuild_array,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): plain_dtype,
    ("_codecs", "encode"): latin1_bytes,
}


class ArrayUnpickler(pickle.Unpickler):
    """Admits NumPy array reconstruction and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def read_book_pickle(path: Path) -> tuple[list[Split], int]:
    """The three splits of the book's mnist.pkl.gz, and the peak of their pixels.

    Raises:
        InputError: it is damaged, asks for anything but arrays, or holds something else.
    """
    content = read_bytes(path)
    try:
        loaded = ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path}: refused, {error}; only arrays of numbers are read from a pickle"
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise InputError(f"{path}: not a pickle that can be read ({error})") from None
    if not (isinstance(loaded, tuple | list) and len(loaded) == 3):
        raise InputError(f"{path}: needed three pairs (training, validation, test) of arrays")
    return [to_split(pair, str(path)) for pair in loaded], 255


def to_split(pair: Any, source: str) -> Split:
    """One (images, labels) pair as a split."""
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2
    if not is_pair or not all(isinstance(array, np.ndarray) and array.ndim for array in pair):
        raise InputError(f"{source}: needed pairs of an array of images and one of labels")
    images, labels = pair
    return check_split(to_pixels(images, source)[0], labels, source)
