"""Arrays of other libraries: taken in without a copy where none is needed, and given back.

Libraries are found by what their arrays can do, or in `sys.modules`; none is imported for it.
"""

import sys
from contextlib import suppress
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.plain import Array
from gpunet.core.errors import DeviceError, GpunetError, InputError, first_line
from gpunet.core.words import called, shown


def take_in(device: Device, value: Any, what: str) -> Array:
    """An array of any library on a device, of whatever type its numbers are.

    Takes NumPy and CuPy arrays, tensors of PyTorch and JAX on any device, data frames, nested
    lists, and whatever else has DLPack or `__array__`.

    Args:
        device: where it is to lie; it is not copied if it lies there.
        value: the array.
        what: it is, for messages: "inputs".

    Raises:
        InputError: it is no array of numbers; says what it is.
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise InputError(f"{what}: values are masked; leave these samples out, or fill them in")
    if isinstance(value, device.array_type | np.ndarray):
        return device.put(check_type(value, value, what))
    if hasattr(value, "detach"):  # PyTorch exports nothing that it differentiates
        value = value.detach()
    if hasattr(value, "__dlpack__"):
        return take_tensor(device, value, what)
    return device.put(check_type(to_numpy(value, what), value, what))


def take_tensor(device: Device, value: Any, what: str) -> Array:
    """An array that has DLPack."""
    try:
        return device.put(value)
    except (DeviceError, MemoryError):
        raise
    except Exception as error:  # as many kinds as there are libraries
        # It lies where NumPy cannot go, or its numbers have a type of its library's own.
        why = first_line(error)
    with suppress(Exception):
        return device.put(np.asarray(value.cpu()))
    with suppress(Exception):
        return device.put(np.asarray(value.cpu().float()))
    with suppress(Exception):
        return device.put(check_type(np.asarray(value), value, what))
    raise InputError(
        f"{what}: {type(value).__name__} cannot be taken over ({why}); give a NumPy array of it"
    )


def to_numpy(value: Any, what: str) -> Any:
    """A list, a data frame or the like as a NumPy array, of whatever type."""
    if hasattr(value, "toarray"):
        raise InputError(f"{what}: a sparse matrix; give it whole, with .toarray()")
    try:
        return np.asarray(value)
    except GpunetError:
        raise
    except Exception as error:
        why = "its rows are of different lengths" if is_ragged(value) else first_line(error)
        raise InputError(f"{what}: {type(value).__name__} is no array: {why}") from None


def is_ragged(value: Any) -> bool:
    """Whether a list holds lists of different lengths."""
    if not isinstance(value, list | tuple):
        return False
    lengths = {len(item) if isinstance(item, list | tuple) else None for item in value}
    return len(lengths) > 1 or any(map(is_ragged, value))


def check_type(array: Any, value: Any, what: str) -> Any:
    """An array of numbers, or InputError if it is none."""
    if array.dtype.kind in "uifb":
        return array
    if array.dtype.kind == "O" and array.ndim and (found := numbers_in(array)) is not None:
        return found
    if array.ndim == 0:
        raise InputError(f"{what}: {describe(value)} is no array of numbers")
    if array.dtype.kind == "O" and any(map(is_missing, array.flat)):
        raise InputError(f"{what}: values are missing; leave these samples out, or fill them in")
    raise InputError(f"{what}: {wrong_column(value) or f'holds {array.dtype}'}, not numbers")


def is_missing(value: Any) -> bool:
    """Whether it stands for no value: None, NaN, or a data frame's own."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def numbers_in(array: Any) -> Any | None:
    """An array of Python objects as one of numbers, if all of them are numbers."""
    try:
        found = np.array(array.tolist())
    except ValueError:
        return None
    return found if found.dtype.kind in "uifb" and found.shape == array.shape else None


def wrong_column(frame: Any) -> str:
    """Which column of a data frame holds no numbers, in words; empty if it is no data frame."""
    if not hasattr(frame, "columns"):
        return ""
    for name in frame.columns:
        kind = np.asarray(frame[name]).dtype
        if kind.kind not in "uifb":
            return f"column {str(name)!r} holds {frame[name].dtype}"
    return ""


def describe(value: Any) -> str:
    """A value in a few words."""
    return shown(value) if isinstance(value, str | None) else called(value)


def give_back(device: Device, array: Array, asked: Any) -> Any:
    """A device's array in the library of what was asked, and where that lies.

    Args:
        device: where the array lies.
        array: a result.
        asked: what was given; where it is no array of a library but a list, say, or a data frame,
            the result is a NumPy array.
    """
    if isinstance(asked, device.array_type):
        return array
    library = library_of(asked)
    if library is None:
        return device.host(array)
    if device.shared_limit and asked.__dlpack_device__()[0] != HOST:
        given = library.from_dlpack(array)  # from one GPU to the same or another
    else:
        given = library.asarray(device.host(array))
    return given.to(asked.device) if hasattr(given, "to") else given


# What DLPack calls memory of the host.
HOST = 1


def library_of(value: Any) -> Any | None:
    """The module whose arrays these are, or None: for NumPy's, and for what is no such array."""
    if isinstance(value, np.ndarray | np.generic) or not hasattr(value, "__dlpack__"):
        return None
    module = sys.modules.get(type(value).__module__.partition(".")[0])
    if hasattr(value, "__array_namespace__"):
        module = value.__array_namespace__()
    return module if hasattr(module, "asarray") else None
