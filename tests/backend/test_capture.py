"""What is captured into a CUDA graph takes no memory; what would is refused by name."""

import gc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cuda import CudaDevice
from tests.backends import assert_close, open_backend

pytestmark = pytest.mark.cuda


@pytest.fixture
def gpu() -> CudaDevice:
    device = open_backend("cuda")
    assert isinstance(device, CudaDevice)
    if not device.supports_graphs:
        pytest.skip("nvmath-python is missing")
    return device


def overlapping(gpu: CudaDevice, a: Any) -> Any:
    """What CuPy makes a copy for: two objects of one memory."""
    return partial(gpu.xp.sqrt, a[1:], a[1:])


def without_output(gpu: CudaDevice, a: Any) -> Any:
    return partial(gpu.xp.sqrt, a)


@pytest.mark.parametrize("make", [overlapping, without_output])
def test_an_operation_that_asks_for_memory_is_refused_by_name(gpu: CudaDevice, make: Any) -> None:
    asks = (
        r"sqrt asks for [\d,]+ bytes of GPU memory.*let it write into arrays made when it is bound"
    )
    with gpu.active():
        a = gpu.put(np.ones(1000))
        double = partial(gpu.xp.add, a, a, a)
        operation = make(gpu, a)
        for each in (double, operation):
            each()
        with pytest.raises(gpunet.GpunetError, match=asks):
            gpu.capture([double, operation])
        # The stream captures no longer, memory is there again, and another capture succeeds.
        assert not gpu.stream.is_capturing()
        b = gpu.xp.arange(3.0)
        graph = gpu.capture([partial(gpu.xp.add, b, 1.0, b)])
        graph()
        graph()
    assert_close(gpu, b, [2.0, 3.0, 4.0], 0)


def test_what_else_goes_wrong_is_told_as_it_is(gpu: CudaDevice) -> None:
    def fail() -> None:
        raise ValueError("of its own")

    with gpu.active():
        with pytest.raises(ValueError, match="of its own"):
            gpu.capture([fail])
        assert not gpu.stream.is_capturing()


def test_other_threads_may_take_memory_meanwhile(gpu: CudaDevice) -> None:
    """Other networks' steps are bound while those of one are captured."""

    def take() -> int:
        with CudaDevice().active():
            return int(gpu.xp.empty(5).size)

    with ThreadPoolExecutor(1) as pool, gpu.active():
        a = gpu.put(np.ones(3))
        partial(gpu.xp.add, a, a, a)()
        sizes: list[int] = []
        gpu.capture(
            [partial(gpu.xp.add, a, a, a), lambda: sizes.append(pool.submit(take).result())]
        )
    assert sizes == [5]


def test_a_device_that_is_given_up_meanwhile_is_freed_afterwards(
    gpu: CudaDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To destroy a handle of cuBLAS waits for the whole device, which ends every capture."""
    from nvmath.bindings import cublas

    destroy, freed = cublas.destroy, []

    def destroy_as_documented(handle: int) -> None:
        gpu.xp.cuda.runtime.deviceSynchronize()
        destroy(handle)
        freed.append(handle)

    monkeypatch.setattr(cublas, "destroy", destroy_as_documented)
    devices, freed_within = [gpu.sibling()], []

    def give_up() -> None:
        devices.clear()
        gc.collect()
        freed_within.extend(freed)

    with gpu.active():
        a = gpu.put(np.ones(3))
        double = partial(gpu.xp.add, a, a, a)
        double()
        graph = gpu.capture([double, give_up, double])
        graph()
    assert (len(freed_within), len(freed)) == (0, 1)
    assert_close(gpu, a, [8, 8, 8], 0)
