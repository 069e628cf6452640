"""IDX files, the format MNIST comes in: a magic number, dimensions, then the bytes.

Big-endian: two zero bytes, the type (8 for uint8, 12 for int32), the number of dimensions, then
each dimension in four bytes. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of
handwritten digits".
"""

import struct
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.packed import MOST_BYTES, Readable, unpacking

UINT8, INT32 = 8, 12
DTYPES: dict[int, np.dtype[Any]] = {UINT8: np.dtype(np.uint8), INT32: np.dtype(">i4")}


def read_idx(path: Path, dimensions: int, kind: int = UINT8) -> HostArray:
    """The array in an IDX file, gzipped or plain.

    Args:
        path: the file.
        dimensions: how many the array must have, 3 for images and 1 for labels.
        kind: the type it must have, UINT8 or INT32.

    Raises:
        InputError: it is no such file; says what was found and what was needed.
    """
    with unpacking(path) as file:
        return parse_idx(file, dimensions, str(path), kind)


def parse_idx(file: Readable, dimensions: int, source: str, kind: int = UINT8) -> HostArray:
    """The array in an IDX file, of which no more is read than its header promises."""
    header = file.read(4 + 4 * dimensions)
    if len(header) < 4 + 4 * dimensions:
        raise InputError(f"{source}: {len(header)} bytes are too few for an IDX header")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", header)
    needed = kind << 8 | dimensions
    if magic != needed:
        raise InputError(f"{source}: magic number {magic:#010x}, needed {needed:#010x}")
    size, sizes = prod(shape) * DTYPES[kind].itemsize, " × ".join(map(str, shape))
    content = file.read(min(size, MOST_BYTES) + 1)
    if len(content) != size:
        found = f"{len(content):,}" if len(content) < size else "more"
        sizes += " × 4" if kind == INT32 else ""
        raise InputError(
            f"{source}: the header promises {sizes} bytes, the file holds {found}; "
            "it is damaged or cut short"
        )
    if size == 0:
        raise InputError(f"{source}: no samples, or samples of no pixels ({sizes})")
    return np.frombuffer(content, DTYPES[kind]).reshape(shape)


def write_idx(array: HostArray) -> bytes:
    """The bytes of an IDX file holding a uint8 array."""
    assert array.dtype == np.uint8
    header = struct.pack(f">I{array.ndim}I", UINT8 << 8 | array.ndim, *array.shape)
    return header + array.tobytes()
