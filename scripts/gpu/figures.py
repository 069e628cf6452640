"""Checks of numbers: every engine computes what the CPU does, and a run can change devices."""

import sys
import tempfile
from pathlib import Path

import numpy as np

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset, Split
from gpunet.serialization.model import load
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from scripts.gpu.outcome import Outcome, last_line, run_process

HIDDEN, CLASSES, BATCH = 30, 10, 10
# Not the book's 3.0: with that a change of the last digit grows to 10⁻⁷ in 5,000 steps, and
# in float32 to 6 %, on one CPU already; at 1.0 it does not grow.
RATE = 1.0
SEED = 3
GPUNET = [sys.executable, "-m", "gpunet"]
DOUBLE_TOLERANCE = 1e-9
SINGLE_TOLERANCE = 1e-4


def compare_with_cpu(device: Device, engine: str, data: Dataset) -> Outcome:
    """One epoch of A in float64 from one seed, on the CPU and with an engine of the device."""
    try:
        seen, own = train_largest(device, engine, data)
    except InputError as error:
        return Outcome.skip(str(error))
    truth = train(CpuDevice(), "eager", seen, "float64")
    return judge_difference(own, truth, DOUBLE_TOLERANCE)


def compare_single(device: Device, data: Dataset) -> Outcome:
    """One epoch of A in float32, fused and eager on the same device."""
    try:
        own = train(device, "fused", data, "float32")
    except InputError as error:
        return Outcome.skip(str(error))
    return judge_difference(own, train(device, "eager", data, "float32"), SINGLE_TOLERANCE)


def judge_difference(one: gpunet.Network, other: gpunet.Network, allowed: float) -> Outcome:
    """Passed if no parameters differ by more than that share of the largest."""
    worst = difference(one, other)
    shape = "-".join(map(str, one.sizes))
    return Outcome.judge(
        worst <= allowed,
        f"{shape} {one.dtype}: weights differ by {worst:.1e} of the largest, {allowed:.0e} allowed",
        difference=worst,
        allowed=allowed,
        learning_rate=RATE,
    )


def train(device: Device, engine: str, data: Dataset, dtype: str) -> gpunet.Network:
    """One epoch of A."""
    sizes = [data.features, HIDDEN, CLASSES]
    network = gpunet.Network(sizes, device=device, dtype=dtype, seed=SEED)
    Trainer(
        network, data, TrainingConfig(epochs=1, batch_size=BATCH, learning_rate=RATE), None, engine
    ).train()
    return network


def train_largest(device: Device, engine: str, data: Dataset) -> tuple[Dataset, gpunet.Network]:
    """One epoch in float64 on images as large as the engine takes, and those images.

    Raises:
        InputError: it takes none.
    """
    height, width = data.shape
    factors = [f for f in range(1, min(data.shape) + 1) if height % f == 0 and width % f == 0]
    for factor in factors:
        seen = shrink(data, factor)
        try:
            return seen, train(device, engine, seen, "float64")
        except InputError as error:
            refused = error
    raise refused


def shrink(data: Dataset, factor: int) -> Dataset:
    """The data set with so many pixels each way averaged into one."""
    height, width = data.shape
    shape = (height // factor, width // factor)

    def averaged(split: Split) -> Split:
        blocks = split.images.reshape(-1, shape[0], factor, shape[1], factor)
        means = blocks.mean(axis=(2, 4)).astype(np.uint8)
        return Split(means.reshape(len(split), -1), split.labels)

    train, validation, test = map(averaged, (data.train, data.validation, data.test))
    return Dataset(data.name, train, validation, test, shape, data.max_pixel, data.classes)


def difference(one: gpunet.Network, other: gpunet.Network) -> float:
    """The largest difference of any two parameters, in units of the largest parameter."""
    a, b = (network.device.host(network.parameters.array) for network in (one, other))
    return float(np.abs(a - b).max() / np.abs(b).max())


def move_between_devices(device: str, seconds: float) -> Outcome:
    """A run begun on the CPU, gone on with on the device, and ended on the CPU."""
    with tempfile.TemporaryDirectory() as folder:
        moved, straight = Path(folder) / "moved", Path(folder) / "straight"
        options = ["--dtype", "float64", "--learning-rate", str(RATE)]
        runs = [
            ["--out", str(straight), "--device", "cpu", "--epochs", "6", *options],
            ["--out", str(moved), "--device", "cpu", "--epochs", "2", *options],
            ["--resume", str(moved), "--device", device, "--epochs", "4"],
            ["--resume", str(moved), "--device", "cpu", "--epochs", "6"],
        ]
        for arguments in runs:
            ended = run_process([*GPUNET, "train", *arguments], seconds / len(runs))
            if ended.status != 0:
                where = " ".join(arguments)
                return Outcome.judge(
                    False, f"gpunet train {where}: status {ended.status}: {last_line(ended.err)}"
                )
        models = [load(run / "model.safetensors", "cpu") for run in (moved, straight)]
        return judge_difference(models[0], models[1], DOUBLE_TOLERANCE)
