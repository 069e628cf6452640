"""Tensors in a file with a description, that can be trusted when read back.

safetensors holds numbers and text only: nothing in it can be executed. The description is one JSON
text under one key, since safetensors writes several keys in random order; it carries a SHA-256 of
the tensors and of itself, so that a damaged file is refused rather than used.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.files import write_atomically
from gpunet.core.regular import reading

KEY = "gpunet"
# The newest format that can be read; raised when an older version cannot read a file any more.
# Files are written in the oldest that holds what they say.
FORMAT = SECOND = 2
OLDEST = 1


class Sealed(NamedTuple):
    """What a file holds that was read back as it was written.

    Attributes:
        tensors: by name.
        description: what was said of them.
        sha256: of both, in hexadecimal digits.
    """

    tensors: dict[str, HostArray]
    description: dict[str, Any]
    sha256: str


def write_tensors(
    path: Path, tensors: Mapping[str, HostArray], description: Mapping[str, Any]
) -> str:
    """Write tensors and their description, whole or not at all.

    The description may name the format that it is of.

    Returns:
        The SHA-256 of both.

    Raises:
        OSError: the file cannot be written.
    """
    # safetensors silently writes wrong numbers for an array that is not contiguous.
    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    about = {"format": OLDEST, **description}
    sha256 = digest(contiguous, about)
    text = json.dumps({"sha256": sha256, **about})
    write_atomically(path, save(contiguous, {KEY: text}))
    return sha256


def read_tensors(path: Path) -> Sealed:
    """What is in a file written by `write_tensors`.

    Raises:
        InputError: it is missing, damaged, not gpunet's, or from a newer version.
    """
    if path.is_dir():
        raise InputError(f"{path}: a folder; name the model.safetensors in it")
    with reading(path):  # safetensors opens the file itself, and would wait for a pipe
        pass
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a safetensors file that can be read ({error})") from None
    if KEY not in metadata:
        raise InputError(f"{path}: a safetensors file, but not one that gpunet wrote")
    description = parse_description(metadata[KEY], path)
    sha256 = description.pop("sha256", None)
    try:
        whole = sha256 == digest(tensors, description)
    except RecursionError:
        whole = False
    if not whole:
        raise InputError(f"{path}: damaged: its contents do not match their checksum")
    return Sealed(tensors, description, sha256)


def parse_description(text: str, path: Path) -> dict[str, Any]:
    """The JSON object in `text`, of a format this version can read."""
    try:
        description = json.loads(text)
    except (ValueError, RecursionError):
        description = None
    if not isinstance(description, dict) or not isinstance(description.get("format"), int):
        raise InputError(f"{path}: damaged: its description is not gpunet's")
    if description["format"] > FORMAT:
        raise InputError(
            f"{path}: written by a newer gpunet (format {description['format']}, this one reads "
            f"up to {FORMAT}); update gpunet"
        )
    return description


def digest(tensors: Mapping[str, HostArray], description: Mapping[str, Any]) -> str:
    """SHA-256 over the description, and the names, shapes, types and bytes of the tensors."""
    sha = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name in sorted(tensors):
        array = tensors[name]
        sha.update(f"{name} {array.shape} {array.dtype}\n".encode())
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()
