"""IDX files, the format MNIST comes in: a magic number, dimensions, then the bytes.

Big-endian: two zero bytes, the type (8 for uint8), the number of dimensions, then each dimension
in four bytes. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

import gzip
import struct
import zlib
from math import prod
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError

UINT8 = 8
CHUNK = 1 << 20
# Nothing larger is read from any one file, whatever its header promises.
MOST_BYTES = 4 << 30


def reason(error: Exception) -> str:
    """What an exception of a library says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def read_bytes(path: Path) -> bytearray:
    """A whole file, decompressed if its first bytes are gzip's.

    Raises:
        InputError: it is missing, unreadable, cut short, or larger than `MOST_BYTES`.
    """
    try:
        with open(path, "rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if compressed else open(path, "rb") as file:
            content = bytearray()
            while chunk := file.read(CHUNK):
                content += chunk
                if len(content) > MOST_BYTES:
                    raise InputError(f"{path}: more than {MOST_BYTES >> 30} GiB; too large to read")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{path}: the gzip data is damaged or cut short ({error}); fetch the file again"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    return content


def read_idx(path: Path, dimensions: int) -> HostArray:
    """The uint8 array in an IDX file, gzipped or plain.

    Args:
        path: the file.
        dimensions: how many the array must have, 3 for images and 1 for labels.

    Raises:
        InputError: it is no such file; says what was found and what was needed.
    """
    content = read_bytes(path)
    return parse_idx(content, dimensions, str(path))


def parse_idx(content: bytes | bytearray, dimensions: int, source: str) -> HostArray:
    """The array in the bytes of an IDX file. Nothing is allocated before the sizes agree."""
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise InputError(f"{source}: {len(content)} bytes are too few for an IDX header")
    magic = struct.unpack(">I", content[:4])[0]
    needed = UINT8 << 8 | dimensions
    if magic != needed:
        raise InputError(f"{source}: magic number {magic:#010x}, needed {needed:#010x}")
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    sizes = " × ".join(map(str, shape))
    if len(content) - header != prod(shape):
        raise InputError(
            f"{source}: the header promises {sizes} bytes, "
            f"the file holds {len(content) - header:,}; it is damaged or cut short"
        )
    if prod(shape) == 0:
        raise InputError(f"{source}: no samples, or samples of no pixels ({sizes})")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def write_idx(array: HostArray) -> bytes:
    """The bytes of an IDX file holding a uint8 array."""
    assert array.dtype == np.uint8
    header = struct.pack(f">I{array.ndim}I", UINT8 << 8 | array.ndim, *array.shape)
    return header + array.tobytes()
