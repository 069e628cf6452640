"""Whether the files of a data set are the published ones."""

import hashlib
from pathlib import Path

from gpunet.core.errors import InputError
from gpunet.core.regular import reading
from gpunet.datasets.named import NamedDataset, find_file
from gpunet.datasets.readers.folders import read_idx_folder
from gpunet.datasets.readers.packed import CHUNK, unpacking

# Algorithms by the length of their digests in hexadecimal.
ALGORITHMS = {32: "MD5", 64: "SHA-256"}


def verify(named: NamedDataset, folder: Path) -> str:
    """Raise InputError unless the files in a folder are the published ones.

    Files for which there is no digest, or that were unpacked where the digest is that of the packed
    ones, are held to what is known of them: number of samples, size of images, range of labels.

    Returns:
        How they were checked, in words.
    """
    command = "gpunet data fetch"
    if named.name not in {"mnist", "digits"}:
        command += f" {named.name}"
    unknown = False
    for name, digest in named.digests.items():
        path = find_file(folder, name)
        if path is None:
            raise InputError(f"{folder / name}: no such file; `{command}` fetches it")
        if not digest or (named.packed and path.suffix != ".gz"):
            unknown = True
        elif difference := differing(path, digest, named.packed):
            raise InputError(f"{path}: {difference}; delete it and fetch it again: {command}")
    if not unknown:
        return "is identical to the published files"
    check_structure(named, folder)
    return "has the published number of samples, size and classes; there is no digest to hold it to"


def differing(path: Path, digest: str, packed: bool) -> str:
    """What is wrong with a file, in words; "" if it has the digest.

    Args:
        path: the file.
        digest: MD5 or SHA-256, in hexadecimal.
        packed: whether it is that of the bytes as they are, not decompressed.

    Raises:
        InputError: it cannot be read, or is no gzip file though it begins as one.
    """
    algorithm = ALGORITHMS[len(digest)]
    hashing = hashlib.new(algorithm.replace("-", ""), usedforsecurity=False)
    with (reading if packed else unpacking)(path) as file:
        while chunk := file.read(CHUNK):
            hashing.update(chunk)
    same = hashing.hexdigest() == digest
    return "" if same else f"not the published file (its {algorithm} differs)"


def check_structure(named: NamedDataset, folder: Path) -> None:
    """Raise InputError unless the folder holds as many samples of those classes."""
    found = read_idx_folder(folder)
    assert found is not None
    splits, shape = found
    samples = sum(map(len, splits.values()))
    labels = [int(label) for s in splits.values() for label in (s.labels.min(), s.labels.max())]
    first, last = named.first_label, named.first_label + len(named.classes) - 1
    if samples != named.samples or shape != (28, 28):
        raise InputError(
            f"{folder}: {samples:,} images of {shape[0]} × {shape[1]} pixels; {named.name} has "
            f"{named.samples:,} of 28 × 28"
        )
    if (min(labels), max(labels)) != (first, last):
        raise InputError(
            f"{folder}: labels from {min(labels)} to {max(labels)}; {named.name} has {first} to "
            f"{last}"
        )
