"""Parquet files, as hubs of data sets give images: encoded ones, lists of numbers, or columns.

Read with pyarrow, a batch at a time. The encoding of columns can hide far more rows than a file has
bytes, so what the file says of itself is checked first, and what comes is counted on the way.
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.core.regular import reading
from gpunet.datasets.dataset import MOST_CLASSES
from gpunet.datasets.readers.csv_files import LONGEST_LABEL, Table, smallest
from gpunet.datasets.readers.likeness import bring_alike
from gpunet.datasets.readers.packed import allowed
from gpunet.datasets.readers.pictures import decode_grey

LABELS = ("label", "labels", "class", "target", "y")
IMAGES = ("image", "img", "images", "pixels", "x", "data")
BATCH = 1024
# The description of a file, its schema and what hubs write beside it, is far smaller.
LONGEST_DESCRIPTION = 64 << 20
# What pandas writes for the index of a table.
INDEX = "__index_level_"


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
        label, images = self.choose(schema)
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
            self.labels.append(self.labels_of(batch.column(label)))
            self.take([batch.column(name) for name in images])

    def choose(self, schema: Any) -> tuple[str, list[str]]:
        """The names of the column of labels and of those of images."""
        import pyarrow.types as kinds

        names = [name for name in schema.names if not name.startswith(INDEX)]
        if len(set(names)) < len(names):
            raise InputError(f"{self.path}: two columns are called alike")
        label = next((name for known in LABELS for name in names if name.lower() == known), None)
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        if label is None:
            raise InputError(
                f"{self.path}: has no column {' or '.join(LABELS)} (its columns are {shown})"
            )
        others = [name for name in names if name != label]
        whole = [n for n in others if is_whole_image(schema.field(n).type)]
        first = [name for known in IMAGES for name in whole if name.lower() == known]
        if first or len(whole) == 1:
            return label, (first or whole)[:1]
        numbers = [
            name
            for name in others
            if kinds.is_integer(schema.field(name).type)
            or kinds.is_floating(schema.field(name).type)
        ]
        if whole or not numbers or len(numbers) < len(others):
            raise InputError(
                f"{self.path}: its columns are {shown}; needed one of images, as bytes or lists of "
                "numbers, or one of numbers for each pixel"
            )
        return label, numbers

    def labels_of(self, column: Any) -> HostArray:
        """A batch of labels: numbers or text."""
        import pyarrow.types as kinds

        if column.null_count:
            raise InputError(f"{self.path}: a row has no label")
        if kinds.is_dictionary(column.type):
            column = column.dictionary_decode()
        if kinds.is_string(column.type) or kinds.is_large_string(column.type):
            words = column.to_pylist()
            if max(map(len, words), default=0) > LONGEST_LABEL or "" in words:
                raise InputError(
                    f"{self.path}: labels need 1 to {LONGEST_LABEL} characters; one is "
                    f"{max(words, key=len)[:20]!r}, or empty"
                )
            return np.array(words)
        if not (kinds.is_integer(column.type) or kinds.is_floating(column.type)):
            raise InputError(f"{self.path}: labels are {column.type}, not numbers or text")
        return np.asarray(column.to_numpy(zero_copy_only=False))

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
        arrays = [self.numbers(column) for column in columns]
        self.pixels.append(smallest(arrays[0] if arrays[0].ndim > 1 else np.column_stack(arrays)))

    def numbers(self, column: Any) -> HostArray:
        """A column of numbers, or of lists of lists of them all as long: float32 (n, …)."""
        import pyarrow.types as kinds

        shape = [len(column)]
        while is_list(column.type):
            lengths = np.unique(column.value_lengths().to_numpy(zero_copy_only=False))
            if column.null_count or len(lengths) > 1:
                raise InputError(f"{self.path}: images of different sizes")
            shape.append(int(lengths[0]))
            column = column.flatten()
        if column.null_count:
            raise InputError(f"{self.path}: a pixel has no value")
        if not (kinds.is_integer(column.type) or kinds.is_floating(column.type)):
            raise InputError(f"{self.path}: pixels are {column.type}, not numbers")
        values = np.asarray(column.to_numpy(zero_copy_only=False))
        if values.size == 0:
            raise InputError(f"{self.path}: no pixels")
        return values.astype(np.float32).reshape(shape)

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


def is_list(kind: Any) -> bool:
    """Whether a column's values are lists."""
    import pyarrow.types as kinds

    return bool(kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind))


def is_bytes(kind: Any) -> bool:
    """Whether a column's values are bytes."""
    import pyarrow.types as kinds

    return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind))


def is_whole_image(kind: Any) -> bool:
    """Whether each of a column's values may be an image."""
    import pyarrow.types as kinds

    if kinds.is_struct(kind):
        return any(field.name == "bytes" and is_bytes(field.type) for field in kind)
    return is_bytes(kind) or is_list(kind)


def encoded(column: Any) -> Iterator[bytes | None]:
    """The bytes of each image, one at a time; None where there are none."""
    import pyarrow.types as kinds

    values = column.field("bytes") if kinds.is_struct(column.type) else column
    return (value.as_py() for value in values)


def class_names(metadata: Any, label: str) -> tuple[str, ...]:
    """The names that a hub gives to the labels; none where it gives none that can be used."""
    try:
        said = json.loads((metadata or {})[b"huggingface"])
        names = said["info"]["features"][label]["names"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ()
    usable = (
        isinstance(names, list)
        and all(isinstance(name, str) and name.isprintable() and name for name in names)
        and len(set(names)) == len(names) <= MOST_CLASSES
    )
    return tuple(names) if usable else ()
