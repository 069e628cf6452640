"""Factors of fewer bits are used where they were asked for, and nowhere else."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cublas import COMPUTE, compute_type
from gpunet.backend.cuda import CudaDevice
from gpunet.backend.device import Device
from gpunet.core.errors import DeviceError
from gpunet.nn.optimizers.constraints import clip_norm
from gpunet.nn.step import run
from tests.backends import assert_close, open_backend

# float32 holds all of these, TF32 (11 bits) and bfloat16 (8) round them.
VALUES = 1 + np.arange(1, 13).reshape(4, 3) / 4096


@pytest.mark.parametrize("precision", COMPUTE)
def test_products_with_a_size_of_one_are_exact(precision: str) -> None:
    for sizes in ((1, 30, 10), (30, 1, 10), (30, 10, 1), (1, 1, 5000)):
        assert compute_type("float32", precision, *sizes) == "COMPUTE_32F_PEDANTIC"
        assert compute_type("float64", precision, *sizes) == "COMPUTE_64F"
    assert compute_type("float32", precision, 128, 1000, 784) == COMPUTE[precision]
    assert compute_type("float64", precision, 128, 1000, 784) == "COMPUTE_64F"


def open_precisely(precision: str) -> Device:
    """The first GPU with that precision; skips the test where there is none."""
    open_backend("cuda")
    try:
        return CudaDevice(0, precision)
    except DeviceError as error:
        pytest.skip(str(error))


@pytest.mark.cuda
@pytest.mark.parametrize("precision", COMPUTE)
def test_sums_norms_and_biases_are_those_of_float32(precision: str) -> None:
    device = open_precisely(precision)
    p = device.primitives
    with device.active():
        values = device.put(VALUES, "float32")
        sums, spread = device.put(np.zeros(3), "float32"), device.put(np.zeros((4, 3)), "float32")
        p.sum_rows(1.0, values, 0.0, sums)()
        assert_close(device, sums, VALUES.sum(axis=0), 1e-6)
        ones = device.put(np.ones((4, 1)), "float32")
        p.gemm(1.0, ones, values[:1], 0.0, spread)()
        assert_close(device, spread, np.tile(VALUES[0], (4, 1)), 0)
        gradient = device.put(VALUES.ravel(), "float32")
        run(clip_norm(p, gradient, 1.0))
        assert_close(device, gradient, VALUES.ravel() / np.linalg.norm(VALUES), 1e-6)


def product(device: Device) -> Any:
    """A product of matrices, whose factors TF32 would round."""
    with device.active():
        a, out = device.put(VALUES, "float32"), device.put(np.zeros((4, 4)), "float32")
        device.primitives.gemm(1.0, a, a.T, 0.0, out)()
    return device.host(out)


MATRICES = """
import numpy as np
from gpunet.backend.cuda import CudaDevice
from gpunet.backend.cuda_primitives import CudaPrimitives
from tests.backend.test_precision import VALUES, product

device = CudaDevice()
for primitives in (device.primitives, CudaPrimitives(device.xp, None)):
    device.primitives = primitives
    np.testing.assert_allclose(product(device), VALUES @ VALUES.T, 1e-6)
"""
DEFORMATIONS = """
import numpy as np
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.cuda import CudaDevice
from tests.datasets.test_elastic import displacements

# This Gaussian's largest weight is 2,179, which TF32 makes 2,178 or 2,180.
given = [displacements(device, 0, 20, 34, 1.5) for device in (CudaDevice(), CpuDevice())]
np.testing.assert_array_equal(*given)
"""


@pytest.mark.cuda
@pytest.mark.parametrize(
    ("program", "variables"),
    [
        # Of CuPy's own variable even products through CuPy's own cuBLAS know nothing.
        (MATRICES, ["CUPY_TF32"]),
        (DEFORMATIONS, ["CUPY_TF32", "NVIDIA_TF32_OVERRIDE"]),
    ],
    ids=["products of matrices", "deformations"],
)
def test_what_the_environment_cannot_change(program: str, variables: list[str]) -> None:
    open_precisely("float32")
    environment = {**os.environ, **dict.fromkeys(variables, "1")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
