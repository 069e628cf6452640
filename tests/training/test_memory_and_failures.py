"""Memory is asked for before it is taken, and a device that fails loses nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Memory
from gpunet.core.errors import DeviceFailedError, DeviceFullError
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.training.config import TrainingConfig
from gpunet.training.memory import bytes_of_training
from tests.pretended_gpu import PretendedGpu

LOST = DeviceFailedError("cpu failed: cudaErrorECCUncorrectable: uncorrectable ECC error")
FULL = DeviceFullError("cpu has too little memory free (1.0 MB of 8.0 GB free)")


class Mortal(CpuDevice):
    """A device that is lost after so many computations, as a GPU may be."""

    def __init__(self, computations: int, error: DeviceFailedError = LOST) -> None:
        super().__init__()
        self.left = computations
        self.error = error

    def computing(self, macs: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise self.error
        return super().computing(macs)


class Small(PretendedGpu):
    """A device with little memory."""

    def __init__(self, free: int) -> None:
        super().__init__()
        self.free = free

    def memory(self) -> Memory:
        return Memory(self.free, 10 * self.free)


def test_a_lost_device_ends_in_one_line_and_the_checkpoint_goes_on(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.run.WRITE_INTERVAL", 0.0)
    settings, out = TrainingConfig(epochs=4, batch_size=10, learning_rate=1.0), tmp_path / "run"
    network = gpunet.Network([64, 9, 10], device=Mortal(computations=4))
    session = Run.start(network, few, settings, out, overwrite=False)

    with pytest.raises(gpunet.GpunetError, match=r"ECC error.*--resume") as caught:
        session.train()

    assert caught.value.exit_status == 1
    assert "\n" not in str(caught.value)
    resumed = Run.resume(RunFolder.claim(out), few, "cpu", None)
    assert resumed.trainer.position.epoch == 2  # an epoch trains and evaluates: two computations
    assert resumed.train()
    straight = gpunet.Network([64, 9, 10])
    gpunet.fit(straight, few, epochs=4, learning_rate=1.0)
    np.testing.assert_array_equal(
        resumed.trainer.network.parameters.array, straight.parameters.array
    )


def test_running_out_while_training_says_what_is_needed_and_free(
    few: Dataset, tmp_path: Path
) -> None:
    device = Mortal(3, FULL)
    network = gpunet.Network([64, 9, 10], device=device)
    session = Run.start(network, few, TrainingConfig(epochs=4), tmp_path / "run", overwrite=False)
    with pytest.raises(
        DeviceFullError, match=r"1.0 MB of .*needs about .*B besides.*--batch-size.*--resume"
    ):
        session.train()


def test_running_out_while_preparing_says_what_to_turn(few: Dataset, tmp_path: Path) -> None:
    class Full(CpuDevice):
        def put(self, array: Any, dtype: Any = None) -> Any:
            if getattr(array, "dtype", None) == np.uint8:
                raise FULL
            return super().put(array, dtype)

    network = gpunet.Network([64, 9, 10], device=Full())
    with pytest.raises(gpunet.InputError, match=r"too little memory.*--batch-size"):
        Run.start(network, few, TrainingConfig(epochs=1), tmp_path / "run", overwrite=False)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("sizes", "batch_size", "free", "option"),
    [
        ([64, 9, 10], 10, 10_000, "fewer images|--batch-size"),
        ([64, 3000, 10], 1, 1_900_000, "--hidden|--batch-size"),
        ([64, 9, 10], 253, 150_000, "--batch-size"),
    ],
)
def test_memory_is_estimated_before_training(
    few: Dataset, sizes: list[int], batch_size: int, free: int, option: str
) -> None:
    network = gpunet.Network(sizes, device=Small(free))
    with pytest.raises(gpunet.InputError, match=rf"needs about .*B are free; .*({option})"):
        gpunet.fit(network, few, epochs=1, batch_size=batch_size)


def test_what_needs_no_memory_is_not_listed(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10], device=Small(10_000))
    with pytest.raises(gpunet.InputError, match=r"\(images and labels .*, workspaces ") as caught:
        gpunet.fit(network, few, epochs=1)
    assert "deformed" not in str(caught.value)
    with pytest.raises(gpunet.InputError, match="deformed images"):
        gpunet.fit(network, few, epochs=1, rotation=10.0)


def test_data_that_are_there_already_need_no_memory(few: Dataset) -> None:
    needed = sum(
        bytes_of_training(gpunet.Network([64, 9, 10]), 10, TrainingConfig(epochs=1), few).values()
    )
    tested = few.test.images.nbytes + 8 * len(few.test)  # put there anew, once training is done
    device = Small(needed + tested)
    network = gpunet.Network([64, 9, 10], device=device)
    with pytest.raises(gpunet.InputError, match="images and labels"):
        gpunet.fit(network, few, epochs=1)
    held = [DeviceDataset.of(device, split, few.scale) for split in (few.train, few.validation)]
    gpunet.fit(network, few, epochs=1)
    assert held


def test_precision_is_the_gpus_business() -> None:
    with pytest.raises(gpunet.DeviceError, match="tf32 needs a CUDA device, not cpu"):
        gpunet.open_device("cpu", precision="tf32")
    with pytest.raises(gpunet.DeviceError, match="float32, tf32, bfloat16"):
        gpunet.open_device("cpu", precision="int4")
