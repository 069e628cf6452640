"""Data are put on a GPU once, however many networks are trained on them there."""

import pytest

import gpunet
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset
from tests.strict import StrictDevice


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return gpunet.load_dataset("digits")


def test_devices_of_one_hardware_hold_the_data_once(digits: Dataset) -> None:
    first, apart = StrictDevice(), StrictDevice()
    data = DeviceDataset.of(first, digits.train, digits.scale)
    beside = first.sibling()
    shared = DeviceDataset.of(beside, digits.train, digits.scale)
    assert shared.device is beside
    assert beside.crossings.to_device == 0
    assert shared.images is data.images
    DeviceDataset.of(apart, digits.train, digits.scale)
    assert apart.crossings.to_device == 2  # images and labels


def test_data_are_complete_before_a_device_beside_reads_them(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, crossed = StrictDevice(), []
    monkeypatch.setattr(device, "synchronize", lambda: crossed.append(device.crossings.to_device))
    data = DeviceDataset.of(device, digits.train, digits.scale)
    assert DeviceDataset.of(device, digits.train, digits.scale) is data
    assert crossed == [2]


def test_data_are_held_as_long_as_one_of_the_devices_needs_them(digits: Dataset) -> None:
    first = StrictDevice()
    shared = [
        DeviceDataset.of(device, digits.train, digits.scale) for device in (first, first.sibling())
    ]
    images = shared[0].images
    del shared[0]
    assert DeviceDataset.of(first, digits.train, digits.scale).images is images
    assert first.crossings.to_device == 2
    del shared, images
    assert not DeviceDataset.is_there(first, digits.train, digits.scale)
