"""Devices that are copied and pickled: estimators and sweeps hand them to others."""

import copy
import pickle

import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device


def test_a_copy_of_a_device_is_the_device(device: Device) -> None:
    assert copy.copy(device) is device
    assert copy.deepcopy([device])[0] is device


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_a_cpu_comes_back_with_its_threads(threads: int | None) -> None:
    again = pickle.loads(pickle.dumps(CpuDevice(threads)))
    assert (type(again), again.threads) == (CpuDevice, threads)


def test_a_device_that_is_not_there_comes_back_as_the_cpu() -> None:
    absent = CpuDevice()
    absent.name = "cuda:9"
    assert pickle.loads(pickle.dumps(absent)).name == "cpu"


@pytest.mark.cuda
def test_a_gpu_comes_back_with_its_precision() -> None:
    try:
        device = gpunet.open_device("cuda", "tf32")
    except gpunet.GpunetError as error:
        pytest.skip(str(error))
    again = pickle.loads(pickle.dumps(device))
    assert (again.name, again.precision) == ("cuda:0", "tf32")
