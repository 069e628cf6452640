"""What this package takes nvmath-python's cuBLAS to be, compared with the one installed."""

import re
from itertools import product
from typing import Any

import numpy as np
import pytest

from gpunet.backend import cublas as ours
from gpunet.backend import cuda_errors
from gpunet.backend.cuda import CudaDevice
from tests.backends import open_backend

# In the order in which `CuBlas.gemm` gives them.
GEMM_EX = (
    "handle transa transb m n k alpha a atype lda b btype ldb beta c ctype ldc compute_type algo"
)


@pytest.fixture(scope="module")
def cublas() -> Any:
    return pytest.importorskip("nvmath.bindings.cublas")


def test_gemm_ex_takes_what_it_is_given(cublas: Any) -> None:
    signature = re.search(r"gemm_ex\((.*?)\)", cublas.gemm_ex.__doc__)
    assert signature
    names = [parameter.split()[-1] for parameter in signature[1].split(",")]
    assert names == GEMM_EX.split()


def test_the_names_and_numbers_are_as_they_are_taken_to_be(cublas: Any) -> None:
    kinds = product(("float32", "float64"), ours.COMPUTE, (1, 2))  # all that a product can be
    for name in {ours.compute_type(*kind) for kind in kinds}:
        assert int(cublas.ComputeType[name]) >= 0
    assert int(cublas.GemmAlgo.DEFAULT) == ours.DEFAULT_ALGORITHM
    assert int(cublas.Operation.N) == 0
    assert int(cublas.Operation.T) == 1
    assert int(cublas.Status.NOT_INITIALIZED) == ours.STATUS_NOT_INITIALIZED
    assert int(cublas.Status.ALLOC_FAILED) == cuda_errors.STATUS_ALLOC_FAILED


@pytest.mark.parametrize(
    "name", ["create", "destroy", "get_version", "set_stream", "set_workspace"]
)
def test_what_is_called_is_there(cublas: Any, name: str) -> None:
    assert callable(getattr(cublas, name))


@pytest.mark.cuda
def test_a_bound_product_gives_every_argument(cublas: Any) -> None:
    device = open_backend("cuda")
    assert isinstance(device, CudaDevice)
    a, b, out = (device.put(np.ones((2, 2), np.float32)) for _ in range(3))
    bound = device.primitives.gemm(1.0, a, b, 0.0, out)
    assert len(bound.call.args) == len(GEMM_EX.split())  # type: ignore[attr-defined]
    assert device.versions["cublas"]
    assert cublas.cuBLASError(3).status == 3
