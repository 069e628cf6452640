"""The table of backends that drives every numerical test."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.cuda import CudaDevice
from gpunet.backend.device import Device
from gpunet.backend.plain import Primitives
from gpunet.core.errors import DeviceError
from tests.strict import StrictDevice


class PlainCpu(CpuDevice):
    """NumPy with the plain primitives, the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.primitives = Primitives(np)


BACKENDS: dict[str, Callable[[], Device]] = {
    "cpu": CpuDevice,
    "plain": PlainCpu,
    "strict": StrictDevice,
    "cuda": CudaDevice,
}


def open_backend(name: str) -> Device:
    """The backend of that name; skips the test, with the reason, where there is none."""
    try:
        return BACKENDS[name]()
    except DeviceError as error:
        pytest.skip(str(error))


def open_overlapping(name: str) -> Device:
    """As `open_backend`; skips the test where there can be no devices beside that one."""
    device = open_backend(name)
    if not device.supports_streams:
        pytest.skip(f"{device.name} cannot overlap: {device.graphs_missing}")
    return device


def assert_close(device: Device, actual: Any, desired: Any, rtol: float, atol: float = 0) -> None:
    """Arrays of the device or the host agree; the message names the worst place."""
    np.testing.assert_allclose(to_host(device, actual), to_host(device, desired), rtol, atol)


def to_host(device: Device, array: Any) -> Any:
    """A NumPy array of an array of the device or the host."""
    return np.asarray(array) if isinstance(array, np.ndarray | list) else device.host(array)
