"""What a network is to answer, as backpropagation takes it: targets, or labels as unit vectors."""

from typing import Any

from gpunet.backend.device import Device
from gpunet.backend.exchange import take_in
from gpunet.backend.plain import Array
from gpunet.core.errors import InputError


def to_targets(
    device: Device, y: Any, shape: tuple[int, int], dtype: Any, single: bool = False
) -> Array:
    """Labels or targets as targets (m, n_out) on a device: labels become unit vectors.

    Args:
        device: where they are to lie.
        y: labels (m,), or targets (m, n_out); of one sample a label, or (n_out,).
        shape: (m, n_out).
        dtype: of the targets.
        single: whether it is of one sample.

    Raises:
        InputError: it is neither.
    """
    samples, n_out = shape
    y = take_in(device, y, "targets")
    if single:
        y = y.reshape(1) if y.ndim == 0 else y.reshape(1, -1)
    if y.shape == shape:
        return y.astype(dtype, order="C", copy=False)
    if y.shape != (samples,) or y.dtype.kind not in "ui":
        raise InputError(
            f"targets have shape {y.shape} and type {y.dtype}: {samples} inputs need "
            f"whole-number labels ({samples},) or targets ({samples}, {n_out})"
        )
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= n_out:
        wrong = low if low < 0 else high
        raise InputError(f"label {wrong} is out of range: this network has {n_out} classes")
    return device.xp.eye(n_out, dtype=dtype)[y]
