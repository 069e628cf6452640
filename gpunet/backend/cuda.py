"""NVIDIA GPUs, through CuPy, which is imported when one is asked for and not before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from gpunet.backend.cublas import CuBlas
from gpunet.backend.cuda_graphs import capture_graph
from gpunet.backend.cuda_primitives import OPTIONS, CudaPrimitives
from gpunet.backend.device import Device, FusedKernel, Memory
from gpunet.backend.fused import THREADS, FusedPlan
from gpunet.backend.plain import Array, Operation
from gpunet.core.errors import DeviceError, first_line

INSTALL = "install it with: pip install cupy-cuda12x (or cupy-cuda13x, as your driver allows)"


class CudaDevice(Device):
    """One NVIDIA GPU that has answered.

    Args:
        ordinal: which one.
        precision: how products of float32 arrays are computed: "float32", "tf32", "bfloat16".
    """

    def __init__(self, ordinal: int = 0, precision: str = "float32") -> None:
        cupy = import_cupy()
        found = count_devices(cupy)
        if not 0 <= ordinal < found:
            here = "cuda:0" if found == 1 else f"cuda:0 to cuda:{found - 1}"
            raise DeviceError(f"there is no device cuda:{ordinal}: this machine has {here}")
        self.ordinal = ordinal
        try:
            with cupy.cuda.Device(ordinal):
                # The legacy default stream cannot be captured; this one waits for it, and it for
                # this one, so that what a caller does with our arrays is in order.
                self.stream = cupy.cuda.Stream(non_blocking=False)
                with self.stream:
                    # Not "CuPy can be imported" but "a GPU answers".
                    if int(cupy.arange(4, dtype=cupy.int32).sum()) != 6:
                        raise RuntimeError("it returned a wrong sum")
                    blas = bind_cublas(cupy, self.stream, precision)
                    primitives = CudaPrimitives(cupy, blas)
        except DeviceError:
            raise
        except Exception as error:
            raise DeviceError(
                f"cuda:{ordinal} does not answer: {first_line(error)}; use --device cpu meanwhile"
            ) from error
        super().__init__(f"cuda:{ordinal}", cupy, primitives)
        self.precision = precision
        self.failures = failures_of(cupy)
        runtime = cupy.cuda.runtime
        self.versions = {
            "cupy": str(cupy.__version__),
            "cuda": str(runtime.runtimeGetVersion()),
            "driver": str(runtime.driverGetVersion()),
        }
        self.supports_graphs = blas is not None
        # CuPy's own cuBLAS has one workspace for all streams.
        self.supports_streams = blas is not None
        attributes = cupy.cuda.Device(ordinal).attributes
        self.shared_limit = int(attributes["MaxSharedMemoryPerBlockOptin"])

    @property
    def model(self) -> str:
        """The GPU's product name."""
        return str(self.xp.cuda.runtime.getDeviceProperties(self.ordinal)["name"].decode())

    def put(self, array: Any, dtype: Any = None) -> Array:
        with self.active():
            if not isinstance(array, np.ndarray) and hasattr(array, "__dlpack__"):
                try:
                    array = self.xp.from_dlpack(array)
                except (RuntimeError, TypeError, ValueError, BufferError):  # it lies on the host
                    array = np.from_dlpack(array)
            return self.xp.asarray(array, dtype=dtype)

    def host(self, array: Array) -> Any:
        with self.active():
            return self.xp.asnumpy(array)

    def synchronize(self) -> None:
        self.stream.synchronize()

    def memory(self) -> Memory:
        with self.active():
            free, total = self.xp.cuda.Device(self.ordinal).mem_info
            # What CuPy's pool has kept of earlier arrays is free to us too.
            return Memory(free + self.xp.get_default_memory_pool().free_bytes(), total)

    @contextmanager
    def active(self) -> Iterator[None]:
        with self.xp.cuda.Device(self.ordinal), self.stream:
            yield

    def capture(self, operations: Sequence[Operation]) -> Operation:
        with self.active():
            graph = capture_graph(self.xp, self.stream, operations)
        return partial(graph.launch, self.stream)

    def sibling(self) -> "CudaDevice":
        other = CudaDevice(self.ordinal, self.precision)  # a stream, and cuBLAS on it, of its own
        other.hardware = self.hardware
        return other

    def compile_fused(self, plan: FusedPlan) -> FusedKernel:
        with self.active():
            module = self.xp.RawModule(code=plan.source(), options=OPTIONS)
            kernel = module.get_function("train")
            kernel.max_dynamic_shared_size_bytes = plan.shared_bytes

        def launch(networks: int, *arguments: Any) -> None:
            kernel((networks,), (THREADS,), arguments, shared_mem=plan.shared_bytes)

        return launch


def bind_cublas(cupy: ModuleType, stream: Any, precision: str) -> CuBlas | None:
    """cuBLAS bound directly, or None where nvmath-python does not work.

    Raises:
        DeviceError: the requested precision needs it.
    """
    try:
        return CuBlas(cupy, stream, precision)
    except Exception as error:  # it is not installed, or does not find the CUDA libraries
        if precision == "float32":
            return None
        raise DeviceError(
            f"precision {precision} needs nvmath-python and its CUDA libraries "
            f"({first_line(error)}): pip install nvmath-python"
        ) from None


def failures_of(cupy: ModuleType) -> tuple[type[Exception], ...]:
    """What CuPy, CUDA and cuBLAS raise when a device fails or is full."""
    cuda = cupy.cuda
    found = [cuda.runtime.CUDARuntimeError, cuda.driver.CUDADriverError]
    found += [cuda.memory.OutOfMemoryError, cuda.compiler.CompileException]
    with suppress(Exception):  # where the CUDA libraries are not found, there is no such error
        found.append(cuda.cublas.CUBLASError)
    with suppress(Exception):
        from nvmath.bindings import cublas

        found.append(cublas.cuBLASError)
    return tuple(found)


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
            "no NVIDIA driver, or too old a one; install or update it: it must be no older than "
            "this CuPy's CUDA (nvidia-smi shows its version)"
        )
    if "cudaErrorNoDevice" in text:
        return "the driver shows no GPU; see nvidia-smi and CUDA_VISIBLE_DEVICES"
    return f"{text}; see nvidia-smi"
