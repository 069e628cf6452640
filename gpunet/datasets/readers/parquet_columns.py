"""The columns of Parquet files: which are images and which labels, and what they hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import MOST_CLASSES
from gpunet.datasets.readers.csv_files import LONGEST_LABEL
from gpunet.datasets.readers.headings import (
    IMAGES,
    LABELS_IN_WORDS,
    id_column,
    label_columns,
    some,
)

# What pandas writes for the index of a table.
INDEX = "__index_level_"


def choose(schema: Any, source: Path) -> tuple[str, list[str]]:
    """The names of the column of labels and of those of images."""
    import pyarrow.types as kinds

    names = [name for name in schema.names if not name.startswith(INDEX)]
    if len(set(names)) < len(names):
        raise InputError(f"{source}: two columns are called alike")
    headings = [name.lower() for name in names]
    labels = label_columns(headings)
    shown = some(names)
    if not labels:
        raise InputError(f"{source}: has no column {LABELS_IN_WORDS} (its columns are {shown})")
    label = names[labels[0]]
    ids = id_column(headings)
    others = [name for n, name in enumerate(names) if n not in (labels[0], ids)]
    whole = [n for n in others if is_whole_image(schema.field(n).type)]
    first = [name for known in IMAGES for name in whole if name.lower() == known]
    if first or len(whole) == 1:
        return label, (first or whole)[:1]
    if len(labels) > 1:
        raise InputError(
            f"{source}: has several columns of labels ({label} and {names[labels[1]]}); leave only "
            "one, or call others otherwise if they are pixels"
        )
    numbers = [
        name
        for name in others
        if kinds.is_integer(schema.field(name).type) or kinds.is_floating(schema.field(name).type)
    ]
    if whole or not numbers or len(numbers) < len(others):
        raise InputError(
            f"{source}: its columns are {shown}; needed one of images, as bytes or lists of "
            "numbers, or one of numbers for each pixel"
        )
    return label, numbers


def labels_of(column: Any, source: Path) -> HostArray:
    """A batch of labels: numbers or text."""
    import pyarrow.types as kinds

    if column.null_count:
        raise InputError(f"{source}: a row has no label")
    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kinds.is_string(column.type) or kinds.is_large_string(column.type):
        words = column.to_pylist()
        if max(map(len, words), default=0) > LONGEST_LABEL or "" in words:
            raise InputError(
                f"{source}: labels need 1 to {LONGEST_LABEL} characters; one is "
                f"{max(words, key=len)[:20]!r}, or empty"
            )
        return np.array(words)
    if not (kinds.is_integer(column.type) or kinds.is_floating(column.type)):
        raise InputError(f"{source}: labels are {column.type}, not numbers or text")
    return np.asarray(column.to_numpy(zero_copy_only=False))


def numbers_of(column: Any, source: Path) -> HostArray:
    """A column of numbers, or of lists of lists of them all as long: float32 (n, …)."""
    import pyarrow.types as kinds

    shape = [len(column)]
    if is_list(column.type) and column.null_count:
        raise InputError(f"{source}: a row has no image")
    while is_list(column.type):
        lengths = np.unique(column.value_lengths().to_numpy(zero_copy_only=False))
        if column.null_count or len(lengths) > 1:
            raise InputError(f"{source}: images of different sizes")
        shape.append(int(lengths[0]))
        column = column.flatten()
    if column.null_count:
        raise InputError(f"{source}: a pixel has no value")
    if not (kinds.is_integer(column.type) or kinds.is_floating(column.type)):
        raise InputError(f"{source}: pixels are {column.type}, not numbers")
    values = np.asarray(column.to_numpy(zero_copy_only=False))
    if values.size == 0:
        raise InputError(f"{source}: no pixels")
    return values.astype(np.float32).reshape(shape)


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
