"""How long it takes from data on disk to a network of some accuracy on the test split.

Timed is everything but imports and compilation: reading the data, making the network, training,
and evaluating it on the test split after every epoch. How many epochs there are is said by the
recipe, before anything is trained. The test split decides nothing.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.nn.network import Network
from gpunet.runs.config import RunConfig
from gpunet.sweeps.statistics import Summary, summarise
from gpunet.training.fit import fit
from gpunet.training.history import EpochRecord

# Trained on in the rehearsal, in which all that is imported or compiled late is.
REHEARSED_STEPS = 20


@dataclass(frozen=True)
class First:
    """When the test accuracy was at the target for the first time.

    Attributes:
        epoch: counted from 1.
        seconds: from the beginning to the end of that evaluation.
    """

    epoch: int
    seconds: float


@dataclass(frozen=True)
class Attempt:
    """One network, from data on disk to its last evaluation.

    Attributes:
        seed: of the network.
        accuracy: on the test split after the last epoch, as a fraction.
        seconds: all together.
        first: when it was at the target first; None if it never was.
    """

    seed: int
    accuracy: float
    seconds: float
    first: First | None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**vars(self), "first": vars(self.first) if self.first else None}


@dataclass(frozen=True)
class Verdict:
    """Several attempts together.

    Attributes:
        accuracy: after the last epoch.
        seconds: of whole attempts.
        first: seconds until the target was first crossed, of those attempts in which it was.
        reached: whether the mean of the accuracies is at the target.
    """

    accuracy: Summary
    seconds: Summary
    first: Summary
    reached: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        summaries = {name: getattr(self, name) for name in ("accuracy", "seconds", "first")}
        told = {name: summary.to_json() for name, summary in summaries.items()}
        return {**told, "reached": self.reached}


def attempts(
    source: str, config: RunConfig, target: float, seeds: Sequence[int], device: Device
) -> Iterator[Attempt]:
    """Train a network for each seed, each from the data on disk on.

    Args:
        source: of the data, as `load_dataset` takes it.
        target: the accuracy to reach, as a fraction.

    Raises:
        InputError: the data are not there, or do not fit the network.
    """
    rehearse(source, config, device)
    for seed in seeds:
        yield attempt(source, config, target, seed, device)


def rehearse(source: str, config: RunConfig, device: Device) -> None:
    """Do once what an attempt does, on a few of the samples."""
    dataset = load_dataset(source)
    if not len(dataset.test):
        raise InputError(f"{source} has no test split: name data that have one")
    few = dataset.train[: REHEARSED_STEPS * config.training.batch_size]
    network = make_network(dataset, config, 0, device)
    train = replace(config.training, epochs=1)
    fit(network, replace(dataset, train=few), monitor="test", **train.to_json())


def attempt(source: str, config: RunConfig, target: float, seed: int, device: Device) -> Attempt:
    """Read the data, make a network, train it, and evaluate it after every epoch."""
    first: First | None = None
    began = time.perf_counter()

    def note(record: EpochRecord) -> None:
        nonlocal first
        if first is None and record.accuracy is not None and record.accuracy >= target:
            first = First(record.epoch, time.perf_counter() - began)

    dataset = load_dataset(source)
    network = make_network(dataset, config, seed, device)
    history = fit(network, dataset, monitor="test", on_epoch=note, **config.training.to_json())
    accuracy = history[-1].accuracy
    assert accuracy is not None
    return Attempt(seed, accuracy, time.perf_counter() - began, first)


def make_network(dataset: Any, config: RunConfig, seed: int, device: Device) -> Network:
    """The network that is trained."""
    return config.network(dataset, seed=seed, dtype="float32", device=device)


def judge(done: Sequence[Attempt], target: float) -> Verdict:
    """What several attempts say together.

    Args:
        done: at least one.
        target: as a fraction.
    """
    accuracy = summarise([each.accuracy for each in done])
    seconds = summarise([each.seconds for each in done])
    first = summarise([each.first.seconds for each in done if each.first])
    return Verdict(accuracy, seconds, first, (accuracy.mean or 0.0) >= target)
