"""The CPU: NumPy, with BLAS called directly and nothing allocated in a step."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.linalg.blas import dgemm, dgemv, sgemm, sgemv
from threadpoolctl import ThreadpoolController

from gpunet.backend.cpu_pooling import bind_pooling
from gpunet.backend.cpu_resampling import bind_resampling
from gpunet.backend.device import Device, Memory
from gpunet.backend.layout import column_major, fortran
from gpunet.backend.plain import Array, Gather, Operation, Pooling, Primitives
from gpunet.backend.plain_resampling import Resample

GEMM = {"float32": sgemm, "float64": dgemm}
GEMV = {"float32": sgemv, "float64": dgemv}

# Below this many multiply-adds in its largest product a step runs on one thread: handing a small
# product to a second thread costs more than it saves, and under contention it stalls for
# milliseconds. Shortly below the limit two threads would gain a fifth, where two networks side by
# side gain twice as much time. The rule looks at sizes only, so that a run repeats exactly.
ONE_THREAD_BELOW = 15_000_000
# From here on a softmax copies its rows to find their largest numbers.
MANY_ROWS = 32


class CpuPrimitives(Primitives):
    """BLAS writes straight into its place; rows are gathered into kept buffers."""

    def gemm(self, alpha: float, a: Array, b: Array, beta: float, out: Array) -> Operation:
        # SciPy silently works on a copy, and the result is lost, unless all is as it should be.
        a, b, out = column_major(a, b, out)
        (a, a_transposed), (b, b_transposed) = fortran(a), fortran(b)
        # Positional arguments: keywords cost SciPy's wrapper more than a small product takes.
        return partial(
            GEMM[out.dtype.name], alpha, a, b, beta, out, a_transposed, b_transposed, True
        )

    def constant(self, value: float, dtype: Any) -> Any:
        return np.array(value, dtype)  # a Python number would be converted at every call

    def sum_rows(self, alpha: float, a: Array, beta: float, out: Array) -> Operation:
        ones = np.ones((1, len(a)), dtype=out.dtype)
        if not a.flags.c_contiguous:
            return self.gemm(alpha, ones, a, beta, out.reshape(1, -1))
        # For rows that lie one behind the other the product with a vector is the faster.
        assert out.flags.c_contiguous
        assert a.dtype == out.dtype
        return partial(
            GEMV[out.dtype.name], alpha, a.T, ones[0], beta, out, 0, 1, 0, 1, False, True
        )

    def spread(self, scale: float, vector: Array, out: Array) -> Operation:
        # A product with a column of ones, since broadcasting costs NumPy more than the arithmetic.
        ones = np.ones((len(out), 1), dtype=out.dtype)
        return self.gemm(scale, ones, vector.reshape(1, -1), 0.0, out)

    def softmax(self, a: Array) -> Sequence[Operation]:
        # Rows of a few classes: NumPy finds the largest of many such rows faster down the columns
        # of a copy, and BLAS sums them faster than NumPy.
        (m, n), of_row = a.shape, np.empty((len(a), 1), dtype=a.dtype)
        ones = np.ones((n, 1), dtype=a.dtype)
        largest: tuple[Operation, ...] = (partial(np.maximum.reduce, a, 1, None, of_row, True),)
        if m >= MANY_ROWS and a.flags.c_contiguous:
            across = np.empty((n, m), dtype=a.dtype)
            copy = partial(np.copyto, across, a.T)
            largest = (copy, partial(np.maximum.reduce, across, 0, None, of_row[:, 0]))
        return (
            *largest,
            partial(np.subtract, a, of_row, a),
            partial(np.exp, a, a),
            self.gemm(1.0, a, ones, 0.0, of_row),
            partial(np.divide, a, of_row, a),
        )

    def gather_patches(self, images: Array, out: Array) -> Operation:
        channel, row, column, sample = images.strides
        strides = (channel, row, column, row, column, sample)
        return partial(np.copyto, out, as_strided(images, out.shape, strides, writeable=False))

    def scatter_patches(self, patches: Array, out: Array) -> Sequence[Operation]:
        # First all that a row of kernels shifts up or down, over long runs; then sideways: h + w
        # sums instead of h · w.
        channels, h, w, rows, columns, m = patches.shape
        height = out.shape[1]
        by_row = patches.reshape(channels, h, w, rows * columns * m)
        upright = np.empty((channels, w, height, columns * m), dtype=out.dtype)
        lines, wide = upright.reshape(channels, w, -1), out.reshape(channels, height, -1)
        operations: list[Operation] = [partial(upright.fill, 0), partial(out.fill, 0)]
        for i in range(h):
            part = lines[:, :, i * columns * m : (i + rows) * columns * m]
            operations.append(partial(np.add, part, by_row[:, i], part))
        for j in range(w):
            part = wide[:, :, j * m : (j + columns) * m]
            operations.append(partial(np.add, part, upright[:, j], part))
        return operations

    def max_pooling(
        self, maps: Array, pooled: Array, window: tuple[int, int], share_ties: bool
    ) -> Pooling:
        return bind_pooling(maps, pooled, window, share_ties)

    def gather_rows(self, table: Array, scale: float, out: Array) -> Gather:
        scratch = np.empty_like(out, dtype=table.dtype)
        factor = out.dtype.type(scale)

        def gather(index: Array) -> None:
            rows = len(index)
            # Without mode="clip" NumPy gathers into a buffer of its own and copies.
            np.take(table, index, 0, scratch[:rows], "clip")
            np.multiply(scratch[:rows], factor, out[:rows])

        return gather

    def gather_one_hot(self, labels: Array, out: Array) -> Gather:
        units = np.eye(out.shape[1], dtype=out.dtype)
        scratch = np.empty(len(out), dtype=labels.dtype)

        def gather(index: Array) -> None:
            rows = len(index)
            np.take(labels, index, 0, scratch[:rows], "clip")
            np.take(units, scratch[:rows], 0, out[:rows], "clip")

        return gather

    def resample(
        self, images: Array, shape: tuple[int, int], maps: Array, field: Array, out: Array
    ) -> Resample:
        return bind_resampling(images, shape, maps, field, out)


def read_meminfo() -> dict[str, int]:
    """Linux's account of the memory, in bytes; elsewhere nothing."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines)
    return {field[0].rstrip(":"): 1024 * int(field[1]) for field in fields}


@cache
def threadpools() -> ThreadpoolController:
    return ThreadpoolController()


class Limits(local):
    """Of each thread of Python's: the limits of BLAS's threads in the contexts that it is in."""

    def __init__(self) -> None:
        self.now: list[int | None] = []


LIMITS = Limits()


class CpuDevice(Device):
    """The machine's processor, through NumPy.

    Args:
        threads: of BLAS; by default one or all, by the size of the products.
    """

    chunk_bytes = 512 << 10  # a core's own cache
    is_cpu = True

    def __init__(self, threads: int | None = None) -> None:
        super().__init__("cpu", np, CpuPrimitives(np))
        self.threads = threads

    def put(self, array: Any, dtype: Any = None) -> np.ndarray[Any, Any]:
        if not isinstance(array, np.ndarray) and hasattr(array, "__dlpack__"):
            # CuPy refuses to cross to the host unless asked by its own name for it.
            array = array.get() if hasattr(array, "get") else np.from_dlpack(array)
        return np.asarray(array, dtype=dtype)

    def host(self, array: Any) -> np.ndarray[Any, Any]:
        return np.asarray(array)

    def synchronize(self) -> None:
        """Nothing to wait for: every operation has finished when it returns."""

    def memory(self) -> Memory:
        info = read_meminfo()
        return Memory(free=info.get("MemAvailable", 0), total=info.get("MemTotal", 0))

    @contextmanager
    def computing(self, macs: int) -> Iterator[None]:
        threads = 1 if on_one_thread(macs, self.threads) else self.threads
        limits = LIMITS.now
        # Overflow is looked for where it matters, once an epoch, not warned of at every product.
        with np.errstate(over="ignore", invalid="ignore"):
            if limits and limits[-1] == threads:  # to set it again takes longer than many a step
                yield
                return
            limits.append(threads)
            try:
                with threadpools().limit(limits=threads, user_api="blas"):
                    yield
            finally:
                limits.pop()


def on_one_thread(macs: int, threads: int | None) -> bool:
    """Whether products of so many multiply-adds are for one thread: as asked, or by their size."""
    return threads == 1 or (threads is None and macs < ONE_THREAD_BELOW)


def cores() -> int:
    """The number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blas_threads() -> int:
    """How many threads BLAS would use if it were let."""
    return max(
        (pool["num_threads"] for pool in threadpools().select(user_api="blas").info()), default=1
    )
