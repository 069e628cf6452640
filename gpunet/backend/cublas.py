"""cuBLAS bound directly, through NVIDIA's nvmath-python.

CuPy refuses every cuBLAS call while a stream is being captured into a graph; cuBLAS itself does
not, given a workspace of its own.
"""

from functools import partial
from types import ModuleType
from typing import Any
from weakref import finalize

import numpy as np

from gpunet.backend.cuda_errors import cuda_errors, is_out_of_memory
from gpunet.backend.cuda_graphs import free
from gpunet.backend.layout import column_major, fortran
from gpunet.backend.plain import Array, Operation
from gpunet.core.errors import DeviceError, first_line

WORKSPACE_BYTES = 32 << 20  # what NVIDIA recommends for Hopper; others need less
CUDA_R_32F, CUDA_R_64F = 0, 1
DEFAULT_ALGORITHM = -1
# How float32 products are computed; parameters and updates stay float32.
COMPUTE = {
    "float32": "COMPUTE_32F",
    "tf32": "COMPUTE_32F_FAST_TF32",
    "bfloat16": "COMPUTE_32F_FAST_16BF",
}
STATUS_NOT_INITIALIZED = 1
NOT_INSTALLED = (
    "nvmath-python is not installed: install nvmath-python for the graph engine, with the extra "
    "for this CUDA: pip install 'nvmath-python[cu12]' (or cu13)"
)


class CuBlas:
    """One cuBLAS handle on one stream.

    Args:
        cupy: the module.
        stream: the stream all its products run on.
        precision: "float32", "tf32" or "bfloat16", for products of float32 matrices.

    Attributes:
        version: cuBLAS's own, major, minor and patch.

    Raises:
        ImportError: nvmath-python is not installed.
        Exception: it does not find cuBLAS, or knows another one; the device fails, or is full.
    """

    def __init__(self, cupy: ModuleType, stream: Any, precision: str) -> None:
        from nvmath.bindings import cublas

        self.gemm_ex = cublas.gemm_ex
        self.precision = precision
        self.compute_types = cublas.ComputeType
        # First, since CuPy says clearly that there is no memory for it; cuBLAS does not.
        self.workspace = cupy.empty(WORKSPACE_BYTES, dtype=cupy.uint8)
        self.handle = cublas.create()
        # At exit there is nothing to free, and nothing of a device that has failed can be.
        finalize(self, free, cublas.destroy, self.handle).atexit = False
        number = int(cublas.get_version(self.handle))
        self.version = number // 10_000, number // 100 % 100, number % 100
        cublas.set_stream(self.handle, stream.ptr)
        cublas.set_workspace(self.handle, self.workspace.data.ptr, WORKSPACE_BYTES)

    def gemm(self, alpha: float, a: Array, b: Array, beta: float, out: Array) -> Operation:
        """As `Primitives.gemm`."""
        a, b, out = column_major(a, b, out)
        (rows, columns), inner = out.shape, a.shape[1]
        (a, a_transposed), (b, b_transposed) = fortran(a), fortran(b)
        kind = CUDA_R_64F if out.dtype == np.float64 else CUDA_R_32F
        compute = compute_type(out.dtype.name, self.precision, rows, columns, inner)
        scalars = np.array([alpha, beta], dtype=out.dtype)
        call = partial(
            self.gemm_ex,
            self.handle,
            int(a_transposed),
            int(b_transposed),
            rows,
            columns,
            inner,
            scalars.ctypes.data,
            a.data.ptr,
            kind,
            a.shape[0],
            b.data.ptr,
            kind,
            b.shape[0],
            scalars.ctypes.data + scalars.itemsize,
            out.data.ptr,
            kind,
            rows,
            int(self.compute_types[compute]),
            DEFAULT_ALGORITHM,
        )
        # The call holds addresses only: what they point at must live as long as it does.
        return KeptAlive(call, scalars, a, b, out)


def compute_type(dtype: str, precision: str, *sizes: int) -> str:
    """The name of cuBLAS's compute type for a product of these sizes, of arrays of that dtype.

    Sums, norms and biases are products of which one size is 1: factors of fewer bits would gain
    them nothing, and spoil them. NVIDIA's name for float32 in all phases is pedantic; the plain
    type leaves more to the library, and to NVIDIA_TF32_OVERRIDE.
    """
    if dtype == "float64":
        return "COMPUTE_64F"
    return "COMPUTE_32F_PEDANTIC" if 1 in sizes else COMPUTE[precision]


def bind_cublas(cupy: ModuleType, stream: Any, precision: str) -> tuple[CuBlas | None, str]:
    """cuBLAS bound directly, or None, and why not, where nvmath-python does not work.

    Raises:
        DeviceError: the requested precision needs it.
        Exception: the device has failed, or is full; one of `failures_of`.
    """
    try:
        return CuBlas(cupy, stream, precision), ""
    except Exception as error:
        if is_out_of_memory(cupy, error) or isinstance(error, cuda_errors(cupy)):
            raise
        why = why_unbound(error)
    if precision != "float32":
        raise DeviceError(f"precision {precision} needs cuBLAS bound directly, but {why}")
    return None, why


def why_unbound(error: Exception) -> str:
    """Why there is no cuBLAS to call directly, and what to do about it."""
    if isinstance(error, ModuleNotFoundError) and error.name in ("nvmath", "nvmath.bindings"):
        return NOT_INSTALLED
    what = f"nvmath-python cannot start cuBLAS ({first_line(error).rstrip('.')})"
    if getattr(error, "status", None) == STATUS_NOT_INITIALIZED:
        what += ", mostly since the GPU has too little memory free; else"
    else:
        what += ":"
    return f"{what} reinstall it for this CUDA: pip install -U 'nvmath-python[cu12]' (or cu13)"


class KeptAlive:
    """A call, and the objects whose addresses it was given."""

    __slots__ = ("call", "objects")

    def __init__(self, call: Operation, *objects: Any) -> None:
        self.call = call
        self.objects = objects

    def __call__(self) -> object:
        return self.call()
