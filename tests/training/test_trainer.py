"""The loop: the book's algorithm, its history, stopping and going on, and divergence."""

from itertools import count
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.seeds import RngPurpose, key_for
from gpunet.datasets.batches import EpochOrder
from gpunet.datasets.dataset import Dataset
from gpunet.training.callbacks import KeepGoing, OnEpoch
from gpunet.training.config import TrainingConfig
from gpunet.training.state import Position
from gpunet.training.trainer import Trainer
from tests.backends import assert_close

Arrays = list[np.ndarray[Any, Any]]


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def book_backprop(weights: Arrays, biases: Arrays, x: Any, y: Any) -> tuple[Arrays, Arrays]:
    """Chapter 2's equations BP1 to BP4, for one sample of sigmoid neurons; x, y columns."""
    activations, zs = [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(w @ activations[-1] + b)
        activations.append(sigmoid(zs[-1]))
    delta = (activations[-1] - y) * sigmoid(zs[-1]) * (1 - sigmoid(zs[-1]))
    nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
    for layer in range(2, len(weights) + 1):
        slope = sigmoid(zs[-layer]) * (1 - sigmoid(zs[-layer]))
        delta = weights[-layer + 1].T @ delta * slope
        nabla_b.insert(0, delta)
        nabla_w.insert(0, delta @ activations[-layer - 1].T)
    return nabla_w, nabla_b


def book_epoch(network: gpunet.Network, dataset: Dataset, epoch: int, m: int, eta: float) -> Arrays:
    """Chapter 1's `SGD`, sample by sample: the weights, then the biases, after one epoch."""
    weights = [w.copy() for w in network.weights]
    biases = [b.reshape(-1, 1).copy() for b in network.biases]
    order = np.asarray(
        EpochOrder(len(dataset.train), key_for(network.seed, RngPurpose.ORDER), epoch)
    )
    for start in range(0, len(order), m):
        rows = order[start : start + m]
        steps_w, steps_b = [0 * w for w in weights], [0 * b for b in biases]
        for row in rows:
            x = dataset.train.images[row].reshape(-1, 1) * dataset.scale
            y = np.eye(10)[dataset.train.labels[row]].reshape(-1, 1)
            for sums, parts in zip(
                (steps_w, steps_b), book_backprop(weights, biases, x, y), strict=True
            ):
                for total, part in zip(sums, parts, strict=True):
                    total += part
        weights = [w - eta / len(rows) * s for w, s in zip(weights, steps_w, strict=True)]
        biases = [b - eta / len(rows) * s for b, s in zip(biases, steps_b, strict=True)]
    return [*weights, *(b.reshape(-1) for b in biases)]


@pytest.mark.parametrize("batch_size", [1, 10, 253])
def test_an_epoch_is_the_books_algorithm_sample_by_sample(few: Dataset, batch_size: int) -> None:
    network = gpunet.Network([64, 12, 11, 10], dtype="float64", seed=6, device="cpu")
    expected = book_epoch(network, few, 0, batch_size, 3.0)
    gpunet.fit(network, few, epochs=1, batch_size=batch_size, learning_rate=3.0)
    for found, wanted in zip([*network.weights, *network.biases], expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-13)


def test_momentum_is_the_velocity_of_chapter_3(few: Dataset) -> None:
    network = gpunet.Network([64, 10], dtype="float64", seed=6, device="cpu")
    before = network.parameters.array.copy()
    plain = gpunet.Network([64, 10], dtype="float64", seed=6, device="cpu")
    velocity = np.zeros_like(before)
    for epoch in range(3):  # with one batch an epoch, an epoch is a step
        order = np.asarray(EpochOrder(253, key_for(6, RngPurpose.ORDER), epoch))
        batch = few.train[order]
        plain.input_scale = few.scale
        velocity = 0.8 * velocity - 0.5 * plain.backprop(batch.images, batch.labels).flat
        plain.parameters.array += velocity
    gpunet.fit(network, few, epochs=3, batch_size=253, learning_rate=0.5, momentum=0.8)
    np.testing.assert_allclose(network.parameters.array, plain.parameters.array, rtol=1e-9)


def test_the_digits_are_learned_with_the_defaults(digits: Dataset) -> None:
    accuracies = []
    for seed in range(5):
        network = gpunet.Network([64, 30, 10], seed=seed, device="cpu")
        gpunet.fit(network, digits, monitor=None)
        accuracies.append(gpunet.evaluate(network, digits.test).accuracy)
    assert np.mean(accuracies) >= 0.955


def trained(few: Dataset, seed: int, device: Device | str = "cpu", **options: Any) -> bytes:
    network = gpunet.Network([64, 12, 10], seed=seed, device=device)
    gpunet.fit(network, few, epochs=2, **options)
    return bytes_of(network)


def bytes_of(network: gpunet.Network) -> bytes:
    """All parameters."""
    return bytes(network.device.host(network.parameters.array).tobytes())


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_the_seed_decides_every_bit(usual: Device, few: Dataset, momentum: float) -> None:
    first, again, other = (trained(few, seed, usual, momentum=momentum) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("monitor", ["validation", "test", "train"])
def test_the_history_holds_what_evaluation_says_of_the_monitored_split(
    usual: Device, few: Dataset, monitor: str
) -> None:
    network = gpunet.Network([64, 12, 10], device=usual)
    history = gpunet.fit(network, few, epochs=2, monitor=monitor)
    seen = gpunet.evaluate(network, few.splits[monitor])
    assert history[-1].accuracy == seen.accuracy
    # The fused kernel adds costs up in another order, and in float64.
    exactly = usual.name == "cpu"
    assert history[-1].cost == pytest.approx(seen.cost, rel=0 if exactly else 1e-6, abs=0)


def test_monitoring_changes_nothing_about_the_training(few: Dataset) -> None:
    assert trained(few, 1, monitor=None) == trained(few, 1, monitor="test")


def test_without_a_monitor_the_history_holds_no_accuracy(few: Dataset) -> None:
    history = gpunet.fit(gpunet.Network([64, 10], device="cpu"), few, epochs=2, monitor=None)
    assert [(record.epoch, record.accuracy) for record in history] == [(1, None), (2, None)]


def test_an_unknown_monitor_is_refused(few: Dataset) -> None:
    with pytest.raises(gpunet.InputError, match="monitor 'exam': choose one of train"):
        gpunet.fit(gpunet.Network([64, 10], device="cpu"), few, monitor="exam")


def test_every_epoch_is_told_as_it_ends(few: Dataset) -> None:
    told: list[gpunet.EpochRecord] = []
    network = gpunet.Network([64, 10], device="cpu")
    history = gpunet.fit(network, few, epochs=3, on_epoch=told.append)
    assert told == history
    assert [record.steps for record in told] == [26, 52, 78]


@pytest.mark.parametrize("sizes", [[63, 10], [64, 9]])
def test_data_that_do_not_fit_are_refused_before_anything_changes(
    few: Dataset, sizes: list[int]
) -> None:
    network = gpunet.Network(sizes, device="cpu")
    before = network.parameters.array.tobytes()
    with pytest.raises(gpunet.InputError, match="few has"):
        gpunet.fit(network, few)
    assert network.parameters.array.tobytes() == before


def test_a_batch_larger_than_the_data_is_all_of_them(few: Dataset) -> None:
    assert trained(few, 1, batch_size=1000) == trained(few, 1, batch_size=253)


def trainer_of(few: Dataset, momentum: float, device: Device | str = "cpu") -> Trainer:
    network = gpunet.Network([64, 12, 10], seed=3, device=device)
    return Trainer(
        network,
        few,
        TrainingConfig(epochs=3, batch_size=10, learning_rate=1.0, momentum=momentum),
        few.validation,
        "eager",
    )


# The trainer looks up five times in an epoch of 26 steps, and does not stop at the epoch's end.
@pytest.mark.parametrize("look", [1, 2, 3, 4, 6, 9, 11, 14])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_trainer_goes_on_from_wherever_it_was_stopped(
    usual: Device, few: Dataset, look: int, momentum: float
) -> None:
    whole, first, second = (trainer_of(few, momentum, usual) for _ in range(3))
    assert whole.train()
    looks = count(1)
    assert not first.train(KeepGoing(lambda: next(looks) < look))
    assert first.position.step > 0
    second.restore(first.snapshot())
    second.history = first.history
    assert second.train()
    assert bytes_of(second.network) == bytes_of(whole.network)
    assert second.history == whole.history


def test_a_trainer_told_to_stop_with_its_last_step_has_finished(few: Dataset) -> None:
    trainer = trainer_of(few, 0.0)
    assert trainer.train(KeepGoing(lambda: trainer.steps_done < 3 * 26))
    assert trainer.finished


def diverging(few: Dataset, learning_rate: float = 0.3, device: Device | str = "cpu") -> Trainer:
    network = gpunet.Network(
        [64, 10], activation="linear", dtype="float64", seed=3, device=device, input_scale=1 / 16
    )
    config = TrainingConfig(epochs=90, batch_size=10, learning_rate=learning_rate)
    return Trainer(network, few, config, None, "eager")


def first_bad_step(few: Dataset, learning_rate: float) -> tuple[int, int]:
    """The epoch and step after which the weights are not finite, by a plain loop."""
    network = diverging(few).network
    w, b = network.weights[0].copy(), network.biases[0].copy()
    for epoch in count():
        order = np.asarray(EpochOrder(253, key_for(3, RngPurpose.ORDER), epoch))
        for step, start in enumerate(range(0, 253, 10), 1):
            batch = few.train[order[start : start + 10]]
            x, y = batch.images / 16, np.eye(10)[batch.labels]
            with np.errstate(all="ignore"):
                delta, rate = x @ w.T + b - y, learning_rate / len(x)
                w, b = w - rate * (delta.T @ x), b - rate * delta.sum(axis=0)
            if not (np.isfinite(w).all() and np.isfinite(b).all()):
                return epoch + 1, step
    raise AssertionError


@pytest.mark.parametrize("learning_rate", [0.3, 1.0, 1e5])
def test_divergence_is_told_with_its_step(
    usual: Device, few: Dataset, learning_rate: float
) -> None:
    with pytest.raises(gpunet.DivergedError) as raised:
        diverging(few, learning_rate, usual).train()
    assert (raised.value.epoch, raised.value.step) == first_bad_step(few, learning_rate)
    assert f"smaller than {learning_rate:g}" in str(raised.value)


def test_divergence_takes_the_network_back_to_the_last_good_epoch(
    usual: Device, few: Dataset
) -> None:
    trainer = diverging(few, device=usual)
    ends = [bytes_of(trainer.network)]
    with pytest.raises(gpunet.DivergedError):
        trainer.train(OnEpoch(lambda record: ends.append(bytes_of(trainer.network))))
    assert len(ends) > 1
    assert bytes_of(trainer.network) == ends[-1]
    assert trainer.position.epoch == len(trainer.history) == len(ends) - 1


def test_a_run_that_is_stopped_after_it_diverged_has_diverged(few: Dataset) -> None:
    trainer = diverging(few, 1e6)
    looks = count(1)
    with pytest.raises(gpunet.DivergedError, match="of epoch 2"):
        trainer.train(KeepGoing(lambda: next(looks) < 9))  # in epoch 2, before its end
    assert np.isfinite(trainer.network.parameters.array).all()


def test_it_stops_even_where_an_epoch_is_a_single_step(few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10])
    trainer = Trainer(network, few, TrainingConfig(epochs=1000, batch_size=len(few.train)), None)
    asked = iter([True, True, False])
    assert not trainer.train(KeepGoing(lambda: next(asked)))
    assert trainer.position.epoch == 3


def test_a_cost_that_is_infinite_is_told_though_the_weights_are_finite(
    usual: Device, few: Dataset
) -> None:
    network = gpunet.Network([64, 10], activation="linear", seed=3, device=usual)
    network.parameters.array[...] = 1e25  # whose square is no float32
    before = bytes_of(network)
    config = TrainingConfig(epochs=2, batch_size=253, learning_rate=1e-9)
    trainer = Trainer(network, few, config, few.validation)
    with pytest.raises(gpunet.DivergedError, match=r"the cost became .* at step 1 of epoch 1"):
        trainer.train()
    assert bytes_of(network) == before
    assert trainer.position == Position()
    assert not trainer.history


def test_a_run_gone_on_with_within_an_epoch_tells_the_step_at_which_it_diverges(
    few: Dataset,
) -> None:
    epoch, step = first_bad_step(few, 0.3)
    assert step > 8  # as many as are run before it is asked for the first time
    trainer = diverging(few, 0.3)
    at = (epoch - 1) * trainer.steps_per_epoch + 8
    assert not trainer.train(KeepGoing(lambda: trainer.steps_done < at))
    assert trainer.position == Position(epoch - 1, 8)
    with pytest.raises(gpunet.DivergedError) as raised:
        trainer.train()
    assert (raised.value.epoch, raised.value.step) == (epoch, step)
    assert trainer.position == Position(epoch - 1, 8)


def test_divergence_takes_the_velocity_back_too(usual: Device, few: Dataset) -> None:
    network = gpunet.Network([64, 10], activation="linear", dtype="float64", seed=3, device=usual)
    config = TrainingConfig(epochs=90, batch_size=10, learning_rate=0.3, momentum=0.5)
    trainer = Trainer(network, few, config, None)
    velocity = trainer.optimizer.state["velocity"]
    ends = [velocity.copy()]
    with pytest.raises(gpunet.DivergedError):
        trainer.train(OnEpoch(lambda record: ends.append(velocity.copy())))
    assert len(ends) > 1
    assert_close(usual, velocity, ends[-1], 0)


def test_a_snapshot_can_be_gone_back_to_again_and_again(usual: Device, few: Dataset) -> None:
    trainer = trainer_of(few, 0.5, usual)
    start, ends = trainer.snapshot(), []
    for _ in range(2):
        trainer.restore(start)
        trainer.history.clear()
        assert trainer.train()
        ends.append(bytes_of(trainer.network))
    assert start.position == Position()
    assert ends[0] == ends[1]


def test_the_device_is_set_up_for_a_whole_batch(few: Dataset) -> None:
    """Else products large enough for several threads would have one."""
    asked: list[int] = []

    class Noting(CpuDevice):
        def computing(self, macs: int) -> Any:
            asked.append(macs)
            return super().computing(macs)

    network = gpunet.Network([64, 12, 10], device=Noting())
    gpunet.fit(network, few, epochs=1, batch_size=100, monitor=None)
    assert asked == [100 * 64 * 12]
