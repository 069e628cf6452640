"""Opening devices by name, and going to and from them."""

import re
import sys
from types import ModuleType

import numpy as np
import pytest

import gpunet
from gpunet.backend import choose
from gpunet.backend.choose import survey
from gpunet.backend.cuda_cards import explain_none
from gpunet.backend.cuda_errors import explain
from gpunet.backend.device import Device


def cuda_answers() -> bool:
    return gpunet.open_device("auto").name != "cpu"


needs_no_gpu = pytest.mark.skipif(cuda_answers(), reason="a CUDA device answers here")


def test_the_cpu_is_always_there() -> None:
    device = gpunet.open_device("cpu")
    assert device.name == "cpu"
    assert device.xp is np


def test_a_device_is_returned_as_it_is() -> None:
    device = gpunet.open_device("cpu")
    assert gpunet.open_device(device) is device


@needs_no_gpu
def test_auto_falls_back_and_says_why() -> None:
    device = gpunet.open_device("auto")
    assert device.name == "cpu"
    assert re.fullmatch(r"cpu \(.+; see gpunet devices\)", device.note)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("no CUDA device: CuPy is not installed; install it with: pip", "CuPy is not installed"),
        ("no CUDA device: CuPy fails to import: libfoo.so\nis broken; do", "CuPy fails to import"),
        (
            "no CUDA device: " + explain_none(RuntimeError("cudaErrorInsufficientDriver: x")),
            "no NVIDIA driver, or too old a one",
        ),
        (
            "no CUDA device: " + explain_none(RuntimeError("cudaErrorNoDevice: x")),
            "the driver shows no GPU",
        ),
        ("cuda:0 " + explain(RuntimeError("cudaErrorUnknown: x")), "cuda:0 does not answer"),
        ("cuda:0 " + explain(ImportError("libcublas")), "cuda:0 cannot be used"),
        (
            "cuda:0 has too little memory free (x, 1 GB of 2 GB free); stop",
            "cuda:0 has too little memory free",
        ),
        ("of which " * 20, "no CUDA device answers"),
        ("\x1b[2J", "no CUDA device answers"),
    ],
)
def test_why_it_falls_back_is_told_in_a_few_words(
    reason: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(ordinal: int, precision: str = "float32") -> gpunet.Device:
        raise gpunet.DeviceError(reason)

    monkeypatch.setattr(choose, "open_cuda", refuse)
    note = gpunet.open_device("auto").note
    assert note == f"cpu ({told}; see gpunet devices)"
    assert len(f"device: {note}") < 80


@needs_no_gpu
def test_cuda_is_refused_with_the_reason() -> None:
    with pytest.raises(gpunet.DeviceError, match="no CUDA device: "):
        gpunet.open_device("cuda")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "cuda:1:2"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(gpunet.DeviceError, match="unknown device"):
        gpunet.open_device(name)


def test_the_environment_names_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPUNET_DEVICE", "nonsense")
    with pytest.raises(gpunet.DeviceError, match="nonsense"):
        gpunet.open_device()
    assert gpunet.open_device("cpu").name == "cpu"


def test_a_missing_cupy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(gpunet.DeviceError, match="pip install cupy-cuda12x"):
        gpunet.open_device("cuda")


class Runtime:
    """A CUDA runtime as a machine without a proper driver has it."""

    def __init__(self, error: str) -> None:
        self.error = error

    def getDeviceCount(self) -> int:  # noqa: N802 - CUDA's name
        raise RuntimeError(self.error)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("cudaErrorInsufficientDriver: CUDA driver version is insufficient", "older than"),
        ("cudaErrorNoDevice: no CUDA-capable device is detected", "CUDA_VISIBLE_DEVICES"),
        ("cudaErrorUnknown: unknown error", "nvidia-smi"),
    ],
)
def test_what_the_driver_says_is_explained(
    monkeypatch: pytest.MonkeyPatch, error: str, advice: str
) -> None:
    cupy, cuda = ModuleType("cupy"), ModuleType("cupy.cuda")
    cuda.runtime = Runtime(error)  # type: ignore[attr-defined]
    cupy.cuda = cuda  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(gpunet.DeviceError, match=advice):
        gpunet.open_device("cuda")


def test_the_survey_lists_the_cpu_and_what_became_of_cuda() -> None:
    found = {each.name.partition(":")[0]: each for each in survey()}
    assert found["cpu"].usable
    assert found["cuda"].detail


def test_round_trip(device: Device) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    on_device = device.put(values)
    assert on_device.shape == (2, 3)
    device.synchronize()
    np.testing.assert_array_equal(device.host(on_device), values)


def test_putting_what_is_there_copies_nothing(device: Device) -> None:
    on_device = device.put(np.arange(3.0))
    again = device.put(on_device)
    again[0] = 7.0
    assert float(device.host(on_device)[0]) == 7.0


def test_put_takes_lists_and_converts(device: Device) -> None:
    assert device.put([1, 2, 3], np.float32).dtype == np.float32


def test_put_takes_anything_with_dlpack() -> None:
    class Foreign:
        """An array of another library."""

        def __init__(self) -> None:
            self.array = np.arange(3.0)

        def __dlpack__(self, **kwargs: object) -> object:
            return self.array.__dlpack__(**kwargs)  # type: ignore[arg-type]

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

    np.testing.assert_array_equal(gpunet.open_device("cpu").put(Foreign()), [0.0, 1.0, 2.0])


def test_memory_is_told_in_bytes(device: Device) -> None:
    free, total = device.memory()
    assert 0 <= free <= total
