"""What is told of a GPU that is full, lost, or lacks a library: all of it on the real CuPy."""

import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend import cuda_cards
from gpunet.backend.choose import survey
from gpunet.backend.cublas import WORKSPACE_BYTES
from gpunet.backend.cuda import MOST_BESIDES, CudaDevice
from gpunet.backend.cuda_errors import is_out_of_memory
from gpunet.backend.device import Device
from gpunet.core.errors import DeviceFailedError, DeviceFullError
from gpunet.datasets.dataset import Dataset
from gpunet.training.config import TrainingConfig
from gpunet.training.plan import preparing
from gpunet.training.trainer import Trainer
from scripts.gpu.exhaustion import filled
from tests.backends import open_backend

pytestmark = pytest.mark.cuda

MORE_THAN_THERE_IS = 1 << 45


@pytest.fixture
def cuda() -> Device:
    return open_backend("cuda")


@contextmanager
def full(device: Device, leaving: int) -> Iterator[None]:
    """Inside, so many bytes of the device's memory are left, and CuPy has kept none of it."""
    gc.collect()
    device.xp.get_default_memory_pool().free_all_blocks()
    with filled(device, leaving):
        yield


def test_memory_is_told_by_the_kind_of_error_and_not_by_its_words(cuda: Device) -> None:
    cupy = cuda.xp
    runtime, driver = cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError
    cublas = pytest.importorskip("nvmath.bindings.cublas")
    of_memory = [
        cupy.cuda.memory.OutOfMemoryError(512, 0),
        runtime(2),
        driver(2),
        cupy.cuda.cublas.CUBLASError(3),
        cublas.cuBLASError(3),
    ]
    others = [
        runtime(700),
        driver(700),
        cupy.cuda.cublas.CUBLASError(13),
        cublas.cuBLASError(2),
        MemoryError("the host's"),
    ]
    assert all("memory" in str(error) for error in (runtime(700), driver(700)))
    assert [is_out_of_memory(cupy, error) for error in of_memory] == [True] * 5
    assert [is_out_of_memory(cupy, error) for error in others] == [False] * 5


def test_running_out_says_how_much_is_free_and_who_may_have_the_rest(cuda: Device) -> None:
    with full(cuda, WORKSPACE_BYTES // 2), pytest.raises(DeviceFullError) as caught, cuda.active():
        cuda.xp.empty(MORE_THAN_THERE_IS, dtype=np.uint8)
    assert re.search(
        "too little memory free .* of .*B free.*nvidia-smi.*, or ask", str(caught.value)
    )


def test_others_are_not_blamed_where_there_are_none(cuda: Device) -> None:
    memory = cuda.memory()
    if memory.total - memory.free > MOST_BESIDES:
        pytest.skip("other programs have some of its memory")
    with pytest.raises(DeviceFullError) as caught, cuda.active():
        cuda.xp.empty(MORE_THAN_THERE_IS, dtype=np.uint8)
    assert re.search("too little memory free .* of .*B free.*; ask less", str(caught.value))
    assert "other programs" not in str(caught.value)


def test_running_out_while_training_is_prepared_says_what_to_turn(cuda: Device) -> None:
    with (
        pytest.raises(gpunet.InputError, match=r"too little memory.*--batch-size"),
        preparing(cuda),
    ):
        cuda.xp.empty(MORE_THAN_THERE_IS, dtype=np.uint8)


def test_what_fails_otherwise_is_told_as_that(cuda: Device) -> None:
    with (
        pytest.raises(DeviceFailedError, match="failed: cudaErrorInvalid") as caught,
        cuda.active(),
    ):
        cuda.xp.cuda.runtime.setDevice(99)
    assert not isinstance(caught.value, DeviceFullError)


def test_a_full_gpu_is_refused_as_full_and_no_package_is_missed(cuda: Device) -> None:
    with full(cuda, WORKSPACE_BYTES // 2):
        with pytest.raises(gpunet.DeviceError, match="too little memory") as caught:
            CudaDevice(int(cuda.name.partition(":")[2]))
        chosen = gpunet.open_device("auto")
    assert "nvmath" not in str(caught.value)
    assert chosen.name == "cpu"
    assert "too little memory" in chosen.note


def test_without_nvmath_the_reason_is_kept(cuda: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nvmath.bindings", None)
    device = CudaDevice()
    assert not device.supports_graphs
    assert "install nvmath-python" in device.graphs_missing
    with pytest.raises(gpunet.DeviceError, match=r"tf32 needs .* install nvmath-python"):
        CudaDevice(precision="tf32")


def test_what_nvmath_fails_with_is_kept(
    cuda: Device, few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    cublas = pytest.importorskip("nvmath.bindings.cublas")
    monkeypatch.setattr(cublas, "create", failing_with(RuntimeError("libcublas.so.12 not found")))
    device = CudaDevice()
    assert "libcublas.so.12 not found" in device.graphs_missing
    network = gpunet.Network([64, 2000, 10], device=device)
    with pytest.raises(gpunet.InputError, match=r"no graphs.*libcublas\.so\.12") as caught:
        Trainer(network, few, TrainingConfig(), None, "graph")
    assert "install nvmath-python" not in str(caught.value)


def test_cublas_without_memory_is_no_missing_package(
    cuda: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    cublas = pytest.importorskip("nvmath.bindings.cublas")
    monkeypatch.setattr(cublas, "create", failing_with(cublas.cuBLASError(3)))
    with pytest.raises(gpunet.DeviceError, match="too little memory"):
        CudaDevice()


def failing_with(error: Exception) -> Any:
    def fail() -> None:
        raise error

    return fail


def test_a_gpu_beyond_the_last_is_refused_with_those_there_are(cuda: Device) -> None:
    with pytest.raises(gpunet.DeviceError, match=r"no device cuda:99.*has cuda:0.*gpunet devices"):
        gpunet.open_device("cuda:99")


def test_what_fails_on_one_gpu_is_told_of_it_and_hides_nothing(
    cuda: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CudaDevice, "memory", failing_with_self(RuntimeError("lost\nat line 1")))
    found = {each.name: each for each in survey()}
    assert found["cpu"].usable
    assert (found["cuda:0"].usable, found["cuda:0"].detail) == (False, "lost")
    assert found["cuda:0"].facts["compute_capability"]


def failing_with_self(error: Exception) -> Any:
    def fail(self: Any) -> None:
        raise error

    return fail


# The NVRTC, and the compute capabilities that it, or CuPy with it, has no code for.
TOO_NEW = {
    (12, 0): {"10.0", "10.3", "11.0", "12.0", "12.1"},
    (12, 4): {"10.0", "10.3", "11.0", "12.0", "12.1"},
    (12, 8): {"10.3", "11.0"},
    (12, 9): {"11.0"},
    (13, 0): {"7.0"},
    (13, 1): {"7.0"},
}
CARDS = ("7.0", "7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "10.3", "11.0", "12.0", "12.1")


@pytest.mark.parametrize("nvrtc", TOO_NEW)
def test_which_compiler_serves_which_card(nvrtc: tuple[int, int]) -> None:
    refused = {card for card in CARDS if cuda_cards.compiler_misfit(capability_of(card), nvrtc)}
    assert refused == TOO_NEW[nvrtc]


def capability_of(card: str) -> tuple[int, int]:
    major, minor = card.split(".")
    return int(major), int(minor)


def test_a_compiler_too_old_or_too_new_is_told_with_what_is_needed() -> None:
    old = cuda_cards.compiler_misfit((12, 0), (12, 4))
    assert "NVRTC 12.4) is too old: it needs CUDA 12.8 or newer" in old
    new = cuda_cards.compiler_misfit((7, 0), (13, 0))
    assert "NVRTC 13.0) no longer knows" in new
    assert "cupy-cuda12x" in new


def test_a_card_that_the_compiler_does_not_know_is_refused_by_name(
    cuda: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvrtc = cuda.xp.cuda.nvrtc
    monkeypatch.setattr(nvrtc, "getVersion", lambda: (9, 0))
    with pytest.raises(
        gpunet.DeviceError, match=r"cuda:0 is a .* capability .*NVRTC 9\.0.*too old"
    ):
        CudaDevice()


@pytest.mark.parametrize("wrapped", [False, True])
def test_arrays_of_another_gpu_are_copied_whole(cuda: Device, wrapped: bool) -> None:
    if cuda.xp.cuda.runtime.getDeviceCount() < 2:
        pytest.skip("one GPU only")
    other = CudaDevice(1)
    values = np.arange(1 << 20, dtype=np.float32).reshape(1 << 10, 1 << 10)
    with other.active():
        theirs = other.put(values)
        for _ in range(20):
            theirs = theirs + 1
        theirs = theirs.T  # not contiguous: copied there first
    ours = cuda.put(Wrapped(theirs) if wrapped else theirs)
    assert ours.device.id == 0
    with other.active():
        theirs[...] = 0  # ours is not theirs, nor still to be copied
        other.synchronize()
    np.testing.assert_array_equal(cuda.host(ours), values.T + 20)
    with other.active():
        theirs += 1
    assert (cuda.host(theirs) == 1).all()


class Wrapped:
    """An array of another library."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


def test_labels_may_lie_on_the_gpu(cuda: Device) -> None:
    x, labels = np.eye(4, dtype=np.float32), np.array([0, 1, 1, 0])
    network = gpunet.Network([4, 3, 2], device=cuda)
    on_host = gpunet.evaluate(network, (x, labels))
    on_gpu = gpunet.evaluate(network, (cuda.put(x), cuda.put(labels)))
    assert on_gpu.cost == on_host.cost
    np.testing.assert_array_equal(on_gpu.confusion, on_host.confusion)
