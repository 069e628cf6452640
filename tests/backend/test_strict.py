"""The stand-in device refuses what CuPy refuses, and counts what it must."""

import numpy as np
import pytest

from tests.strict import StrictDevice


def test_mixing_with_numpy_is_refused() -> None:
    device = StrictDevice()
    array, other = device.put(np.ones(3)), np.ones(3)
    for mix in (
        lambda: array + other,
        lambda: other + array,
        lambda: np.add(array, other),
        lambda: device.xp.add(array, other),
        lambda: device.xp.add(array, array, other),
        lambda: array.__setitem__(slice(None), other),
        lambda: array[np.array([0])],
        lambda: np.asarray(array),
        lambda: np.sum(array),
        lambda: np.concatenate([array, array]),
    ):
        with pytest.raises(TypeError):
            mix()


def test_crossings_are_counted() -> None:
    device = StrictDevice()
    array = device.put([1.0, 2.0])
    float(array.sum())
    bool(array[0] > 0)
    int(array[1])
    device.host(array)
    assert (device.crossings.to_device, device.crossings.to_host) == (1, 4)


def test_arithmetic_stays_on_the_device_uncounted() -> None:
    device = StrictDevice()
    array = device.put([[1.0, 2.0], [3.0, 4.0]])
    result = 2.0 * (array @ array.T) - device.xp.tanh(array) / 3
    device.xp.add(result, 1.0, result)
    assert device.crossings.to_host == 0
    assert result.inner.shape == (2, 2)


def test_views_share_memory() -> None:
    device = StrictDevice()
    array = device.put(np.zeros((2, 3)))
    array.reshape(6)[1:3].T[...] = 5.0
    assert device.host(array).sum() == 10.0
