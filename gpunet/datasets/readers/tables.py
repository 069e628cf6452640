"""Tables: .npz archives and CSV files."""

import csv
import warnings
import zipfile
from math import prod
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.readers.idx import MOST_BYTES, reason

# The names under which .npz archives keep training and test data: Keras', MedMNIST's, and plain.
NPZ_NAMES = (
    (("x_train", "y_train"), ("x_test", "y_test")),
    (("train_images", "train_labels"), ("test_images", "test_labels")),
    (("images", "labels"),),
    (("data", "target"),),
    (("x", "y"),),
    (("X", "y"),),
)

Pair = tuple[HostArray, HostArray]


def read_npz(path: Path) -> list[Pair]:
    """(images, labels) pairs in an .npz archive: one, or training and test.

    Raises:
        InputError: it is damaged, needs pickle, or has no arrays of known names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(info.filename).stem: info for info in archive.infolist()}
            for scheme in NPZ_NAMES:
                if all(name in names for pair in scheme for name in pair):
                    return [
                        (read_member(archive, names[x], path), read_member(archive, names[y], path))
                        for x, y in scheme
                    ]
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except Exception as error:  # a damaged archive may raise nearly anything
        raise InputError(
            f"{path}: not an .npz archive that can be read ({reason(error)})"
        ) from None
    known = "; ".join(" ".join(name for pair in scheme for name in pair) for scheme in NPZ_NAMES)
    raise InputError(
        f"{path}: holds {', '.join(sorted(names)) or 'nothing'}; needed one of: {known}"
    )


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> HostArray:
    """One array of the archive, its header checked before anything is allocated."""
    source = f"{path}: {info.filename}"
    with archive.open(info) as file:
        try:
            version = np.lib.format.read_magic(file)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy warns of files that Python 2 wrote
                shape, column_major, dtype = read_header(file)
        except Exception as error:  # so may a damaged header
            raise InputError(f"{source}: not a NumPy array ({reason(error)})") from None
        if dtype.hasobject:
            raise InputError(f"{source}: holds Python objects, which are not read")
        if dtype.kind not in "uifb":
            raise InputError(f"{source}: holds {dtype}, not numbers")
        if min(shape, default=1) < 0:
            raise InputError(f"{source}: not a NumPy array (its shape is {shape})")
        size = prod(shape) * dtype.itemsize
        if size > MOST_BYTES:
            raise InputError(f"{source}: promises {size:,} bytes; too large to read")
        content = file.read(size + 1)
    if len(content) != size:
        raise InputError(f"{source}: promises {size:,} bytes but is cut short or longer")
    order = "F" if column_major else "C"
    return np.frombuffer(content, dtype).reshape(shape, order=order)  # type: ignore[call-overload,no-any-return]


def read_csv(path: Path) -> Pair:
    """Images and labels from a CSV of numbers, one sample a row.

    The label stands in the column headed `label` or `class`, or, with no such heading, first.

    Raises:
        InputError: rows are missing or ragged, or hold something other than numbers.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first = next(csv.reader(file), [])
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV text file ({error})") from None
    headings = [heading.strip().lower() for heading in first]
    has_header = bool({"label", "class"} & set(headings)) or not any(map(is_number, first))
    table = read_numbers(path, skip=int(has_header))
    if table.shape[1] < 2:
        raise InputError(f"{path}: rows have {table.shape[1]} columns; needed a label and pixels")
    column = next((headings.index(name) for name in ("label", "class") if name in headings), 0)
    return np.delete(table, column, axis=1), table[:, column]


def read_numbers(path: Path, skip: int) -> HostArray:
    """The numbers of a CSV as float32 (rows, columns)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy warns of a file without rows; we refuse it
            table = np.loadtxt(
                path,
                np.float32,
                delimiter=",",
                comments=None,
                skiprows=skip,
                ndmin=2,
                encoding="utf-8-sig",
            )
    except (ValueError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: every row needs the same count of numbers: {reason}") from None
    if table.size == 0:
        raise InputError(f"{path}: no rows")
    return table


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
