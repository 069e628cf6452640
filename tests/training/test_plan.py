"""A training is looked through before it begins: what is refused leaves everything as it was."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device, Memory
from gpunet.core.errors import DeviceFailedError, DeviceFullError
from gpunet.datasets.dataset import Dataset, Split
from gpunet.sweeps.executors.shared_launch import FusedPopulation
from gpunet.training.config import TrainingConfig
from gpunet.training.plan import make_plan
from gpunet.training.trainer import Trainer
from tests.pretended_gpu import PretendedGpu

PIXELS = np.arange(64, dtype=np.uint8)


class Small(PretendedGpu):
    """A device with next to no memory left."""

    free = 0

    def memory(self) -> Memory:
        return Memory(self.free, 10**9)


class Failing(PretendedGpu):
    """A device that fails once it has been asked for so much more."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 10**9

    def put(self, array: Any, dtype: Any = None) -> Any:
        self.left -= 1
        if self.left < 0:
            raise DeviceFullError("pretended has too little memory free")
        return super().put(array, dtype)


class WithoutCompiler(PretendedGpu):
    """A device on which no kernel can be compiled."""

    def compile_fused(self, plan: Any) -> Any:
        raise DeviceFailedError("pretended failed: NVRTC_ERROR_COMPILATION")


def table(data: Dataset) -> Dataset:
    """The same numbers, as a table: no images."""
    return replace(data, shape=(1, 64))


def without(data: Dataset, name: str) -> Dataset:
    """The same data with nothing in one of the splits."""
    empty: dict[str, Any] = {name: data.splits[name][:0]}
    return replace(data, **empty)


def narrow(data: Dataset) -> Dataset:
    """The same images but for their last pixel."""
    cut: dict[str, Any] = {
        name: Split(np.ascontiguousarray(split.images[:, :63]), split.labels)
        for name, split in data.splits.items()
    }
    return replace(data, **cut, shape=(7, 9))


def with_another_class(data: Dataset) -> Dataset:
    """The same data, with an eleventh class that is seen in the test split only."""
    return replace(data, test=Split(data.test.images, data.test.labels + np.uint8(1)))


def as_it_is(data: Dataset) -> Any:
    return data


Refusal = tuple[Callable[[Dataset], Any], dict[str, Any], str]
REFUSALS: dict[str, Refusal] = {
    "no data set": (lambda data: "digits", {}, "'digits' is no data set"),
    "pixels": (narrow, {}, "63 pixels"),
    "labels": (with_another_class, {}, "labels up to 10, the network 10 outputs"),
    "no samples": (lambda data: without(data, "train"), {}, "no samples to train on"),
    "nothing to monitor": (lambda data: without(data, "validation"), {}, "no samples to monitor"),
    "monitor": (as_it_is, {"monitor": "exam"}, "monitor 'exam'"),
    "option": (as_it_is, {"dropout": 0.5}, "no option 'dropout'"),
    "value": (as_it_is, {"epochs": 0}, "epochs 0"),
    "patience": (as_it_is, {"monitor": None, "patience": 3}, "to be watched"),
    "keep best": (as_it_is, {"monitor": None, "keep_best": True}, "to be watched"),
    "halving": (as_it_is, {"monitor": None, "schedule": "halving:3"}, "to be watched"),
    "optimizer": (as_it_is, {"optimizer": "nesterov", "momentum": 0}, "nesterov needs momentum"),
    "l2": (as_it_is, {"l2": 1e6}, "past zero in one step"),
    "warm-up": (as_it_is, {"warm_up": 30}, "leaves none of 30 epochs"),
    "rotation of a table": (table, {"rotation": 10.0}, "cannot be deformed"),
    "expansion of a table": (table, {"expand": True}, "cannot be deformed"),
}


def state_of(network: gpunet.Network) -> tuple[Any, ...]:
    """All of a network that a training could change, and what it makes of pixels."""
    outputs = np.asarray(network.feedforward(PIXELS)).tobytes()
    return network.parameters.array.tobytes(), network.input_scale, network.seed, outputs


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_fit_leaves_the_network_as_it_was(few: Dataset, case: str) -> None:
    change, options, words = REFUSALS[case]
    network = gpunet.Network([64, 9, 10])
    before = state_of(network)
    with pytest.raises(gpunet.InputError, match=words):
        gpunet.fit(network, change(few), **options)
    assert state_of(network) == before


def test_a_fit_refused_for_its_images_shape_leaves_the_network_as_it_was(few: Dataset) -> None:
    network = gpunet.Network([(4, 16), "3C3", 10])
    before = state_of(network)
    with pytest.raises(gpunet.InputError, match="the network takes 4 × 16"):
        gpunet.fit(network, few)
    assert state_of(network) == before


def test_a_fit_refused_for_lack_of_memory_leaves_the_network_as_it_was(few: Dataset) -> None:
    device = Small()
    network = gpunet.Network([64, 9, 10], device=device)
    before = state_of(network)
    device.free = 10_000
    with pytest.raises(gpunet.InputError, match="training needs about"):
        gpunet.fit(network, few)
    assert state_of(network) == before


@pytest.mark.parametrize(
    ("device", "engine", "words"),
    [
        (CpuDevice(), "graph", "needs a CUDA device"),
        (CpuDevice(), "fused", "needs a CUDA device"),
        (CpuDevice(), "warp", "unknown engine"),
        (PretendedGpu(shared_limit=1000), "fused", "multiprocessor"),
    ],
)
def test_a_trainer_refused_for_its_engine_leaves_the_network_as_it_was(
    few: Dataset, device: Device, engine: str, words: str
) -> None:
    network = gpunet.Network([64, 9, 10], device=device)
    before = state_of(network)
    with pytest.raises(gpunet.InputError, match=words):
        Trainer(network, few, TrainingConfig(), few.validation, engine)
    assert state_of(network) == before


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_wherever_a_device_fails_while_preparing_the_network_stays_as_it_was(
    few: Dataset, momentum: float
) -> None:
    """From the first array that is put there to the last."""
    whole = Failing()
    network = gpunet.Network([64, 9, 10], device=whole)
    Trainer(network, few, TrainingConfig(momentum=momentum), few.validation)
    needed = 10**9 - whole.left - 1  # but for the one of the network itself
    assert needed >= 4
    for put in range(needed):
        device = Failing()
        network = gpunet.Network([64, 9, 10], device=device)
        before = state_of(network)
        device.left = put
        with pytest.raises(
            gpunet.InputError, match=r"prepared: pretended has too little memory.*--batch"
        ):
            gpunet.fit(network, few, momentum=momentum)
        device.left = 10**9
        assert state_of(network) == before


def test_a_kernel_that_cannot_be_compiled_leaves_the_network_as_it_was(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10], device=WithoutCompiler())
    before = state_of(network)
    with pytest.raises(DeviceFailedError, match="NVRTC_ERROR_COMPILATION"):
        gpunet.fit(network, few)
    assert state_of(network) == before


def test_neither_a_plan_nor_a_trainer_changes_what_it_is_given(few: Dataset) -> None:
    network, config = gpunet.Network([64, 9, 10]), TrainingConfig(batch_size=1000)
    before, pixels = state_of(network), few.train.images.tobytes()
    make_plan(network, few, config, few.validation)
    Trainer(network, few, config, few.validation)
    assert state_of(network) == before
    assert config == TrainingConfig(batch_size=1000)
    assert few.train.images.tobytes() == pixels


def test_with_its_training_a_network_takes_on_the_scale_of_the_data(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10])
    assert network.input_scale == 1 / 256
    gpunet.fit(network, few, epochs=1)
    assert network.input_scale == few.scale == 1 / 16


def test_so_do_networks_that_are_trained_together(few: Dataset) -> None:
    device = PretendedGpu()
    networks = [gpunet.Network([64, 9, 10], device=device, seed=seed) for seed in range(2)]
    together = FusedPopulation(networks, few, TrainingConfig(epochs=1))
    assert [network.input_scale for network in networks] == [1 / 256] * 2
    together.train()
    assert [network.input_scale for network in networks] == [few.scale] * 2


def test_a_plan_says_what_the_training_will_be(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10], device=PretendedGpu())
    config = TrainingConfig(batch_size=10, momentum=0.5, expand=True)
    plan = make_plan(network, few, config, few.validation)
    assert (plan.samples, plan.batch_size, plan.steps_per_epoch) == (5 * 253, 10, 127)
    assert (plan.engine, plan.optimizer.config.momentum) == ("fused", 0.5)
    assert "fits on one multiprocessor" in plan.engine_note
    trainer = Trainer(network, few, config, few.validation)
    assert (trainer.samples, trainer.batch_size) == (plan.samples, plan.batch_size)
    assert trainer.steps_per_epoch == plan.steps_per_epoch
    assert trainer.engine.name == plan.engine
    assert trainer.plan.needed == plan.needed


def test_a_batch_is_at_most_all_of_the_samples(few: Dataset) -> None:
    plan = make_plan(gpunet.Network([64, 10]), few, TrainingConfig(batch_size=1000), None)
    assert (plan.batch_size, plan.steps_per_epoch) == (253, 1)
