"""NVIDIA GPUs, through CuPy: the only module of the package that imports it."""

from contextlib import AbstractContextManager
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from gpunet.backend.device import Device, Memory
from gpunet.backend.errors import DeviceError
from gpunet.backend.plain import Array, Gather, Operation, Primitives

INSTALL = "install it with: pip install cupy-cuda12x (or cupy-cuda13x, as your driver allows)"


class CudaPrimitives(Primitives):
    """cuBLAS writes straight into its place; rows are gathered into kept buffers."""

    def __init__(self, cupy: ModuleType) -> None:
        super().__init__(cupy)
        import cupy.cublas as cublas

        self.cublas = cublas

    def gemm(self, alpha: float, a: Array, b: Array, beta: float, out: Array) -> Operation:
        return partial(self.cublas.gemm, "N", "N", a, b, out, alpha, beta)

    def sum_rows(self, alpha: float, a: Array, beta: float, out: Array) -> Operation:
        ones = self.xp.ones(len(a), dtype=out.dtype)
        return partial(self.cublas.gemv, "N", alpha, a.T, ones, beta, out)

    def gather_rows(self, table: Array, scale: float, out: Array) -> Gather:
        scratch = self.xp.empty(out.shape, dtype=table.dtype)
        factor = out.dtype.type(scale)

        def gather(index: Array) -> None:
            rows = len(index)
            self.xp.take(table, index, axis=0, out=scratch[:rows])
            self.xp.multiply(scratch[:rows], factor, out[:rows])

        return gather


class CudaDevice(Device):
    """One NVIDIA GPU that has answered."""

    def __init__(self, ordinal: int = 0) -> None:
        cupy = import_cupy()
        found = count_devices(cupy)
        if not 0 <= ordinal < found:
            here = "cuda:0" if found == 1 else f"cuda:0 to cuda:{found - 1}"
            raise DeviceError(f"there is no device cuda:{ordinal}: this machine has {here}")
        self.handle = cupy.cuda.Device(ordinal)
        try:
            with self.handle:
                # Not "CuPy can be imported" but "a GPU answers".
                if int(cupy.arange(4, dtype=cupy.int32).sum()) != 6:
                    raise RuntimeError("it returned a wrong sum")
                primitives = CudaPrimitives(cupy)
        except Exception as error:
            raise DeviceError(
                f"cuda:{ordinal} does not answer: {first_line(error)}; use --device cpu meanwhile"
            ) from error
        super().__init__(f"cuda:{ordinal}", cupy, primitives)

    @property
    def model(self) -> str:
        """The GPU's product name."""
        return str(self.xp.cuda.runtime.getDeviceProperties(self.handle.id)["name"].decode())

    def put(self, array: Any, dtype: Any = None) -> Array:
        with self.handle:
            if not isinstance(array, np.ndarray) and hasattr(array, "__dlpack__"):
                try:
                    array = self.xp.from_dlpack(array)
                except (RuntimeError, TypeError, ValueError, BufferError):  # it lies on the host
                    array = np.from_dlpack(array)
            return self.xp.asarray(array, dtype=dtype)

    def host(self, array: Array) -> Any:
        return self.xp.asnumpy(array)

    def synchronize(self) -> None:
        self.handle.synchronize()

    def memory(self) -> Memory:
        return Memory(*self.handle.mem_info)

    def active(self) -> AbstractContextManager[Any]:
        return self.xp.cuda.Device(self.handle.id)  # type: ignore[no-any-return]


def import_cupy() -> ModuleType:
    """CuPy, or a DeviceError that says how to get it."""
    try:
        import cupy
    except ImportError as error:
        why = "CuPy is not installed" if error.name == "cupy" else f"CuPy fails to import: {error}"
        raise DeviceError(f"no CUDA device: {why}; {INSTALL}") from error
    return cupy  # type: ignore[no-any-return]


def count_devices(cupy: ModuleType) -> int:
    """How many GPUs the driver shows, or a DeviceError that says why there are none."""
    try:
        found = int(cupy.cuda.runtime.getDeviceCount())
    except Exception as error:
        raise DeviceError(f"no CUDA device: {explain(error)}") from error
    if found == 0:
        raise DeviceError("no CUDA device: the driver shows no GPU; see nvidia-smi")
    return found


def explain(error: Exception) -> str:
    """A CUDA error in words, with what to do about it."""
    text = first_line(error)
    if "cudaErrorInsufficientDriver" in text:
        return (
            "there is no NVIDIA driver, or it is older than this CuPy's CUDA; "
            "install or update it (nvidia-smi shows its version)"
        )
    if "cudaErrorNoDevice" in text:
        return "the driver shows no GPU; see nvidia-smi and CUDA_VISIBLE_DEVICES"
    return f"{text}; see nvidia-smi"


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
