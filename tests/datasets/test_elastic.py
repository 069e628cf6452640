"""Elastic displacements against SciPy's Gaussian filter."""

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from gpunet.backend.counter import draw_bits
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.backend.plain import Primitives
from gpunet.datasets.augmentation.elastic import KEPT, NOISE, WEIGHT, Displacements, gaussian_matrix
from gpunet.nn.step import run
from tests.backends import refusing_allocations, to_host

SHAPE = (28, 20)
KEY = 12345


def displacements(device: Device, first: int, count: int, alpha: float, sigma: float) -> Any:
    """In pixels, (count, 2, *SHAPE)."""
    with device.active():
        field = device.put(np.zeros((count, 2, *SHAPE), np.int32))
        made = Displacements(device, field, alpha, sigma)
        made.begin(KEY)
        made.fill(first)
    return np.asarray(to_host(device, field)) / 2**16


def noise(first: int, count: int) -> Any:
    """The bytes of the generator, from −1 to 1, evenly about 0."""
    numbers = 2 * 28 * 20 // 8
    bits = np.empty(count * numbers, np.uint64)
    place = np.array([first * numbers], np.uint64)
    run(draw_bits(Primitives(np), KEY, place, bits))
    return (bits.view(np.int8).reshape(count, 2, *SHAPE) + 0.5) / 128


def test_no_memory_is_taken_to_fill_in_displacements(device: Device) -> None:
    with device.active():
        field = device.put(np.zeros((3, 2, *SHAPE), np.int32))
        made = Displacements(device, field, 34.0, 4.0)
        made.begin(KEY)
        made.fill(0)
        with refusing_allocations(device):
            made.fill(3)
    expected = displacements(CpuDevice(), 3, 3, 34.0, 4.0)
    np.testing.assert_array_equal(np.asarray(to_host(device, field)) / 2**16, expected)


@pytest.mark.parametrize("sigma", [0.5, 1.5, 4.0, 8.0])
def test_displacements_are_noise_smoothed_by_a_gaussian(device: Device, sigma: float) -> None:
    smooth = ndimage.gaussian_filter(noise(7, 3), sigma, mode="constant", truncate=8, axes=(2, 3))
    out = displacements(device, 7, 3, 34, sigma)
    # What rounding to whole numbers costs, typically and at most.
    assert (out - 34 * smooth).std() < 0.005 * 34 * smooth.std()
    np.testing.assert_allclose(out, 34 * smooth, rtol=0, atol=0.02 * 34 * smooth.std())


def test_simards_pixels_go_a_pixel_or_two(device: Device) -> None:
    # Uniform noise, smoothed in two dimensions: 1/√3 / (2 √π σ) · α, far from the edges.
    inner = displacements(device, 0, 400, 34, 4)[:, :, 13:15, 9:11]
    assert inner.std() == pytest.approx(34 / np.sqrt(3) / (2 * np.sqrt(np.pi) * 4), rel=0.05)


def test_displacements_go_nowhere_on_average() -> None:
    inner = displacements(CpuDevice(), 0, 8000, 34, 4)[:, :, 13, 9]
    assert abs(inner.mean()) < 0.05  # the deviation of the mean is 0.011


def test_an_image_has_its_displacements_in_any_company(device: Device) -> None:
    whole = displacements(device, 0, 9, 34, 4)
    np.testing.assert_array_equal(displacements(device, 4, 3, 34, 4), whole[4:7])


@pytest.mark.parametrize("sigma", [0.5, 1, 4, 64])
@pytest.mark.parametrize("size", [2, 28, 500])
def test_no_sum_can_leave_the_whole_numbers_of_float32(size: int, sigma: float) -> None:
    most = gaussian_matrix(size, sigma).sum(axis=1).max()
    assert NOISE * most < 2**24
    half = np.ceil(NOISE * most * KEPT)
    assert half * most < 2**24
    assert most <= 1.01 * WEIGHT


@pytest.mark.parametrize("shape", [(3, 3), (5, 7)])
def test_sides_may_be_odd(device: Device, shape: tuple[int, int]) -> None:
    with device.active():
        field = device.put(np.zeros((2, 2, *shape), np.int32))
        made = Displacements(device, field, 34, 1)
        made.begin(KEY)
        made.fill(0)
    assert len(np.unique(to_host(device, field))) > field.size * 0.9
