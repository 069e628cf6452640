"""The checks of a GPU whose memory is used up: one clear line, and no traceback."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gpunet.backend.device import Device
from scripts.gpu.figures import GPUNET
from scripts.gpu.outcome import Ended, Outcome, last_line, run_process

# Room for a CUDA context and for the data, not for the network asked for.
SOME_BYTES = 2 << 30
HARDLY_ANY_BYTES = 32 << 20
WIDE = "30000,30000"
POOL_LIMIT = "40000000"
EXPECTED = (1, 2)


def check_exhausted(device: Device, seconds: float) -> Outcome:
    """`gpunet train` on a GPU that others have filled, and with a pool that is too small."""
    each = seconds / 3
    seen = {}
    with filled(device, SOME_BYTES):
        seen["a network too large for what is free"] = train(device.name, each, "--hidden", WIDE)
    with filled(device, HARDLY_ANY_BYTES):
        seen["no memory at all"] = train(device.name, each)
    # What was estimated is there, but an allocation on the way fails.
    seen["an allocation that fails"] = train(
        device.name, each, "--hidden", "3000,3000", CUPY_GPU_MEMORY_LIMIT=POOL_LIMIT
    )
    wrong = {what: why for what, ended in seen.items() if (why := complaint(ended))}
    said = {what: last_line(ended.err) for what, ended in seen.items()}
    if wrong:
        return Outcome.judge(
            False, "; ".join(f"{what}: {why}" for what, why in wrong.items()), said=said
        )
    return Outcome.judge(True, f"{len(seen)} ways of running out, one line each", said=said)


def train(device: str, seconds: float, *arguments: str, **environment: str) -> Ended:
    """`gpunet train` in a process of its own, its run folder thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*GPUNET, "train", "--device", device, "--out", str(Path(folder) / "run")]
        return run_process([*command, *arguments, "--json"], seconds, **environment)


def complaint(ended: Ended) -> str:
    """What is wrong with the way a refused training ended; nothing if it is as it should be."""
    if ended.status is None:
        return "it did not end"
    if ended.status not in EXPECTED:
        return f"status {ended.status}, not 1 or 2: {last_line(ended.err)}"
    lines = [line for line in ended.err.splitlines() if line.strip()]
    if "Traceback" in ended.err:
        return f"a traceback: {lines[-1]}"
    if not lines or not lines[-1].startswith("gpunet: "):
        return "it did not say why"
    if "unexpected" in lines[-1]:
        return lines[-1]
    return ""


@contextmanager
def filled(device: Device, leaving: int) -> Iterator[None]:
    """Inside, all but so many bytes of the device's memory are taken."""
    cuda = device.xp.cuda
    blocks = []
    with device.active():
        # In pieces, since what is free need not lie together; past CuPy's pool, which has a limit.
        piece = 1 << 30
        while piece >= 1 << 20:
            if device.memory().free < leaving + piece:
                piece //= 2
                continue
            try:
                blocks.append(cuda.memory.Memory(piece))
            except device.failures:
                piece //= 2
    try:
        yield
    finally:
        blocks.clear()
