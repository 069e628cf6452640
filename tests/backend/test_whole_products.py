"""Products of whole numbers in float32: the same bytes on every device, and by the CUDA kernel."""

import ctypes
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cuda_primitives import kernel_source
from gpunet.backend.device import Device
from tests.backend.test_resampling import BEFORE
from tests.backends import assert_close
from tests.pretended_gpu import compile_for_host

Array = np.ndarray[Any, Any]

AFTER = """
extern "C" void launch(int blocks, int threads, const float* a, const float* b, float* out,
                       int count, int rows, int inner, int columns) {
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)
            multiply_whole(a, b, out, count, rows, inner, columns);
}
"""
# Rows, inner, columns, and what comes ahead of the last two axes.
SHAPES = [(1, 1, 1, ()), (50, 7, 5, ()), (9, 9, 6, (3, 2)), (1, 300, 70, (4,))]


def draw(shape: tuple[Any, ...]) -> tuple[Array, Array]:
    """Whole numbers of up to 12 bits each, whose sums of products have at most 24."""
    rows, inner, columns, ahead = shape
    stream, most = np.random.default_rng(0), min(4095, (1 << 24) // inner // 4096)
    a = stream.integers(-4095, 4096, (rows, inner))
    return a, stream.integers(-most, most + 1, (*ahead, inner, columns))


@pytest.mark.parametrize("shape", SHAPES)
def test_products_of_whole_numbers_are_exact(device: Device, shape: tuple[Any, ...]) -> None:
    a, b = draw(shape)
    with device.active():
        on_device = [device.put(each, np.float32) for each in (a, b, np.full((a @ b).shape, 7))]
        device.primitives.multiply_whole(*on_device)()
    assert_close(device, on_device[2], a @ b, 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_kernel_gives_exact_products(shape: tuple[Any, ...]) -> None:
    a, b = draw(shape)
    arrays = [array.astype(np.float32) for array in (a, b, np.full((a @ b).shape, 7))]
    launch = compile_for_host(BEFORE + kernel_source("deform", "float32") + AFTER).launch
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
    threads, count = 64, int(np.prod(shape[3], dtype=int))
    launch(-(-arrays[2].size // threads), threads, *pointers, count, *shape[:3])
    np.testing.assert_array_equal(arrays[2], a @ b)
