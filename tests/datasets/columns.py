"""Parquet files, written as hubs of data sets and pandas write them."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from tests.datasets.samples import Array


def write_columns(columns: dict[str, Any], names: Sequence[str] = ()) -> bytes:
    """A Parquet file of these columns; `names` are those of the classes, as a hub gives them."""
    table = pa.table(columns)
    if names:
        label = {"names": list(names), "_type": "ClassLabel"}
        said = {"info": {"features": {"image": {"_type": "Image"}, "label": label}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(said)})
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


def png(image: Array) -> bytes:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return content.getvalue()


def parquet_pictures(
    images: Sequence[Array] | Array, labels: Any, names: Sequence[str] = ()
) -> bytes:
    """Images as encoded bytes and a path, as hubs have them."""
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pictures = pa.array([{"bytes": png(image), "path": None} for image in images], kind)
    return write_columns({"image": pictures, "label": pa.array(labels)}, names)


def parquet_lists(images: Array, labels: Any, names: Sequence[str] = ()) -> bytes:
    """Images as lists of lists of numbers."""
    return write_columns({"image": images.tolist(), "label": pa.array(labels)}, names)


def parquet_pixels(images: Array, labels: Any) -> bytes:
    """A column for each pixel."""
    flat = images.reshape(len(images), -1)
    pixels = {f"pixel{n}": flat[:, n] for n in range(flat.shape[1])}
    return write_columns({"label": pa.array(labels), **pixels})
