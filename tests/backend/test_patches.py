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

# Channels, height, width, samples, and the height and width of a kernel.
SHAPES = [
    (1, 5, 5, 1, 2, 2),
    (3, 6, 4, 7, 3, 3),
    (2, 4, 6, 3, 1, 1),
    (2, 4, 4, 5, 4, 4),
    (3, 6, 4, 5, 4, 2),
    (2, 5, 7, 3, 1, 6),
]
# What makes a plain C++ compiler take the kernels, and run their threads one after the other.
BEFORE = """
#define __global__
static struct { int x; } blockIdx, blockDim, threadIdx;
"""
AFTER = """
extern "C" void launch(bool gather, int blocks, int threads, Real* images, Real* patches,
                       int channels, int height, int width, int m, int h, int w) {
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)
            gather ? gather_patches(images, patches, channels, height, width, m, h, w)
                   : scatter_patches(images, patches, channels, height, width, m, h, w);
}
"""


def draw(shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Images (c, height, width, m), and to be scattered: patches (c, h, w, rows, columns, m)."""
    channels, height, width, samples, h, w = shape
    stream = np.random.default_rng(sum(shape))
    patches = (channels, h, w, height - h + 1, width - w + 1, samples)
    return stream.standard_normal(shape[:-2]), stream.standard_normal(patches)


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


@pytest.mark.parametrize("index", ["int", "long long"])
@pytest.mark.parametrize("dtype", C_REALS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_cuda_kernels_do_the_same(shape: tuple[int, ...], dtype: str, index: str) -> None:
    images, patches = (array.astype(dtype) for array in draw(shape))
    launch = compile_for_host(BEFORE + kernel_source("patches", dtype, index) + AFTER).launch
    for gather, out in ((True, np.zeros_like(patches)), (False, np.zeros_like(images))):
        arrays = (images, out) if gather else (out, patches)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
        # More threads than there are numbers: the grid is a whole number of blocks.
        launch(gather, -(-out.size // 32), 32, *pointers, *shape)
        expected = gathered(images, patches) if gather else scattered(images, patches)
        np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
