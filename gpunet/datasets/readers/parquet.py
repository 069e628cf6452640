"""Parquet files, as hubs of data sets give images: encoded ones, lists of numbers, or columns.

Read with pyarrow, a batch at a time. The encoding of columns can hide far more rows than a file has
bytes, so what the file says of itself is checked first, and what comes is counted on the way.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.core.regular import reading
from gpunet.datasets.readers.csv_files import Table, smallest
from gpunet.datasets.readers.likeness import bring_alike
from gpunet.datasets.readers.packed import allowed
from gpunet.datasets.readers.parquet_columns import (
    choose,
    class_names,
    encoded,
    is_bytes,
    labels_of,
    numbers_of,
)
from gpunet.datasets.readers.pictures import decode_grey

BATCH = 1024
# The description of a file, its schema and what hubs write beside it, is far smaller.
LONGEST_DESCRIPTION = 64 << 20


def read_parquet(parts: Sequence[Sequence[Path]]) -> tuple[list[Table], tuple[str, ...], str]:
    """Parquet files of one data set.

    Args:
        parts: the files of each split, in their order.

    Returns:
        A table for each split, the names of the classes where a file has them, else none,
        and a note on what was done to the images.

    Raises:
        InputError: pyarrow is missing; a file is damaged, or holds no images and labels.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise InputError(
            f'{parts[0][0]}: Parquet files are read with pyarrow; pip install "gpunet[parquet]"'
        ) from None
    splits = [ParquetTable(paths) for paths in parts]
    greys: list[tuple[str, HostArray]] = []
    for split in splits:
        split.read()
        greys += split.pictures
        split.pictures_counted, split.pictures = len(split.pictures), []
    note = ""
    if greys:
        images, shape, note = bring_alike(greys)
        images = images.reshape(-1, *shape)
        for split in splits:
            split.pixels, images = (
                [images[: split.pictures_counted]],
                images[split.pictures_counted :],
            )
    return (
        [split.table() for split in splits],
        next((each.classes for each in splits if each.classes), ()),
        note,
    )


class ParquetTable:
    """The files of one split.

    Attributes:
        paths: of the files.
        path: of the one that is read.
        classes: the names of the classes that it brings, if any.
        before: how many of them other files gave.
        pictures: images that came encoded, each of a size of its own, and what messages call it.
        pixels: images that came as numbers, a block each: (n, features) or (n, height, width).
        labels: a block each.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths
        self.path = paths[0]
        self.classes: tuple[str, ...] = ()
        self.pictures: list[tuple[str, HostArray]] = []
        self.pictures_counted = self.before = 0
        self.pixels: list[HostArray] = []
        self.labels: list[HostArray] = []

    def read(self) -> None:
        """Read the files.

        Raises:
            InputError: one is damaged, or holds no images and labels.
        """
        for path in self.paths:
            self.path = path
            self.before = len(self.pictures)
            self.read_file()

    def read_file(self) -> None:
        import pyarrow.parquet

        with reading(self.path) as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            try:
                parquet = pyarrow.parquet.ParquetFile(
                    file,
                    thrift_string_size_limit=LONGEST_DESCRIPTION,
                    thrift_container_size_limit=LONGEST_DESCRIPTION,
                )
                self.read_batches(parquet, size)
            except InputError:
                raise
            except MemoryError:
                raise InputError(f"{self.path}: promises more than fits into memory") from None
            except Exception as error:  # a damaged file may raise nearly anything
                raise InputError(
                    f"{self.path}: not a Parquet file that can be read ({first_line(error)})"
                ) from None

    def read_batches(self, parquet: Any, size: int) -> None:
        """Read all rows of an open file of that many bytes."""
        schema, about = parquet.schema_arrow, parquet.metadata
        label, images = choose(schema, self.path)
        if about.num_rows == 0:
            raise InputError(f"{self.path}: no rows")
        groups = [about.row_group(n) for n in range(about.num_row_groups)]
        values = sum(
            group.column(n).num_values for group in groups for n in range(about.num_columns)
        )
        promised = max(values, sum(group.total_byte_size for group in groups))
        most = allowed(size)
        if not 0 <= promised <= most:
            raise InputError(f"{self.path}: promises {promised:,} bytes, too many for its {size:,}")
        self.classes = self.classes or class_names(schema.metadata, label)
        done = 0
        for batch in parquet.iter_batches(BATCH, columns=[label, *images], use_threads=False):
            done += batch.nbytes
            if done > 8 * most:  # a pixel may take eight bytes here
                raise InputError(f"{self.path}: holds far more than its {size:,} bytes can mean")
            self.labels.append(labels_of(batch.column(label), self.path))
            self.take([batch.column(name) for name in images])

    def take(self, columns: Sequence[Any]) -> None:
        """Take a batch of images."""
        import pyarrow.types as kinds

        first = columns[0]
        if len(columns) == 1 and (kinds.is_struct(first.type) or is_bytes(first.type)):
            for content in encoded(first):
                name = f"{self.path}: image {len(self.pictures) - self.before + 1}"
                if content is None:
                    raise InputError(f"{name}: has no bytes")
                self.pictures.append((name, decode_grey(io.BytesIO(content), name)))
            return
        arrays = [numbers_of(column, self.path) for column in columns]
        self.pixels.append(smallest(arrays[0] if arrays[0].ndim > 1 else np.column_stack(arrays)))

    def table(self) -> Table:
        """What was read."""
        if len({block.dtype.kind == "U" for block in self.labels}) > 1:
            raise InputError(f"{self.path}: labels are text, in other files numbers")
        labels = np.concatenate(self.labels)
        names, places = np.unique(labels, return_inverse=True)
        if len({block.shape[1:] for block in self.pixels}) > 1 or (
            sum(map(len, self.pixels)) != len(labels)
        ):
            raise InputError(f"{self.path}: images of different sizes")
        return Table(np.concatenate(self.pixels), places.reshape(-1), tuple(map(str, names)))
