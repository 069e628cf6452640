"""The table of backends that drives every numerical test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.cuda import CudaDevice
from gpunet.backend.cuda_graphs import refuse
from gpunet.backend.device import Device
from gpunet.backend.plain import Primitives
from gpunet.core.errors import DeviceError
from tests.pretended_gpu import PretendedGpu
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
# The marks of the test that is run.
marks: set[str] = set()
# A parameter of a test. `pytest -m cuda` runs what has it: all that is computed on a GPU.
CUDA = pytest.param("cuda", marks=pytest.mark.cuda)
EVERY_BACKEND = [CUDA if name == "cuda" else name for name in BACKENDS]
# What has every engine.
EVERY_GPU = ["pretended", CUDA]


def open_backend(name: str) -> Device:
    """The backend of that name; skips the test, with the reason, where there is none."""
    if name == "cuda" and "cuda" not in marks:
        pytest.fail("`pytest -m cuda` would leave this test out: mark it with pytest.mark.cuda")
    try:
        return BACKENDS[name]()
    except DeviceError as error:
        pytest.skip(str(error))


def open_gpu(name: str) -> Device:
    """One of `EVERY_GPU`; skips the test where it answers only in part."""
    if name == "pretended":
        return PretendedGpu()
    device = open_backend(name)
    if not (device.supports_graphs and device.supports_streams):
        pytest.skip(f"{device.name} has no graphs and streams: {device.graphs_missing}")
    return device


@contextmanager
def refusing_allocations(device: Device) -> Iterator[None]:
    """Inside, a GPU has no memory to give: what is bound must have all it needs.

    With NumPy, which does not ask the device, nothing is refused.
    """
    if isinstance(device, StrictDevice):
        with device.crossings.refused():
            yield
    elif isinstance(device, CudaDevice):
        with device.active(), device.xp.cuda.using_allocator(refuse):
            yield
    else:
        yield


def assert_close(device: Device, actual: Any, desired: Any, rtol: float, atol: float = 0) -> None:
    """Arrays of the device or the host agree; the message names the worst place."""
    np.testing.assert_allclose(to_host(device, actual), to_host(device, desired), rtol, atol)


def to_host(device: Device, array: Any) -> Any:
    """A NumPy array of an array of the device or the host."""
    return np.asarray(array) if isinstance(array, np.ndarray | list) else device.host(array)
