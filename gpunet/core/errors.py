"""The errors gpunet raises on purpose, each with the exit status the command line gives it."""

from collections.abc import Mapping
from typing import TypeVar

from gpunet.core.words import did_you_mean, shown

Found = TypeVar("Found")


class GpunetError(Exception):
    """Something failed while running; the message says what, and what to do about it."""

    exit_status = 1


class InputError(GpunetError, ValueError):
    """The request or its input is wrong: what was found, what was needed, what to do."""

    exit_status = 2


class DeviceError(InputError):
    """The requested device does not exist or does not answer."""


class DeviceFailedError(GpunetError):
    """A device failed in the middle of things."""


class DeviceFullError(DeviceFailedError):
    """A device has not as much memory as was asked of it."""


class DivergedError(GpunetError, ArithmeticError):
    """Training diverged: weights or cost became NaN or infinite.

    Attributes:
        epoch: the epoch it happened in, counted from 1.
        step: the mini-batch within that epoch, counted from 1.
    """

    def __init__(self, message: str, *, epoch: int, step: int) -> None:
        super().__init__(message)
        self.epoch = epoch
        self.step = step


def first_line(error: BaseException) -> str:
    """What an exception says, in one line; its type's name if it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def find_named(kind: str, known: Mapping[str, Found], name: object) -> Found:
    """The entry of that name.

    Raises:
        InputError: there is none; lists the known names.
    """
    try:
        return known[name.lower().replace("_", "-") if isinstance(name, str) else ""]
    except KeyError:
        named = f"unknown {kind} {shown(name)}: choose one of {', '.join(known)}"
        raise InputError(f"{named}{did_you_mean(name, known)}") from None
