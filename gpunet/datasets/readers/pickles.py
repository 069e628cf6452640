"""The book's mnist.pkl.gz, read without executing anything in it.

A pickle is a program. This reader admits the few names from which NumPy arrays are rebuilt, each
replaced by an object of our own, and refuses every other; NumPy sees no more than the bytes.
"""

import io
import pickle
import pickletools
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.datasets.dataset import Split, check_split
from gpunet.datasets.pixels import to_pixels
from gpunet.datasets.readers.packed import read_bytes

# The book's pickle has a few hundred opcodes, each of which may make an object or a copy.
MOST_OPCODES = 10_000
LONGEST_DTYPE = 10


class PickledDtype:
    """Stands for `numpy.dtype`: of numbers only."""

    def __init__(self, name: Any, *flags: Any) -> None:
        if not isinstance(name, str):
            raise pickle.UnpicklingError("an array whose type has no name")
        if len(name) > LONGEST_DTYPE:
            raise pickle.UnpicklingError("an array of a type of many parts")
        self.dtype = np.dtype(name)
        if self.dtype.kind not in "uifb":
            raise pickle.UnpicklingError(f"an array of {self.dtype}")

    def __setstate__(self, state: Any) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class PickledArray:
    """Stands for an array: NumPy's `_reconstruct` begins it, its state fills it."""

    def __init__(self, *ignored: Any) -> None:
        self.fill(b"", PickledDtype("u1"), (0,), "C")

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, column_major, content = state
        self.fill(content, kind, shape, "F" if column_major else "C")

    def fill(self, content: Any, kind: Any, shape: Any, order: Any) -> "PickledArray":
        """Take the bytes as an array of that type and shape, of which they must be all."""
        if not all(isinstance(side, int) and 0 <= side < 1 << 48 for side in shape):
            raise pickle.UnpicklingError("an array whose shape is no shape")
        if len(content) != prod(shape) * kind.dtype.itemsize:
            raise pickle.UnpicklingError("an array of another size than its bytes")
        self.content, self.dtype, self.shape, self.order = content, kind.dtype, shape, order
        return self

    def values(self) -> HostArray:
        """The array, made only when it is used: a pickle may name the same bytes often.

        Raises:
            ValueError: its bytes are none.
        """
        content = self.content
        if isinstance(content, str):  # bytes, as Python 2 wrote them
            content = content.encode("latin1")
        values: HostArray = np.frombuffer(content, self.dtype)
        return values.reshape(self.shape, order=self.order)


def from_buffer(content: Any, kind: Any, shape: Any, order: Any) -> PickledArray:
    """NumPy's `_frombuffer`, which builds arrays from protocol 5 on."""
    return PickledArray().fill(content, kind, shape, order)


def latin1_text(text: Any, encoding: Any) -> str:
    """`codecs.encode`, as Python 3 spells bytes in an old pickle; they stay text, as in others."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError("text in another encoding than latin1")
    return text


ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): PickledArray,
    ("numpy._core.multiarray", "_reconstruct"): PickledArray,
    ("numpy.core.numeric", "_frombuffer"): from_buffer,
    ("numpy._core.numeric", "_frombuffer"): from_buffer,
    ("numpy", "dtype"): PickledDtype,
    ("_codecs", "encode"): latin1_text,
}


class ArrayUnpickler(pickle.Unpickler):
    """Admits NumPy array reconstruction and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy", "ndarray"):  # only ever an argument of `_reconstruct`
            return name
        try:
            admitted = ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None
        # A new function each time, since a pickle may set attributes of what it is given.
        return lambda *arguments: admitted(*arguments)


def check_opcodes(content: io.BytesIO, size: int) -> None:
    """Refuse what the unpickler would do before `find_class` or the end of the bytes stops it.

    It allocates what a length promises, a table as long as the highest memo number, and up to 72
    bytes for an opcode of one; and it takes extension codes from a cache that anyone in the process
    may have filled.
    """
    for number, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if opcode.name.startswith("EXT"):
            raise pickle.UnpicklingError(f"it asks for extension {argument}")
        if opcode.name.endswith("PUT") and int(argument or 0) > size:
            raise pickle.UnpicklingError(f"it numbers {argument} objects")
        if number == MOST_OPCODES:
            raise pickle.UnpicklingError("it is made of too many parts")


def read_book_pickle(path: Path) -> tuple[list[Split], int]:
    """The three splits of the book's mnist.pkl.gz, and the pixel value of full ink.

    Raises:
        InputError: it is damaged, asks for anything but arrays, or holds something else.
    """
    packed = read_bytes(path)
    size, content = len(packed), io.BytesIO(packed)
    del packed
    try:
        check_opcodes(content, size)
        content.seek(0)
        loaded = ArrayUnpickler(content, encoding="latin1").load()
        content.close()
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path}: refused, {first_line(error)}; only arrays of numbers are read from a pickle"
        ) from None
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise InputError(f"{path}: not a pickle that can be read ({first_line(error)})") from None
    if not (isinstance(loaded, tuple | list) and len(loaded) == 3):
        raise InputError(f"{path}: needed three pairs (training, validation, test) of arrays")
    return [to_split(pair, str(path)) for pair in loaded], 255


def to_split(pair: Any, source: str) -> Split:
    """One (images, labels) pair as a split."""
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2
    if not is_pair or not all(isinstance(array, PickledArray) for array in pair):
        raise InputError(f"{source}: needed pairs of an array of images and one of labels")
    try:
        images, labels = (array.values() for array in pair)
    except ValueError as error:
        raise InputError(f"{source}: not a pickle that can be read ({error})") from None
    return check_split(to_pixels(images, source)[0], labels, source)
