"""Deformed training images: what must stay, what must change, and what decides it."""

from typing import Any

import numpy as np
import pytest

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.core.options import options_of
from gpunet.datasets.augmentation.affine import draw_maps
from gpunet.datasets.augmentation.deformation import Deformation, check_shape
from gpunet.datasets.augmentation.deformer import Deformer
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from tests.backends import to_host
from tests.datasets.drawn import SHAPE, large_digits

STRENGTHS: dict[str, Any] = {each.name: each.rule for each in options_of(Deformation)}
STRONG = Deformation(shift=2, rotation=15, scaling=0.15, shear=0.15, elastic=34, sigma=4)
LABELS = np.arange(40) % 10


def make(
    device: Device, deformation: Deformation = STRONG, seed: int = 1, count: int = 40
) -> Deformer:
    """A deformer of some digits."""
    labels = LABELS[:count] if count <= 40 else np.zeros(count, int)
    data = DeviceDataset(device, large_digits(count), labels, 1 / 256)
    return Deformer(data, SHAPE, deformation, seed)


def images(deformer: Deformer, epoch: int) -> Any:
    """A copy of the images of an epoch, on the host."""
    deformer.deform(epoch)
    return np.array(to_host(deformer.device, deformer.dataset.images))


def test_at_no_strength_nothing_changes(device: Device) -> None:
    np.testing.assert_array_equal(images(make(device, Deformation()), 4), large_digits(40))


def test_every_device_gives_the_same_bytes(device: Device) -> None:
    np.testing.assert_array_equal(images(make(device), 2), images(make(CpuDevice()), 2))


@pytest.mark.parametrize("chunk", [1, 100_000])
def test_chunks_do_not_matter(device: Device, chunk: int) -> None:
    whole = images(make(device), 0)
    device.chunk_bytes = chunk
    np.testing.assert_array_equal(images(make(device), 0), whole)


def test_an_epoch_does_not_depend_on_those_before(device: Device) -> None:
    deformer = make(device)
    for epoch in (0, 1, 2):
        deformer.deform(epoch)
    np.testing.assert_array_equal(images(deformer, 3), images(make(device), 3))


@pytest.mark.parametrize("part", ["shift", "rotation", "scaling", "shear", "elastic"])
def test_every_epoch_and_every_seed_deforms_anew(device: Device, part: str) -> None:
    only = Deformation(**{part: getattr(STRONG, part)})
    made = [
        images(make(device, only), 0),
        images(make(device, only), 1),
        images(make(device, only, seed=2), 0),
        large_digits(40),
    ]
    for k, one in enumerate(made):
        for other in made[:k]:
            assert (one != other).any(axis=1).all()


def test_equal_images_are_deformed_differently(device: Device) -> None:
    data = DeviceDataset(device, np.tile(large_digits(1), (20, 1)), np.zeros(20, int), 1 / 256)
    assert len(np.unique(images(Deformer(data, SHAPE, STRONG, 1), 0), axis=0)) == 20


@pytest.mark.parametrize(
    "deformation", [STRONG, Deformation(elastic=34), Deformation(rotation=15, shift=1)]
)
def test_no_ink_is_won_or_lost_on_average(deformation: Deformation) -> None:
    out = images(make(CpuDevice(), deformation, count=1000), 0)
    assert out.mean() == pytest.approx(large_digits(1000).mean(), rel=0.02)


def test_the_originals_and_the_labels_stay(device: Device) -> None:
    data = DeviceDataset(device, large_digits(40), LABELS, 1 / 256)
    deformer = Deformer(data, SHAPE, STRONG, 1)
    deformer.deform(0)
    np.testing.assert_array_equal(to_host(device, data.images), large_digits(40))
    np.testing.assert_array_equal(to_host(device, deformer.dataset.labels), LABELS)


def test_batches_are_loaded_from_it_epoch_after_epoch(device: Device) -> None:
    deformer = make(device)
    rows = device.put(np.array([3, 1]))
    with device.active():
        loader = BatchBuffer(deformer.dataset, 2, 10, np.float32)  # bound once
        for epoch in (0, 1):
            expected = images(deformer, epoch)[[3, 1]] / 256
            loader.load(rows)
            np.testing.assert_array_equal(to_host(device, loader.x), expected)


@pytest.mark.parametrize("shape", [(8, 8), (5, 9)])
def test_images_may_have_any_shape(device: Device, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (6, shape[0] * shape[1]), np.uint8)
    made = []
    for where in (device, CpuDevice()):
        data = DeviceDataset(where, noise, np.zeros(6, int), 1 / 256)
        made.append(images(Deformer(data, shape, Deformation(rotation=5, elastic=3), 0), 0))
    np.testing.assert_array_equal(*made)
    assert (made[0] != noise).any(axis=1).all()


@pytest.mark.parametrize("name", STRENGTHS)
@pytest.mark.parametrize("value", [-0.1, 1e9, float("nan"), float("inf"), "3", None, True])
def test_strengths_that_make_no_sense_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{name} .*: give a number from"):
        Deformation(**{name: value})


def test_strengths_become_plain_numbers() -> None:
    drawn: Any = np.float32(2)
    assert repr(Deformation(shift=drawn, rotation=3)) == repr(Deformation(shift=2.0, rotation=3.0))


def test_only_what_does_something_is_active() -> None:
    assert not Deformation(sigma=2).active
    assert all(Deformation(**{name: 0.5}).active for name in STRENGTHS if name != "sigma")


@pytest.mark.parametrize("shape", [(1, 784), (784, 1), (4000, 4000)])
def test_what_is_no_image_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="cannot be deformed: needed images"):
        check_shape(shape)


def test_images_that_are_no_bytes_are_refused(device: Device) -> None:
    data = DeviceDataset(device, large_digits(3) / 256, LABELS[:3], 1.0)
    with pytest.raises(InputError, match="float64 cannot be deformed: needed uint8"):
        Deformer(data, SHAPE, STRONG, 1)


@pytest.mark.parametrize("shape", [(2, 4094), (4094, 2), (2048, 2048)])
def test_no_place_can_leave_32_bits(shape: tuple[int, int]) -> None:
    most = Deformation(**{name: rule.most for name, rule in STRENGTHS.items()})
    maps = draw_maps(most, shape, 5000, np.random.default_rng(0)).astype(np.int64)
    farthest = abs(maps.reshape(-1, 3)) @ np.array([shape[0] - 1, shape[1] - 1, 1])
    assert farthest.max() + most.elastic * 2**16 < 2**31
