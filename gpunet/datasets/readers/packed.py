"""Reading files that may be packed: no more of them than they can be meant to hold."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from gpunet.core.errors import InputError
from gpunet.core.regular import reading

CHUNK = 1 << 20
# Nothing larger is read from any one file, whatever its header promises.
MOST_BYTES = 4 << 30
# Images and labels seldom pack to less than a fiftieth, nothing but zeros to a thousandth. What
# unpacks to that many times its size is refused, unless it is small in any case.
MOST_TIMES = 200
SMALL_BYTES = 8 << 20


class Readable(Protocol):
    """Whatever bytes can be read from."""

    def read(self, size: int, /) -> bytes | bytearray: ...


def allowed(packed: int) -> int:
    """The largest size to which that many packed bytes may unpack."""
    return min(MOST_BYTES, max(SMALL_BYTES, MOST_TIMES * packed))


def read_up_to(file: Readable, size: int, begun: bytes = b"") -> bytearray:
    """What was begun, read on up to `size` bytes; memory grows with what comes, not with `size`."""
    content = bytearray(begun)
    while chunk := file.read(min(CHUNK, size - len(content))):
        content += chunk
    return content


class Unpacked:
    """The bytes of a file, decompressed if they are gzip's.

    Args:
        file: the file they are read from.
        most: how many there may be.
        too_many: what to say if there are more.
    """

    def __init__(self, file: Readable, most: int, too_many: str) -> None:
        self.file = file
        self.left = most
        self.too_many = too_many

    def read(self, size: int) -> bytearray:
        """The next `size` bytes, fewer at the end.

        Raises:
            InputError: there are more than there may be.
        """
        content = read_up_to(self.file, min(size, self.left + 1))
        self.left -= len(content)
        if self.left < 0:
            raise InputError(self.too_many)
        return content


@contextmanager
def unpacking(path: Path) -> Iterator[Unpacked]:
    """A file open for reading, decompressed if its first bytes are gzip's.

    Raises:
        InputError: it is missing, unreadable, cut short, or larger than it may be.
    """
    with reading(path) as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not compressed:
            too_many = f"{path}: more than {MOST_BYTES >> 30} GiB; too large to read"
            yield Unpacked(raw, MOST_BYTES, too_many)
            return
        most = allowed(os.fstat(raw.fileno()).st_size)
        too_many = (
            f"{path}: unpacks to more than {most:,} bytes, which images and labels do not; "
            "if it is meant so, unpack it with gunzip first"
        )
        try:
            yield Unpacked(gzip.GzipFile(fileobj=raw), most, too_many)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{path}: the gzip data is damaged or cut short ({error}); fetch the file again"
            ) from None


def read_bytes(path: Path) -> bytearray:
    """A whole file, decompressed if its first bytes are gzip's.

    Raises:
        InputError: as `unpacking`.
    """
    with unpacking(path) as file:
        return file.read(MOST_BYTES + 1)
