"""The counter-based generator, against the numbers its authors' program prints."""

import numpy as np
import pytest

from gpunet.backend.counter import draw_bits
from gpunet.backend.device import Device
from gpunet.nn.step import run
from tests.backends import to_host

# SplitMix64 from two seeds, as the reference implementation gives them.
KNOWN = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F],
    1234567: [6457827717110365317, 3203168211198807973, 9817491932198370423],
}


def drawn(device: Device, key: int, first: int, count: int) -> np.ndarray:
    """Numbers from a place on."""
    place, out = (device.put(np.full(n, first, np.uint64)) for n in (1, count))
    run(draw_bits(device.primitives, key, place, out))
    return np.asarray(to_host(device, out))


@pytest.mark.parametrize("key", KNOWN)
def test_the_numbers_are_those_of_splitmix64(device: Device, key: int) -> None:
    assert drawn(device, key, 0, 3).tolist() == KNOWN[key]


def test_a_place_has_its_number_wherever_one_begins(device: Device) -> None:
    whole = drawn(device, 2**64 - 1, 0, 1000)
    np.testing.assert_array_equal(drawn(device, 2**64 - 1, 600, 400), whole[600:])


def test_bits_are_even(device: Device) -> None:
    numbers = drawn(device, 5, 10**12, 50_000).view(np.uint16) / 2**16 - 0.5
    # For 200,000 independent numbers the standard deviations of these are 0.00065 and 0.00019.
    assert abs(numbers.mean()) < 0.003
    assert abs((numbers[1:] * numbers[:-1]).mean()) < 0.0008
