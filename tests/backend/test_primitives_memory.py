"""What a primitive was bound to is all it needs: run again, none takes memory of the device."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest

from gpunet.backend.counter import draw_bits
from gpunet.backend.cuda_primitives import CudaPrimitives
from gpunet.backend.device import Device
from gpunet.backend.plain import Operation, Primitives
from gpunet.nn.step import run
from tests.backends import open_backend, refusing_allocations

# Arrays of a shape and a type on the device.
Make = Callable[..., Any]
Bound = Callable[[Primitives, Make], Sequence[Operation]]


def pool(p: Primitives, make: Make, window: tuple[int, int], share: bool) -> Sequence[Operation]:
    pooled = (2, 7 // window[0], 7 // window[1], 3)
    pooling = p.max_pooling(make(2, 7, 7, 3), make(*pooled), window, share)
    return [*pooling.forward, *pooling.backward(make(*pooled))]


def resample(p: Primitives, make: Make) -> Sequence[Operation]:
    maps, field = make(6, 6, dtype=np.int32), make(3, 2, 4, 5, dtype=np.int32)
    images, out = (make(6, 20, dtype=np.uint8) for _ in range(2))
    return [partial(p.resample(images, (4, 5), maps, field, out), 3, 3)]


def multiply_whole(p: Primitives, make: Make) -> Sequence[Operation]:
    of_many = [make(3, 2, 4, 5, dtype=np.float32) for _ in range(2)]
    of_one = [make(6, 5, dtype=np.float32) for _ in range(2)]
    left, right = make(4, 4, dtype=np.float32), make(5, 5, dtype=np.float32)
    return [p.multiply_whole(left, *of_many), p.multiply_whole(of_one[0], right, of_one[1])]


def gather_next(p: Primitives, make: Make) -> Sequence[Operation]:
    labels, order = (make(9, dtype=np.int32) for _ in range(2))
    images, counter = make(9, 4, dtype=np.uint8), make(dtype=np.int32)
    return p.gather_next(images, labels, order, counter, 0.5, make(2, 4), make(2, 3))


BOUND: dict[str, Bound] = {
    "gemm": lambda p, make: [p.gemm(0.5, make(4, 3), make(3, 5), 0.0, make(4, 5))],
    "gemm, added": lambda p, make: [p.gemm(0.5, make(4, 3), make(3, 5), 1.0, make(4, 5))],
    "gemm, transposed": lambda p, make: [
        p.gemm(1.0, make(3, 4).T, make(5, 3).T, 0.5, make(5, 4).T)
    ],
    "sum_rows": lambda p, make: [p.sum_rows(0.5, make(4, 3), 1.0, make(3))],
    "sum_rows, by columns": lambda p, make: [p.sum_rows(0.5, make(3, 4).T, 0.5, make(3))],
    "spread": lambda p, make: [p.spread(0.5, make(3), make(4, 3))],
    "softmax": lambda p, make: p.softmax(make(4, 3)),
    "softmax_chain": lambda p, make: p.softmax_chain(make(4, 3), make(4, 3)),
    "gather_patches": lambda p, make: [p.gather_patches(make(2, 4, 5, 3), make(2, 2, 3, 3, 3, 3))],
    "scatter_patches": lambda p, make: p.scatter_patches(make(2, 2, 3, 3, 3, 3), make(2, 4, 5, 3)),
    "max_pooling": lambda p, make: pool(p, make, (2, 3), False),
    "max_pooling of rows": lambda p, make: pool(p, make, (2, 1), False),
    "max_pooling, ties shared": lambda p, make: pool(p, make, (3, 2), True),
    "gather_rows": lambda p, make: [
        partial(p.gather_rows(make(9, 4, dtype=np.uint8), 0.5, make(5, 4)), make(3, dtype=np.int64))
    ],
    "gather_one_hot": lambda p, make: [
        partial(p.gather_one_hot(make(9, dtype=np.int64), make(5, 3)), make(3, dtype=np.int64))
    ],
    "gather_one_hot of bytes": lambda p, make: [
        partial(p.gather_one_hot(make(9, dtype=np.uint8), make(5, 3)), make(3, dtype=np.int32))
    ],
    "multiply_whole": multiply_whole,
    "gather_next": gather_next,
    "resample": resample,
    "draw_bits": lambda p, make: draw_bits(
        p, 7, make(1, dtype=np.uint64), make(5, dtype=np.uint64)
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BOUND)
def test_what_is_bound_takes_no_memory(device: Device, name: str, dtype: str) -> None:
    def make(*shape: int, dtype: Any = dtype) -> Any:
        return device.put(np.zeros(shape, dtype))

    with device.active():
        operations = BOUND[name](device.primitives, make)
        run(operations)  # compiled
        with refusing_allocations(device):
            run(operations)


def test_every_primitive_is_held_to_it() -> None:
    primitives = {name for name in vars(Primitives) if not name.startswith("_")} - {"constant"}
    assert primitives <= {name.partition(",")[0] for name in BOUND}


@pytest.mark.cuda
@pytest.mark.parametrize("name", [name for name in BOUND if name[:4] in ("gemm", "sum_")])
def test_nor_do_products_where_nvmath_python_is_missing(name: str) -> None:
    device = open_backend("cuda")
    device.primitives = CudaPrimitives(device.xp, None)
    with device.active():
        operations = BOUND[name](
            device.primitives, lambda *shape: device.xp.ones(shape, np.float32)
        )
        run(operations)
        with refusing_allocations(device):
            run(operations)
