"""Training is the same program on every backend, and nothing crosses to the host in a step."""

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset, Split
from gpunet.evaluation.evaluate import Evaluator
from gpunet.nn.step import run
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from tests.backends import assert_close, refusing_allocations
from tests.strict import StrictDevice


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return gpunet.load_dataset("digits")


def first(dataset: Dataset, samples: int) -> Dataset:
    """The same data with fewer training samples."""
    rest = (dataset.validation, dataset.test, dataset.shape, dataset.max_pixel, dataset.classes)
    return Dataset("some digits", dataset.train[:samples], *rest)


def trained(
    device: Device | str, dataset: Dataset, momentum: float = 0.0, l2: float = 0.0
) -> gpunet.Network:
    network = gpunet.Network([64, 12, 10], device=device, dtype="float64", seed=4)
    gpunet.fit(
        network, dataset, epochs=2, batch_size=12, learning_rate=1.0, momentum=momentum, l2=l2
    )
    return network


@pytest.mark.parametrize("l2", [0.0, 5.0])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_every_backend_ends_with_the_same_weights(
    device: Device, digits: Dataset, momentum: float, l2: float
) -> None:
    few = first(digits, 125)  # ten whole batches and a smaller one
    expected = trained("cpu", few, momentum, l2).parameters.array
    assert_close(device, trained(device, few, momentum, l2).parameters.array, expected, 1e-9, 1e-12)


def test_evaluation_is_the_same_everywhere(device: Device, digits: Dataset) -> None:
    few = first(digits, 125)
    here = gpunet.evaluate(trained(device, few), digits.test)
    there = gpunet.evaluate(trained("cpu", few), digits.test)
    assert here.cost == pytest.approx(there.cost, rel=1e-9)
    np.testing.assert_array_equal(here.confusion, there.confusion)


def test_outputs_are_computed_without_memory(device: Device, digits: Dataset) -> None:
    network = gpunet.Network([64, 12, 10], device=device, input_scale=digits.scale)
    with device.active():
        samples = DeviceDataset(device, digits.test.images, digits.test.labels, digits.scale)
        evaluator = Evaluator(network, samples)
        rows, few = evaluator.rows[: evaluator.chunk], evaluator.rows[:7]
        for chosen in (rows, few):
            evaluator.loader.load(chosen)
            run(evaluator.operations)
        with refusing_allocations(device):
            evaluator.loader.load(rows)
            run(evaluator.operations)
    images = digits.test.images[: evaluator.chunk]
    assert_close(device, evaluator.bound.output, network.feedforward(images), 1e-5)


def crossings_of_an_epoch(
    digits: Dataset, samples: int, monitor: Split | None, engine: str
) -> tuple[int, int]:
    device = StrictDevice()
    network = gpunet.Network([64, 12, 10], device=device)
    before = device.crossings.to_host, device.crossings.to_device
    data, config = first(digits, samples), TrainingConfig(epochs=3)
    Trainer(network, data, config, monitor, engine).train()
    after = device.crossings.to_host, device.crossings.to_device
    return after[0] - before[0], after[1] - before[1]


@pytest.mark.parametrize("engine", ["eager", "graph"])
@pytest.mark.parametrize("monitored", [False, True])
def test_crossings_do_not_grow_with_the_steps(
    digits: Dataset, monitored: bool, engine: str
) -> None:
    monitor = digits.validation if monitored else None
    few = crossings_of_an_epoch(digits, 50, monitor, engine)
    many = crossings_of_an_epoch(digits, 1000, monitor, engine)
    assert few == many


@pytest.mark.parametrize("engine", ["eager", "graph"])
def test_an_epoch_crosses_to_the_host_once_to_see_that_all_is_finite(
    digits: Dataset, engine: str
) -> None:
    to_host, to_device = crossings_of_an_epoch(digits, 1000, None, engine)
    assert to_host == 3
    images_and_labels, orders = 2, 3
    assert to_device == images_and_labels + orders


def test_a_run_moves_between_devices(device: Device, digits: Dataset) -> None:
    network = gpunet.Network([64, 12, 10], device=device, dtype="float64", seed=4)
    saved = device.host(network.parameters.array).copy()
    moved = gpunet.Network([64, 12, 10], device="cpu", dtype="float64", seed=5)
    moved.parameters.array[...] = saved
    assert_close(
        device,
        network.feedforward(digits.test.images[:9]),
        moved.feedforward(digits.test.images[:9]),
        1e-12,
    )


def test_a_split_can_be_given_as_arrays(digits: Dataset) -> None:
    network = gpunet.Network([64, 10])
    split = digits.test
    as_pair = gpunet.evaluate(network, (split.images, split.labels))
    assert as_pair.accuracy == gpunet.evaluate(network, Split(split.images, split.labels)).accuracy


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_steps_with_l2_are_those_computed_by_hand(device: Device, momentum: float) -> None:
    stream = np.random.default_rng(1)
    images = stream.integers(0, 256, (8, 5)).astype(np.uint8)
    labels = stream.integers(0, 3, 8)
    split = Split(images, labels)
    data = Dataset("eight", split, split, split, (1, 5), 255, ("a", "b", "c"))
    network, other = (
        gpunet.Network([5, 3], device=device, dtype="float64", input_scale=data.scale)
        for _ in range(2)
    )
    rate, l2, speeds = 0.5, 0.3, [0.0, 0.0]
    for _ in range(3):  # three epochs of one step each
        gradients = other.backprop(images, labels)
        weights, biases = (device.host(part[0]) for part in (other.weights, other.biases))
        slopes = [device.host(part[0]) for part in (gradients.weights, gradients.biases)]
        slopes[0] = slopes[0] + l2 / len(labels) * weights
        speeds = [momentum * v - rate * slope for v, slope in zip(speeds, slopes, strict=True)]
        other.weights[0][...] = device.put(weights + speeds[0])
        other.biases[0][...] = device.put(biases + speeds[1])

    gpunet.fit(network, data, epochs=3, batch_size=8, learning_rate=rate, momentum=momentum, l2=l2)

    assert_close(device, network.parameters.array, device.host(other.parameters.array), 1e-12)
