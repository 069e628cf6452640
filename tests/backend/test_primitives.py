"""The primitives, on every backend, against NumPy's own arithmetic in float64."""

from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from tests.backends import assert_close

TOLERANCE = {"float32": 1e-5, "float64": 1e-13}
Order = str


@pytest.fixture(params=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def draw(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def place(device: Device, values: Any, dtype: str, order: str = "C") -> Any:
    """On the device, in row-major or column-major order."""
    if order == "F":
        return device.put(np.ascontiguousarray(values.T), dtype).T
    return device.put(values, dtype)


@pytest.mark.parametrize("orders", ["CCC", "CCF", "CFC", "FCC", "FFF", "CFF"])
@pytest.mark.parametrize("beta", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("shape", [(7, 5, 3), (1, 5, 3), (7, 1, 3), (7, 5, 1)])
def test_gemm(
    device: Device, dtype: str, orders: str, beta: float, shape: tuple[int, int, int]
) -> None:
    m, k, n = shape
    a, b, out = draw(m, k), draw(k, n), draw(m, n) + 1
    expected = -0.3 * a @ b + beta * out
    on_device = [place(device, v, dtype, o) for v, o in zip((a, b, out), orders, strict=True)]

    device.primitives.gemm(-0.3, on_device[0], on_device[1], beta, on_device[2])()

    assert_close(device, on_device[2], expected, TOLERANCE[dtype], TOLERANCE[dtype])


def test_gemm_with_beta_zero_does_not_read_its_output(device: Device, dtype: str) -> None:
    out = place(device, np.full((2, 3), np.nan), dtype)
    a, b = place(device, draw(2, 4), dtype), place(device, draw(4, 3), dtype)

    device.primitives.gemm(1.0, a, b, 0.0, out)()

    assert np.isfinite(device.host(out)).all()


def test_gemm_writes_through_a_view(device: Device, dtype: str) -> None:
    flat = device.put(np.zeros(20), dtype)
    a, b = place(device, draw(3, 4), dtype), place(device, draw(4, 5), dtype)

    device.primitives.gemm(1.0, a, b, 1.0, flat[2:17].reshape(3, 5))()

    assert_close(device, flat[2:17], (draw(3, 4) @ draw(4, 5)).ravel(), 1e-5)
    assert_close(device, flat[:2], np.zeros(2), 0)


@pytest.mark.parametrize("beta", [0.0, 1.0])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", [1, 6])
def test_sum_rows(device: Device, dtype: str, beta: float, order: Order, rows: int) -> None:
    a, out = draw(rows, 4), draw(4)
    expected = 0.25 * a.sum(axis=0) + beta * out
    on_device = place(device, out, dtype)

    device.primitives.sum_rows(0.25, place(device, a, dtype, order), beta, on_device)()

    assert_close(device, on_device, expected, TOLERANCE[dtype], TOLERANCE[dtype])


@pytest.mark.parametrize("order", ["C", "F"])
def test_spread(device: Device, dtype: str, order: Order) -> None:
    out = place(device, draw(5, 3), dtype, order)

    device.primitives.spread(0.5, device.put(draw(3), dtype), out)()

    assert_close(device, out, np.tile(0.5 * draw(3), (5, 1)), TOLERANCE[dtype])


def test_gather_rows_scales_bytes(device: Device, dtype: str) -> None:
    table = np.arange(40, dtype=np.uint8).reshape(10, 4)
    index = np.array([7, 0, 7])
    out = device.put(np.zeros((5, 4)), dtype)

    device.primitives.gather_rows(device.put(table), 1 / 256, out)(device.put(index))

    assert_close(device, out[:3], table[index] / 256, 0)
    assert_close(device, out[3:], np.zeros((2, 4)), 0)


def test_gather_one_hot(device: Device, dtype: str) -> None:
    labels = np.array([2, 0, 1, 2], dtype=np.uint8)
    index = np.array([3, 1])
    out = device.put(np.full((2, 3), 9.0), dtype)

    device.primitives.gather_one_hot(device.put(labels), out)(device.put(index))

    assert_close(device, out, np.eye(3)[labels[index]], 0)


def test_the_cpu_refuses_to_bind_what_blas_would_copy() -> None:
    from gpunet.backend.cpu import CpuDevice

    gemm = CpuDevice().primitives.gemm
    strided = np.zeros((6, 6))[::2, ::2]
    square = np.zeros((3, 3))
    with pytest.raises(AssertionError, match="copy"):
        gemm(1.0, square, square, 1.0, strided)
    with pytest.raises(AssertionError, match="copy"):
        gemm(1.0, strided, square, 1.0, square)
    with pytest.raises(AssertionError, match="float64"):
        gemm(1.0, square.astype(np.float32), square, 1.0, square)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("columns", [1, 10, 70])
def test_softmax_and_its_derivative(device: Device, dtype: str, order: Order, columns: int) -> None:
    z, gradient = 30 * draw(5, columns), draw(5, columns)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    expected = e / e.sum(axis=1, keepdims=True)
    slope = expected * (gradient - (gradient * expected).sum(axis=1, keepdims=True))
    a, g = place(device, z, dtype, order), place(device, gradient, dtype, order)

    with device.active():
        for operation in (*device.primitives.softmax(a), *device.primitives.softmax_chain(a, g)):
            operation()

    assert_close(device, a, expected, 1e-4, TOLERANCE[dtype])
    assert_close(device, g, slope, 1e-3, 10 * TOLERANCE[dtype])
