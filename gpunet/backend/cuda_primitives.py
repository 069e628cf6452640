"""The primitives on a GPU: cuBLAS, CuPy's array functions, and the kernels of this package."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gpunet.backend.cublas import CuBlas
from gpunet.backend.fused import C_TYPES
from gpunet.backend.fused_division import WARP
from gpunet.backend.plain import Array, Gather, Operation, Pooling, Primitives
from gpunet.backend.plain_resampling import Resample

KERNELS = Path(__file__).parent / "kernels"
# constexpr functions of the kernels run on the device without being marked for it.
OPTIONS = ("-std=c++17", "-default-device")
# Threads a block of the kernels that have a thread for every pixel, or number of a patch.
PIXEL_THREADS = 256
# Below this many places each can be counted in 32 bits, and so can the threads of whole blocks.
INT_PLACES = 2**31 - PIXEL_THREADS


class CudaPrimitives(Primitives):
    """cuBLAS writes straight into its place; rows are gathered into kept buffers.

    Args:
        cupy: the module.
        blas: cuBLAS bound directly, or None for CuPy's own, which cannot be captured.
    """

    def __init__(self, cupy: ModuleType, blas: CuBlas | None) -> None:
        super().__init__(cupy)
        import cupy.cublas as cupy_cublas

        self.blas = blas
        self.cupy_gemm = cupy_cublas.gemm

    def gemm(self, alpha: float, a: Array, b: Array, beta: float, out: Array) -> Operation:
        if self.blas:
            return self.blas.gemm(alpha, a, b, beta, out)
        return partial(self.cupy_gemm, "N", "N", a, b, out, alpha, beta)

    def sum_rows(self, alpha: float, a: Array, beta: float, out: Array) -> Operation:
        ones = self.xp.ones((1, len(a)), dtype=out.dtype)
        return self.gemm(alpha, ones, a, beta, out.reshape(1, -1))

    def gather_rows(self, table: Array, scale: float, out: Array) -> Gather:
        scratch = self.xp.empty(out.shape, dtype=table.dtype)
        factor = out.dtype.type(scale)

        def gather(index: Array) -> None:
            rows = len(index)
            self.xp.take(table, index, axis=0, out=scratch[:rows])
            self.xp.multiply(scratch[:rows], factor, out[:rows])

        return gather

    def gather_one_hot(self, labels: Array, out: Array) -> Gather:
        units = self.xp.eye(out.shape[1], dtype=out.dtype)
        scratch = self.xp.empty(len(out), dtype=labels.dtype)

        def gather(index: Array) -> None:
            rows = len(index)
            self.xp.take(labels, index, axis=0, out=scratch[:rows])
            self.xp.take(units, scratch[:rows], axis=0, out=out[:rows])

        return gather

    def compile(self, name: str, dtype: Any, places: int = 0) -> Any:
        """The kernels of a source file, for numbers of that type; compiled lazily, and cached.

        Those that count places do it in as many bits as that many places need.
        """
        text = kernel_source(name, dtype.name, "int" if places < INT_PLACES else "long long")
        return self.xp.RawModule(code=text, options=OPTIONS)

    def softmax(self, a: Array) -> Sequence[Operation]:
        kernel = self.compile("softmax", a.dtype).get_function("softmax")
        return (partial(kernel, (len(a),), (WARP,), (a, *shape_of(a))),)

    def softmax_chain(self, a: Array, gradient: Array) -> Sequence[Operation]:
        assert gradient.strides == a.strides
        kernel = self.compile("softmax", a.dtype).get_function("softmax_chain")
        return (partial(kernel, (len(a),), (WARP,), (a, gradient, *shape_of(a))),)

    def gather_patches(self, images: Array, out: Array) -> Operation:
        return self.move_patches("gather_patches", images, out, out.size)

    def scatter_patches(self, patches: Array, out: Array) -> Sequence[Operation]:
        return (self.move_patches("scatter_patches", out, patches, out.size),)

    def move_patches(self, name: str, images: Array, patches: Array, threads: int) -> Operation:
        """A kernel of patches.cu, with that many threads in all."""
        assert images.flags.c_contiguous
        assert patches.flags.c_contiguous
        sizes = [np.int32(n) for n in (*images.shape, *patches.shape[1:3])]
        kernel = self.compile("patches", images.dtype, patches.size).get_function(name)
        return launch(kernel, threads, images, patches, *sizes)

    def max_pooling(
        self, maps: Array, pooled: Array, window: tuple[int, int], share_ties: bool
    ) -> Pooling:
        module = self.compile("pooling", maps.dtype, maps.size)
        (channels, height, width, m), (h, w) = maps.shape, window
        sizes = [np.int32(n) for n in (channels, height, width, m, h, w)]
        pool, unpool = (module.get_function(name) for name in ("pool", "unpool"))
        assert maps.flags.c_contiguous
        assert pooled.flags.c_contiguous

        def backward(gradient: Array) -> Sequence[Operation]:
            assert gradient.flags.c_contiguous
            rectangles = channels * -(-height // h) * -(-width // w) * m  # those cut off, too
            return (launch(unpool, rectangles, maps, gradient, *sizes, np.int32(share_ties)),)

        return Pooling((launch(pool, pooled.size, maps, pooled, *sizes),), backward)

    def gather_next(
        self,
        images: Array,
        labels: Array,
        order: Array,
        counter: Array,
        scale: float,
        x: Array,
        y: Array,
    ) -> Sequence[Operation]:
        module = self.compile("gather", x.dtype)
        (batch, features), classes = x.shape, y.shape[1]
        sizes = [np.int32(n) for n in (batch, features, classes)]
        arrays = (images, labels, order, counter, x, y)
        arguments = (*arrays, x.dtype.type(scale), *sizes)
        threads = (min(256, -(-features // 32) * 32),)
        return (
            partial(module.get_function("gather_next"), (batch,), threads, arguments),
            partial(module.get_function("advance"), (1,), (1,), (counter,)),
        )

    def multiply_whole(self, a: Array, b: Array, out: Array) -> Operation:
        # Not by cuBLAS, which may be told from outside to round the factors.
        assert all(array.flags.c_contiguous and array.dtype == np.float32 for array in (a, b, out))
        (rows, inner), columns = a.shape, b.shape[-1]
        sizes = [np.int32(n) for n in (out.size // (rows * columns), rows, inner, columns)]
        kernel = self.compile("deform", np.dtype(np.float32)).get_function("multiply_whole")
        blocks = -(-out.size // PIXEL_THREADS)
        return partial(kernel, (blocks,), (PIXEL_THREADS,), (a, b, out, *sizes))

    def resample(
        self, images: Array, shape: tuple[int, int], maps: Array, field: Array, out: Array
    ) -> Resample:
        kernel = self.compile("deform", np.dtype(np.float32)).get_function("resample")
        arrays, sizes = (images, maps, field, out), [np.int32(size) for size in shape]
        assert all(array.flags.c_contiguous for array in arrays)

        def operation(first: int, count: int) -> None:
            counts = np.int32(first), np.int32(count)
            launch(kernel, count * images.shape[1], *arrays, *counts, *sizes)()

        return operation


def kernel_source(name: str, dtype: str, index: str = "int") -> str:
    """The text of kernels/NAME.cu for numbers of that type, places being counted in that of C."""
    types = f"typedef {C_TYPES[dtype]} Real;\ntypedef {index} Index;\n"
    return types + (KERNELS / f"{name}.cu").read_text()


def launch(kernel: Any, threads: int, *arguments: Any) -> Operation:
    """A kernel with at least that many threads, in blocks of PIXEL_THREADS."""
    return partial(kernel, (-(-threads // PIXEL_THREADS),), (PIXEL_THREADS,), arguments)


def shape_of(a: Array) -> tuple[np.int32, ...]:
    """A matrix's layout as the kernels take it: columns, and the strides down and across."""
    down, across = (stride // a.itemsize for stride in a.strides)
    return np.int32(a.shape[1]), np.int32(down), np.int32(across)
