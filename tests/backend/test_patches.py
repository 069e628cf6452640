"""Patches of images and the way back, on every backend, and as the CUDA kernels do it."""

import ctypes
from itertools import product
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cuda_primitives import kernel_source
from gpunet.backend.device import Device
from gpunet.nn.step import run
from tests.backends import assert_close
from tests.pretended_gpu import C_REALS, compile_for_host

# Channels, height, width, samples, and the side of a kernel.
SHAPES = [(1, 5, 5, 1, 2), (3, 6, 4, 7, 3), (2, 4, 6, 3, 1), (2, 4, 4, 5, 4)]
# What a C++ compiler lacks of CUDA; `launch` is a grid of one block of so many threads.
HOST = """
#define __global__
struct Index { long long x; };
static Index blockIdx = {0}, blockDim = {1}, threadIdx = {0};
"""
LAUNCH = """
extern "C" void train(bool gather, Real* images, Real* patches, int c, int h, int w, int m, int k,
                      int threads) {
    for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)
        gather ? gather_patches(images, patches, c, h, w, m, k)
               : scatter_patches(images, patches, c, h, w, m, k);
}
"""


def draw(shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Images (c, h, w, m), and what is to be scattered: patches (c, k, k, rows, columns, m)."""
    channels, height, width, samples, k = shape
    stream = np.random.default_rng(sum(shape))
    patches = (channels, k, k, height - k + 1, width - k + 1, samples)
    return stream.standard_normal(shape[:-1]), stream.standard_normal(patches)


def gathered(images: Any, patches: Any) -> Any:
    """Every patch, number by number."""
    result = np.empty_like(patches)
    for c, i, j, y, x in product(*map(range, patches.shape[:-1])):
        result[c, i, j, y, x] = images[c, y + i, x + j]
    return result


def scattered(images: Any, patches: Any) -> Any:
    """Every number of every patch added where it came from."""
    result = np.zeros_like(images)
    for c, i, j, y, x in product(*map(range, patches.shape[:-1])):
        result[c, y + i, x + j] += patches[c, i, j, y, x]
    return result


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_patches_are_gathered(device: Device, shape: tuple[int, ...], dtype: str) -> None:
    images, patches = (array.astype(dtype) for array in draw(shape))
    out = device.put(np.full_like(patches, np.nan))
    with device.active():
        device.primitives.gather_patches(device.put(images), out)()
    assert_close(device, out, gathered(images, patches), 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_patches_are_scattered(device: Device, shape: tuple[int, ...], dtype: str) -> None:
    images, patches = (array.astype(dtype) for array in draw(shape))
    out = device.put(np.full_like(images, np.nan))
    with device.active():
        operations = device.primitives.scatter_patches(device.put(patches), out)
        run(operations)
        run(operations)  # nothing of the first time is left
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    assert_close(device, out, scattered(images, patches), tolerance, tolerance)


@pytest.mark.parametrize("dtype", C_REALS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_cuda_kernels_do_the_same(shape: tuple[int, ...], dtype: str) -> None:
    images, patches = (array.astype(dtype) for array in draw(shape))
    kernels = compile_for_host(HOST + kernel_source("patches", dtype) + LAUNCH, False)
    for gather, out in ((True, np.zeros_like(patches)), (False, np.zeros_like(images))):
        arrays = (images, out) if gather else (out, patches)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
        # More threads than there are numbers: the grid is a whole number of blocks.
        kernels(gather, *pointers, *shape[:-1], shape[-1], out.size + 100)
        expected = gathered(images, patches) if gather else scattered(images, patches)
        np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
