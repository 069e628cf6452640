"""Max-pooling and the way back, on every backend, and as the CUDA kernels do it."""

import ctypes
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cuda_primitives import kernel_source
from gpunet.backend.device import Device
from gpunet.nn.step import run
from tests.backends import assert_close, to_host
from tests.pretended_gpu import C_REALS, compile_for_host

WINDOWS = [(2, 2), (3, 2), (1, 3), (2, 1), (3, 3)]
# Channels, height, width, samples: with rows and columns left over, and with none.
SHAPES = [(2, 7, 7, 3), (1, 6, 6, 1), (3, 5, 8, 4)]
# What makes a plain C++ compiler take the kernels, and run their threads one after the other.
BEFORE = """
#define __global__
#define __device__
#define __forceinline__ inline
static struct { int x; } blockIdx, blockDim, threadIdx;
"""
AFTER = """
extern "C" void launch(bool back, int blocks, int threads, Real* maps, Real* pooled, int channels,
                       int height, int width, int m, int h, int w, int share_ties) {
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)
            back ? unpool(maps, pooled, channels, height, width, m, h, w, share_ties)
                 : pool(maps, pooled, channels, height, width, m, h, w);
}
"""


def draw(shape: tuple[int, ...], window: tuple[int, int]) -> tuple[Any, Any]:
    """Maps of numbers from 0 to 2, so that most rectangles have several maxima; and gradients."""
    (channels, height, width, m), (h, w) = shape, window
    stream = np.random.default_rng(sum(shape))
    maps = stream.integers(0, 3, size=shape).astype(float)
    return maps, stream.standard_normal((channels, height // h, width // w, m))


def by_hand(maps: Any, gradient: Any, window: tuple[int, int], share_ties: bool) -> tuple[Any, Any]:
    """The largest of every rectangle, and ∂C/∂maps, rectangle by rectangle."""
    (h, w), expected, largest = window, np.zeros_like(maps), np.empty_like(gradient)
    for c, y, x, m in np.ndindex(gradient.shape):
        rectangle = maps[c, y * h : (y + 1) * h, x * w : (x + 1) * w, m]
        place = expected[c, y * h : (y + 1) * h, x * w : (x + 1) * w, m]
        largest[c, y, x, m] = most = rectangle.max()
        if share_ties:
            place[rectangle == most] = gradient[c, y, x, m]
        elif not np.isnan(most):  # the leftmost, and there the topmost
            column, row = np.argwhere(np.equal(rectangle.T, most))[0]
            place[row, column] = gradient[c, y, x, m]
    return largest, expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("share_ties", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("shape", SHAPES)
def test_pooling(
    device: Device, shape: tuple[int, ...], window: tuple[int, int], share_ties: bool, dtype: str
) -> None:
    maps, gradient = (array.astype(dtype) for array in draw(shape, window))
    largest, expected = by_hand(maps, gradient, window, share_ties)
    on_device, pooled = device.put(maps.copy()), device.put(np.full_like(gradient, np.nan))
    with device.active():
        pooling = device.primitives.max_pooling(on_device, pooled, window, share_ties)
        backward = pooling.backward(device.put(gradient))
        for _ in range(2):  # nothing of the first time is left
            on_device[...] = device.put(maps)
            run(pooling.forward)
            assert_close(device, pooled, largest, 0)
            pooled[...] = pooled * 0.5  # as an activation would change it
            run(backward)
            assert_close(device, on_device, expected, 0)


@pytest.mark.parametrize("side", [2, 3])
def test_of_equal_maxima_the_leftmost_and_topmost_takes_the_gradient(
    device: Device, side: int
) -> None:
    maps = np.zeros((2, 2 * side, side, 3))  # a blank image: all tie
    maps[1, 1, 1] = maps[1, side - 1, 0] = 5.0  # with side 2 in one row, with side 3 in two
    gradient = np.arange(1.0, 13).reshape(2, 2, 1, 3)
    expected = np.zeros_like(maps)
    expected[0, 0, 0], expected[0, side, 0] = gradient[0, 0, 0], gradient[0, 1, 0]
    first = (1, 0) if side == 2 else (2, 0)
    expected[1, *first], expected[1, side, 0] = gradient[1, 0, 0], gradient[1, 1, 0]
    on_device, pooled = device.put(maps), device.put(np.zeros_like(gradient))
    with device.active():
        pooling = device.primitives.max_pooling(on_device, pooled, (side, side), False)
        run([*pooling.forward, *pooling.backward(device.put(gradient))])
    assert_close(device, on_device, expected, 0)


def with_nans(window: tuple[int, int]) -> tuple[Any, Any, Any]:
    """Maps and gradients as `draw`, some maps being NaN; and which of the maps are beside one."""
    (h, w), (maps, gradient) = window, draw(SHAPES[0], window)
    maps[0, 1, 1], maps[1, 0, 2, 0], maps[1, 2, 0, 1] = np.nan, np.nan, np.nan
    beside = np.zeros(maps.shape, dtype=bool)
    for c, y, x, m in np.argwhere(np.isnan(maps)):
        top, left = y // h * h, x // w * w
        beside[c, top : top + h, left : left + w, m] = True
    return maps, gradient, beside


@pytest.mark.parametrize("share_ties", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_nan_is_the_largest_and_disturbs_no_other_rectangle(
    device: Device, window: tuple[int, int], share_ties: bool
) -> None:
    maps, gradient, beside = with_nans(window)
    largest, expected = by_hand(maps, gradient, window, share_ties)
    on_device, pooled = device.put(maps), device.put(np.zeros_like(gradient))
    with device.active():
        pooling = device.primitives.max_pooling(on_device, pooled, window, share_ties)
        run(pooling.forward)
        assert_close(device, pooled, largest, 0)
        run(pooling.backward(device.put(gradient)))
    found = np.array(to_host(device, on_device))
    np.testing.assert_array_equal(found[~beside], expected[~beside])
    assert np.isfinite(found).all()
    if not share_ties:  # all that came down arrived
        assert found.sum() == pytest.approx(gradient.sum())


@pytest.mark.parametrize("index", ["int", "long long"])
@pytest.mark.parametrize("dtype", C_REALS)
@pytest.mark.parametrize("share_ties", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_cuda_kernels_do_the_same(
    shape: tuple[int, ...], window: tuple[int, int], share_ties: bool, dtype: str, index: str
) -> None:
    maps, gradient = (array.astype(dtype) for array in draw(shape, window))
    largest, expected = by_hand(maps, gradient, window, share_ties)
    launch = compile_for_host(BEFORE + kernel_source("pooling", dtype, index) + AFTER).launch
    # Beside what the kernels may write there is room for what they must not.
    pooled = np.full(largest.size + 64, 7.0, dtype)
    arguments = (*shape, *window, share_ties)
    for back, threads, numbers in ((False, largest.size, pooled), (True, maps.size, gradient)):
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (maps, numbers)]
        # More threads than there are rectangles: the grid is a whole number of blocks.
        launch(back, -(-threads // 32), 32, *pointers, *arguments)
    np.testing.assert_array_equal(pooled[: largest.size].reshape(largest.shape), largest)
    np.testing.assert_array_equal(pooled[largest.size :], 7.0)
    np.testing.assert_array_equal(maps, expected)
