"""The stand-in device refuses what CuPy refuses, and counts what it must."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cuda_graphs import MemoryRefusedError
from gpunet.backend.device import Device
from tests.backends import CUDA, open_backend, refusing_allocations
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


# What is done to a and b, (4, 6) each, and how often CuPy takes memory for it.
COSTS: dict[str, tuple[Callable[[Any, Any, Any, Any], object], int]] = {
    "a ufunc": (lambda xp, a, b, rows: xp.add(a, 1.0, b), 0),
    "in place": (lambda xp, a, b, rows: xp.add(a, b, a), 0),
    "in place, by an operator": (lambda xp, a, b, rows: a.__iadd__(b), 0),
    "a shape that no view has": (lambda xp, a, b, rows: a.T.reshape(24), 1),
    "views": (lambda xp, a, b, rows: a.reshape(24)[3:].view(np.int64), 0),
    "one number": (lambda xp, a, b, rows: a[2, 3], 0),
    "the type it has": (lambda xp, a, b, rows: a.astype(np.float64, copy=False), 0),
    "a type it has not": (lambda xp, a, b, rows: a.astype(np.float32, copy=False), 1),
    "assignment": (lambda xp, a, b, rows: a.__setitem__(slice(1, 3), b[1:3]), 0),
    "assignment to itself": (lambda xp, a, b, rows: a.__setitem__(slice(1, 3), a[1:3]), 0),
    "assignment of rows that overlap": (
        lambda xp, a, b, rows: a.__setitem__(slice(1, 3), a[:2]),
        1,
    ),
    "assignment of what overlaps": (lambda xp, a, b, rows: a[:, 1:4].__setitem__(..., a[:, :3]), 1),
    "two objects of one memory": (lambda xp, a, b, rows: xp.sqrt(a[1:], a[1:]), 1),
    "interleaved slices": (lambda xp, a, b, rows: xp.multiply(b[:, ::2], a[:, ::2], a[:, 1::2]), 1),
    "interleaved slices, copied": (lambda xp, a, b, rows: xp.copyto(a[:, ::2], a[:, 1::2]), 1),
    "slices that do not meet": (lambda xp, a, b, rows: xp.add(a[:2], b[:2], a[2:]), 0),
    "no output": (lambda xp, a, b, rows: xp.add(a, b), 1),
    "an operator": (lambda xp, a, b, rows: a * 2.0, 1),
    "a sum": (lambda xp, a, b, rows: a.sum(), 1),
    "a sum into its place": (lambda xp, a, b, rows: xp.sum(a, axis=0, out=b[0]), 1),
    "rows taken": (lambda xp, a, b, rows: xp.take(a, rows, axis=0, out=b[:2]), 0),
    "rows indexed": (lambda xp, a, b, rows: a[rows], 1),
    "new arrays": (lambda xp, a, b, rows: (xp.empty(3), xp.zeros_like(a)), 2),
    "a product": (
        lambda xp, a, b, rows: xp.matmul(a[:2], b.reshape(6, 4), out=a[2:].reshape(3, 4)[:2]),
        0,
    ),
    "a product of slices": (
        lambda xp, a, b, rows: xp.matmul(a[:2, ::2], b[:3], out=a[2:]),
        1,
    ),
    "one matrix times many": (
        lambda xp, a, b, rows: xp.matmul(
            a.reshape(6, 2, 2)[0], b[:2].reshape(3, 2, 2), out=a[2:].reshape(3, 2, 2)
        ),
        1,
    ),
}
# CuPy needs memory for a sum only where it has CUB; rows that overlap it copies as if they did not.
STRICTER = ("a sum into its place", "assignment of rows that overlap")


def operands(device: Device) -> list[Any]:
    """a, b, and the numbers of two rows."""
    values = np.arange(24.0).reshape(4, 6)
    return [device.put(values.copy()), device.put(values.copy()), device.put(np.array([2, 0]))]


@pytest.mark.parametrize("case", COSTS)
def test_memory_is_counted(case: str) -> None:
    device, (what, times) = StrictDevice(), COSTS[case]
    given = operands(device)
    before = device.crossings.allocations
    what(device.xp, *given)
    assert device.crossings.allocations - before == times


@pytest.mark.parametrize("case", COSTS)
@pytest.mark.parametrize("name", ["strict", CUDA])
def test_memory_is_refused_where_it_would_be_counted_and_cupy_would_take_it(
    name: str, case: str
) -> None:
    device, (what, times) = open_backend(name), COSTS[case]
    given = operands(device)
    with device.active():
        what(device.xp, *given)  # compiled
        with refusing_allocations(device):
            if not times:
                what(device.xp, *given)
            elif name == "strict" or case not in STRICTER:
                with pytest.raises((AssertionError, MemoryRefusedError), match=r"memory|bytes"):
                    what(device.xp, *given)


def test_what_is_captured_neither_takes_memory_nor_waits() -> None:
    device = StrictDevice()
    a = device.put(np.ones(3))
    replay = device.capture([partial(device.xp.add, a, a, a)])
    replay()
    replay()
    assert device.host(a).tolist() == [4.0, 4.0, 4.0]
    for operation, words in (
        (partial(device.xp.add, a, a), "add takes memory"),
        (partial(float, a[0]), "makes the host wait"),
    ):
        with pytest.raises(AssertionError, match=words):
            device.capture([operation])()
