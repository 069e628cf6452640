"""Turns a device's name into a device, or into the reason why not."""

import copyreg
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import DeviceError, first_line
from gpunet.core.names import PRECISIONS
from gpunet.core.words import shown, size

SPELLINGS = "auto, cpu, cuda or cuda:N"
# With this many characters for the reason, what is printed of the device has less than 80.
BRIEF = 44


def open_device(name: str | Device | None = None, precision: str = "float32") -> Device:
    """Open a device by name.

    Args:
        name: "cpu"; "cuda" or "cuda:N", used or refused; "auto", a CUDA device that answers, else
            the CPU, with `.note` saying which and why. None reads GPUNET_DEVICE, else "auto". A
            device is returned as it is.
        precision: how a GPU multiplies float32 matrices: "float32", or, with fewer bits of each
            factor, "tf32" or "bfloat16". Parameters and updates stay float32.

    Raises:
        DeviceError: the name is unknown, or the device is not here or has no such precision; says
            what to do about it.
    """
    if isinstance(name, Device):
        return name
    if not isinstance(precision, str) or precision not in PRECISIONS:
        raise DeviceError(f"unknown precision {shown(precision)}: give {', '.join(PRECISIONS)}")
    if not isinstance(name, str | None):
        raise DeviceError(f"unknown device {shown(name)}: give {SPELLINGS}")
    name = (name or os.environ.get("GPUNET_DEVICE") or "auto").strip().lower()
    device: Device
    if name == "cpu":
        device = CpuDevice()
    elif name == "auto":
        device = open_automatically(precision)
    else:
        device = open_cuda(parse_ordinal(name), precision)
    if device.precision != precision:
        raise DeviceError(
            f"precision {precision} needs a CUDA device, not {device.name}; use --precision float32"
        )
    return device


def reopen_device(name: str, precision: str) -> Device:
    """The device that something lay on which now is elsewhere; the CPU where it is not there."""
    try:
        return open_device(name, precision)
    except DeviceError:
        return CpuDevice()


def reduce_device(device: Device) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """For pickle: what makes the device again, and what that is called with."""
    if device.threads is not None:
        return CpuDevice, (device.threads,)
    return reopen_device, (device.name, device.precision)


# Here, since a device itself does not know how others are opened.
copyreg.pickle(CpuDevice, reduce_device)


def parse_ordinal(name: str) -> int:
    """The N of "cuda:N"; 0 for "cuda"."""
    kind, colon, ordinal = name.partition(":")
    is_number = ordinal.isascii() and ordinal.isdecimal() and len(ordinal) < 10
    if kind != "cuda" or (colon and not is_number):
        raise DeviceError(f"unknown device {shown(name)}: give {SPELLINGS}")
    return int(ordinal) if colon else 0


def open_cuda(ordinal: int, precision: str = "float32") -> Device:
    from gpunet.backend.cuda import CudaDevice  # costs nothing until a GPU is asked for

    copyreg.pickle(CudaDevice, reduce_device)
    return CudaDevice(ordinal, precision)


def open_automatically(precision: str) -> Device:
    device: Device
    try:
        device = open_cuda(0, precision)
    except DeviceError as error:
        device = CpuDevice()
        device.note = f"cpu ({briefly(error)}; see gpunet devices)"
    else:
        device.note = "cuda:0, which answers"
        device.automatic = True
    return device


def briefly(error: DeviceError) -> str:
    """Why there is no CUDA device, in a few words; `gpunet devices` says all of it."""
    why = str(error).removeprefix("no CUDA device: ")
    # Details come behind the first of these, then what to do about it.
    words = re.split(r";| \(|: ", why)[0]
    return words if len(words) <= BRIEF and words.isprintable() else "no CUDA device answers"


@dataclass(frozen=True)
class Found:
    """What `survey` says of one device.

    Attributes:
        name: "cpu", "cuda:0"; "cuda" where there is no CUDA device at all.
        usable: whether it can be opened.
        detail: what it is, or why it cannot be used, in one line.
        facts: of a GPU, by their names in JSON: model, compute_capability, multiprocessors,
            shared_memory_per_block, memory_total and memory_free in bytes, versions, graphs, and
            graphs_missing where there are none.
    """

    name: str
    usable: bool
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def survey() -> list[Found]:
    """Every device of this machine: usable, or why not."""
    found = [Found("cpu", True, describe_cpu(CpuDevice()))]
    try:
        from gpunet.backend.cuda_cards import count_devices, import_cupy

        cupy = import_cupy()
        count = count_devices(cupy)
    except DeviceError as error:
        return [*found, Found("cuda", False, str(error))]
    return [*found, *(survey_card(cupy, ordinal) for ordinal in range(count))]


def survey_card(cupy: Any, ordinal: int) -> Found:
    """One GPU; whatever is wrong with it is told of it alone."""
    from gpunet.backend.cuda_cards import describe_card

    name, facts = f"cuda:{ordinal}", {}
    try:
        facts = describe_card(cupy, ordinal)
        device = open_cuda(ordinal)
        free, total = device.memory()
    except Exception as error:
        return Found(name, False, first_line(error).removeprefix(f"{name} "), facts)
    facts |= {"memory_free": free, "versions": device.versions, "graphs": device.supports_graphs}
    if not device.supports_graphs:
        facts["graphs_missing"] = device.graphs_missing
    detail = f"{facts['model']}, {size(free)} of {size(total)} free"
    return Found(name, True, detail, facts)


def describe_cpu(device: CpuDevice) -> str:
    total = device.memory().total
    memory = f", {size(total)}" if total else ""
    return f"{os.cpu_count()} cores{memory}, NumPy {device.xp.__version__}"
