"""Images resampled by maps and fields, against SciPy's interpolation; the kernel against both."""

import ctypes
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from gpunet.backend.cuda_primitives import kernel_source
from gpunet.backend.device import Device
from gpunet.backend.plain import Primitives
from tests.backends import to_host
from tests.pretended_gpu import compile_for_host

Array = np.ndarray[Any, Any]

PIXEL = 1 << 16
SHAPE = (9, 7)
IDENTITY = [PIXEL, 0, 0, 0, PIXEL, 0]
# What makes a plain C++ compiler take the kernel, and run its threads one after the other.
BEFORE = """
#define __device__
#define __global__
#define __forceinline__ inline
static struct { int x; } blockIdx, blockDim, threadIdx;
"""
AFTER = """
extern "C" void launch(int blocks, int threads, const unsigned char* images, const int* maps,
                       const int* field, unsigned char* out, int first, int count, int height,
                       int width) {
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)
            resample(images, maps, field, out, first, count, height, width);
}
"""


def draw_images(count: int) -> Array:
    """Noise, of which every pixel differs from its neighbours."""
    return np.random.default_rng(0).integers(0, 256, (count, *SHAPE), np.uint8)


def draw_maps_and_field(count: int) -> tuple[Array, Array]:
    """Maps near the identity and far from it, and displacements of some pixels."""
    stream = np.random.default_rng(1)
    maps = np.array(IDENTITY) + PIXEL * stream.normal(0, 1, (count, 6))
    field = PIXEL * stream.normal(0, 2, (count, 2, *SHAPE))
    return maps.astype(np.int32), field.astype(np.int32)


def resampled(device: Device, images: Array, maps: Array, field: Array) -> Array:
    """All of the images at once."""
    flat = images.reshape(len(images), -1)
    source, out = device.put(flat), device.put(np.full_like(flat, 77))
    with device.active():
        arrays = (source, SHAPE, device.put(maps), device.put(field), out)
        device.primitives.resample(*arrays)(0, len(images))
    return np.asarray(to_host(device, out)).reshape(images.shape)


def expected(image: Array, m: Array, field: Array) -> Array:
    """SciPy's bilinear interpolation, with zeros beyond the edges."""
    r, c = np.indices(SHAPE)
    y = (m[0] * r + m[1] * c + m[2] + field[0]) / PIXEL
    x = (m[3] * r + m[4] * c + m[5] + field[1]) / PIXEL
    # What lies further out than a pixel is 0 with us as with SciPy; where it looks is its affair.
    values: Array = ndimage.map_coordinates(
        image.astype(float), [y, x], order=1, mode="grid-constant"
    )
    return values


def test_the_identity_changes_no_byte(device: Device) -> None:
    images = draw_images(5)
    field = np.zeros((5, 2, *SHAPE), np.int32)
    out = resampled(device, images, np.tile(np.array(IDENTITY, np.int32), (5, 1)), field)
    np.testing.assert_array_equal(out, images)


def test_pixels_are_interpolated_bilinearly(device: Device) -> None:
    images = draw_images(50)
    maps, field = draw_maps_and_field(50)
    out = resampled(device, images, maps, field)
    known = np.stack([expected(*each) for each in zip(images, maps, field, strict=True)])
    # Steps of 1/256 pixel, of up to 255 tones each way, and rounding.
    np.testing.assert_allclose(out, known, rtol=0, atol=2.5)
    assert abs((out - known).mean()) < 0.05


def test_every_device_gives_the_same_bytes(device: Device) -> None:
    images = draw_images(50)
    maps, field = draw_maps_and_field(50)
    flat, truth = images.reshape(50, -1), np.empty((50, 63), np.uint8)
    Primitives(np).resample(flat, SHAPE, maps, field, truth)(0, 50)
    np.testing.assert_array_equal(resampled(device, images, maps, field).reshape(50, -1), truth)


def test_beyond_the_edges_all_is_dark(device: Device) -> None:
    images = np.full((4, *SHAPE), 255, np.uint8)
    maps = np.tile(np.array(IDENTITY, np.int32), (4, 1))
    maps[[0, 1, 2, 3], [2, 2, 5, 5]] = [-20_000 * PIXEL, 20_000 * PIXEL, -8 * PIXEL, 8 * PIXEL]
    out = resampled(device, images, maps, np.zeros((4, 2, *SHAPE), np.int32))
    assert not out.any()


def test_only_the_images_asked_for_are_written(device: Device) -> None:
    images = draw_images(5).reshape(5, -1)
    maps = device.put(np.tile(np.array(IDENTITY, np.int32), (5, 1)))
    out = device.put(np.zeros_like(images))
    field = device.put(np.zeros((3, 2, *SHAPE), np.int32))
    with device.active():
        device.primitives.resample(device.put(images), SHAPE, maps, field, out)(1, 2)
    written = np.asarray(to_host(device, out))
    np.testing.assert_array_equal(written[1:3], images[1:3])
    assert not written[[0, 3, 4]].any()


def test_the_kernel_gives_the_same_bytes() -> None:
    images = draw_images(40).reshape(40, -1)
    maps, field = draw_maps_and_field(40)
    truth, out = np.zeros_like(images), np.zeros_like(images)
    Primitives(np).resample(images, SHAPE, maps, field, truth)(3, 30)
    library = compile_for_host(BEFORE + kernel_source("deform", "float32") + AFTER)
    arrays = [a.ctypes.data_as(ctypes.c_void_p) for a in (images, maps, field, out)]
    threads = 256
    library.launch(-(-30 * 63 // threads), threads, *arrays, 3, 30, *SHAPE)
    np.testing.assert_array_equal(out, truth)


@pytest.mark.parametrize("tone", [1, 255])
def test_a_flat_image_stays_flat(device: Device, tone: int) -> None:
    images = np.full((1, *SHAPE), tone, np.uint8)
    maps = np.array([[PIXEL // 3, 0, PIXEL, 0, PIXEL // 3, PIXEL]], np.int32)
    out = resampled(device, images, maps, np.zeros((1, 2, *SHAPE), np.int32))
    assert (out == tone).all()
