"""How fast a GPU multiplies matrices at all: a large square product, at each precision.

What a training reaches is told as a fraction of it. Where both PyTorch and nvmath-python are
installed, the faster of the two counts.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.core.names import PRECISIONS

SIZE = 8192
# Long enough for the clock to settle where the power limit holds it.
SECONDS = 0.5
REPEATS = 3
CUDA_R_32F, CUDA_R_16BF = 0, 14
DEFAULT_ALGORITHM = -1

Product = Callable[[], object]


def matrix_rates(device: Device, size: int = SIZE) -> dict[str, float]:
    """Floating-point operations a second, a multiply-add being two, by precision."""
    rates: dict[str, float] = {}
    for precision in PRECISIONS:
        for bind in (bind_torch, bind_cublas):
            try:
                product, synchronize = bind(device, precision, size)
                seconds = seconds_of(product, synchronize)
            except Exception as error:  # whichever of the two is missing or refuses
                print(f"no {precision} product through {bind.__name__[5:]}: {error}")
                continue
            rates[precision] = max(rates.get(precision, 0.0), 2 * size**3 / seconds)
    return rates


def seconds_of(product: Product, synchronize: Product, seconds: float = SECONDS) -> float:
    """The least mean time of one product over several runs of that many seconds."""
    product()
    synchronize()
    began = time.perf_counter()
    product()
    synchronize()
    count = max(1, int(seconds / (time.perf_counter() - began)))
    means = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        for _ in range(count):
            product()
        synchronize()
        means.append((time.perf_counter() - began) / count)
    return min(means)


def bind_torch(device: Device, precision: str, size: int) -> tuple[Product, Product]:
    """The product through PyTorch, and what waits for it."""
    import torch

    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    a, b = (torch.randn(size, size, device=device.name, dtype=dtype) for _ in range(2))
    out = torch.empty(size, size, device=device.name, dtype=dtype)
    return lambda: torch.mm(a, b, out=out), lambda: torch.cuda.synchronize(device.name)


def bind_cublas(device: Device, precision: str, size: int) -> tuple[Product, Product]:
    """The product through nvmath-python, and what waits for it.

    bfloat16 means operands stored so: what the hardware can do when nothing is converted.
    """
    from nvmath.bindings import cublas

    xp: Any = device.xp
    numbers = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    with device.active():
        handle = cublas.create()
        cublas.set_stream(handle, xp.cuda.get_current_stream().ptr)
        a, out = xp.asarray(numbers), xp.empty((size, size), dtype=np.float32)
        kind, compute = CUDA_R_32F, int(cublas.ComputeType.COMPUTE_32F)
        if precision == "bfloat16":
            # The upper half of a float32 is a bfloat16.
            a, kind = (a.view(np.uint32) >> 16).astype(np.uint16), CUDA_R_16BF
        elif precision == "tf32":
            compute = int(cublas.ComputeType.COMPUTE_32F_FAST_TF32)
    scalars = np.array([1, 0], dtype=np.float32)
    at = scalars.ctypes.data

    def product() -> object:
        # `a` and `scalars` are named so that they live as long as their addresses are used.
        return cublas.gemm_ex(
            handle, 0, 1, size, size, size, at, a.data.ptr, kind, size, a.data.ptr, kind, size,
            at + scalars.itemsize, out.data.ptr, CUDA_R_32F, size, compute, DEFAULT_ALGORITHM,
        )  # fmt: skip

    return product, device.synchronize
