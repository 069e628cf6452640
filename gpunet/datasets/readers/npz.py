""".npz archives: arrays under the names that are usual for samples."""

import io
import os
import warnings
import zipfile
from collections.abc import Collection
from math import prod
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError, first_line
from gpunet.core.regular import reading
from gpunet.datasets.readers.headings import IMAGES, LABELS
from gpunet.datasets.readers.packed import MOST_BYTES, allowed, read_up_to

# The names under which .npz archives keep samples: Keras', MedMNIST's, and plain. Training samples
# are needed, test samples may be missing.
NPZ_NAMES = (
    (("x_train", "y_train"), ("x_test", "y_test")),
    (("train_images", "train_labels"), ("test_images", "test_labels")),
    (("images", "labels"),),
    (("data", "target"),),
    (("x", "y"),),
    (("X", "y"),),
)
NPZ_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# Longer headers NumPy does not read.
NPY_HEADER = 12 + 10_000

Pair = tuple[HostArray, HostArray]


def read_npz(path: Path) -> list[Pair]:
    """(images, labels) pairs in an .npz archive: one, or training and test.

    Raises:
        InputError: it is damaged, needs pickle, or has no arrays of known names.
    """
    with reading(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                # What is packed can be no larger than the file, whatever the archive says.
                size = os.fstat(file.fileno()).st_size
                members = {Path(info.filename).stem: info for info in archive.infolist()}
                return [
                    (
                        read_member(archive, members[x], size, path),
                        read_member(archive, members[y], size, path),
                    )
                    for x, y in find_pairs(members.keys(), path)
                ]
        except (InputError, OSError):
            raise
        except Exception as error:  # a damaged archive may raise nearly anything
            raise InputError(
                f"{path}: not an .npz archive that can be read ({first_line(error)})"
            ) from None


def find_pairs(names: Collection[str], path: Path) -> list[tuple[str, str]]:
    """Those of an archive's arrays that are images and labels, the training samples first."""
    for scheme in NPZ_NAMES:
        if not all(name in names for name in scheme[0]):
            continue
        for images, labels in scheme:
            if (images in names) != (labels in names):
                has, lacks = (images, labels) if images in names else (labels, images)
                raise InputError(f"{path}: holds {has} but no {lacks}")
        return [pair for pair in scheme if pair[0] in names]
    for images in (*IMAGES, "X"):
        for labels in LABELS:
            if images in names and labels in names:
                return [(images, labels)]
    known = "; ".join(" ".join(scheme[0]) for scheme in NPZ_NAMES)
    found = ", ".join(sorted(names)) or "nothing"
    raise InputError(f"{path}: holds {found}; needed one of: {known}")


def read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, archive_size: int, path: Path
) -> HostArray:
    """One array of the archive, its header checked before anything is allocated."""
    source = f"{path}: {info.filename}"
    if info.compress_type not in NPZ_PACKINGS:
        raise InputError(f"{source}: packed as NumPy does not; write it with np.savez_compressed")
    with archive.open(info) as file:
        head = io.BytesIO(read_up_to(file, NPY_HEADER))
        try:
            version = np.lib.format.read_magic(head)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy warns of files that Python 2 wrote
                shape, column_major, dtype = read_header(head)
        except Exception as error:  # so may a damaged header
            raise InputError(f"{source}: not a NumPy array ({first_line(error)})") from None
        if dtype.hasobject:
            raise InputError(f"{source}: holds Python objects, which are not read")
        if dtype.kind not in "uifb":
            raise InputError(f"{source}: holds {dtype}, not numbers")
        if min(shape, default=1) < 0:
            raise InputError(f"{source}: not a NumPy array (its shape is {shape})")
        size = prod(shape) * dtype.itemsize
        if size > MOST_BYTES:
            raise InputError(f"{source}: promises {size:,} bytes; too large to read")
        packed = min(info.compress_size, archive_size)
        if info.compress_type != zipfile.ZIP_STORED and size > allowed(packed):
            raise InputError(
                f"{source}: promises {size:,} bytes in {packed:,}, which images and labels do not "
                "take up; if it is meant so, write it with np.savez"
            )
        content = read_up_to(file, size + 1, begun=head.read(size + 1))
    if len(content) != size:
        raise InputError(f"{source}: promises {size:,} bytes but is cut short or longer")
    order = "F" if column_major else "C"
    return np.frombuffer(content, dtype).reshape(shape, order=order)  # type: ignore[call-overload,no-any-return]
