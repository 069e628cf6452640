"""NVIDIA GPUs, through CuPy, which is imported when one is asked for and not before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any
from weakref import finalize

import numpy as np

from gpunet.backend.cublas import WORKSPACE_BYTES, bind_cublas
from gpunet.backend.cuda_cards import (
    check_compiler,
    check_ordinal,
    count_devices,
    dotted,
    import_cupy,
    versions_of,
)
from gpunet.backend.cuda_errors import explain, failures_of, is_out_of_memory
from gpunet.backend.cuda_graphs import capture_graph, free
from gpunet.backend.cuda_primitives import OPTIONS, CudaPrimitives
from gpunet.backend.device import Device, FusedKernel, Memory
from gpunet.backend.fused import FusedPlan
from gpunet.backend.plain import Array, Operation
from gpunet.core.errors import DeviceError, DeviceFailedError, DeviceFullError, first_line
from gpunet.core.words import size

# The kinds of device of DLPack that are NVIDIA GPUs: their own memory, and managed memory.
DLPACK_CUDA = (2, 13)
MAKE_ROOM = "end other programs on it (nvidia-smi lists them)"
# What this process has there besides its arrays: CUDA itself, libraries, workspaces.
MOST_BESIDES = 1_000_000_000


class CudaDevice(Device):
    """One NVIDIA GPU that has answered.

    Args:
        ordinal: which one.
        precision: how products of float32 arrays are computed: "float32", "tf32", "bfloat16".
    """

    sibling_bytes = WORKSPACE_BYTES

    def __init__(self, ordinal: int = 0, precision: str = "float32") -> None:
        cupy = import_cupy()
        check_ordinal(ordinal, count_devices(cupy))
        self.name, self.ordinal, self.xp = f"cuda:{ordinal}", ordinal, cupy
        self.failures = failures_of(cupy)
        try:
            with cupy.cuda.Device(ordinal):
                check_compiler(cupy, ordinal)
                self.stream = cupy.cuda.Stream.from_external(OwnStream(cupy))
                self.stream.device_id = ordinal  # so that CuPy refuses it on another GPU
                with self.stream:
                    # Not "CuPy can be imported" but "a GPU answers".
                    if int(cupy.arange(4, dtype=cupy.int32).sum()) != 6:
                        raise RuntimeError("it returned a wrong sum")
                    blas, self.graphs_missing = bind_cublas(cupy, self.stream, precision)
                    primitives = CudaPrimitives(cupy, blas)
        except DeviceError:
            raise
        except Exception as error:
            if is_out_of_memory(cupy, error):
                raise DeviceError(self.why_full(error, "use --device cpu")) from error
            raise DeviceError(f"{self.name} {explain(error)}") from error
        super().__init__(self.name, cupy, primitives)
        self.precision = precision
        self.versions = versions_of(cupy) | ({"cublas": dotted(blas.version)} if blas else {})
        self.supports_graphs = blas is not None
        # CuPy's own cuBLAS has one workspace for all streams.
        self.supports_streams = blas is not None
        attributes = cupy.cuda.Device(ordinal).attributes
        self.multiprocessors = int(attributes["MultiProcessorCount"])
        self.shared_limit = int(attributes["MaxSharedMemoryPerBlockOptin"])

    @property
    def model(self) -> str:
        """The GPU's product name."""
        return str(self.xp.cuda.runtime.getDeviceProperties(self.ordinal)["name"].decode())

    def put(self, array: Any, dtype: Any = None) -> Array:
        with self.active():
            if not isinstance(array, np.ndarray) and hasattr(array, "__dlpack_device__"):
                on_gpu = array.__dlpack_device__()[0] in DLPACK_CUDA
                array = (self.xp if on_gpu else np).from_dlpack(array)
            return self.xp.asarray(self.bring(array), dtype=dtype)

    def bring(self, array: Any) -> Any:
        """The array itself, or of one of another GPU a copy here, complete when this returns."""
        if not isinstance(array, self.xp.ndarray) or array.device.id == self.ordinal:
            return array
        with array.device as other:
            array = self.xp.ascontiguousarray(array)
            other.synchronize()  # this GPU's stream does not wait for what is computed there
        copy = self.xp.array(array)
        self.stream.synchronize()
        return copy

    def host(self, array: Array) -> Any:
        with self.active():
            return self.xp.asnumpy(self.bring(array))

    def synchronize(self) -> None:
        with self.active():
            self.stream.synchronize()

    def memory(self) -> Memory:
        try:
            with self.xp.cuda.Device(self.ordinal) as device:
                free, total = device.mem_info
                # What CuPy's pool has kept of earlier arrays is free to us too.
                return Memory(free + self.xp.get_default_memory_pool().free_bytes(), total)
        except self.failures:
            return Memory(0, 0)

    @contextmanager
    def active(self) -> Iterator[None]:
        try:
            with self.xp.cuda.Device(self.ordinal), self.stream:
                yield
        except self.failures as error:
            raise self.failure(error) from error

    def failure(self, error: BaseException) -> DeviceFailedError:
        """The error to raise for one of `failures`."""
        if is_out_of_memory(self.xp, error):
            return DeviceFullError(self.why_full(error, "ask less of it"))
        lost = not self.memory().total  # it then answers no call with anything but its error
        what = ", and is lost to this process" if lost else ""
        return DeviceFailedError(f"{self.name} failed{what}: {first_line(error)}")

    def why_full(self, error: BaseException, otherwise: str) -> str:
        """What is told of a device that ran out of memory; others are named if they have some."""
        free, total = self.memory()
        here = f", {size(free)} of {size(total)} free" if total else ""
        what = f"{first_line(error).rstrip('.')}{here}"
        ours = self.xp.get_default_memory_pool().used_bytes() + MOST_BESIDES
        alone = total and total - free <= ours
        remedy = otherwise if alone else f"{MAKE_ROOM}, or {otherwise}"
        return f"{self.name} has too little memory free ({what}); {remedy}"

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
            kernel((networks,), (plan.threads,), arguments, shared_mem=plan.shared_bytes)

        return launch


class OwnStream:
    """A CUDA stream of the current device, destroyed with this object.

    In place of CuPy's own, which prints a traceback where it cannot be made or destroyed. The
    legacy default stream cannot be captured; this one waits for it, and it for this one, so that
    what a caller does with our arrays is in order.
    """

    def __init__(self, cupy: ModuleType) -> None:
        runtime = cupy.cuda.runtime
        self.pointer = runtime.streamCreateWithFlags(runtime.streamDefault)
        finalize(self, free, runtime.streamDestroy, self.pointer).atexit = False

    def __cuda_stream__(self) -> tuple[int, int]:
        """The version of this protocol, and the address."""
        return 0, self.pointer
