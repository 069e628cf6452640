"""`fit`: train a network on a data set, in one call."""

import logging
from collections.abc import Callable
from inspect import signature
from typing import Never

from gpunet.core.errors import InputError
from gpunet.core.options import documented, names_of
from gpunet.core.words import did_you_mean
from gpunet.datasets.dataset import Dataset
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig
from gpunet.training.fastest import copy_to, find_fastest
from gpunet.training.history import EpochRecord, History
from gpunet.training.notebook import ProgressLine, in_notebook
from gpunet.training.plan import check_dataset
from gpunet.training.trainer import Trainer

Observer = Callable[[EpochRecord], None]


@documented(TrainingConfig)
def fit(
    network: Network,
    dataset: Dataset,
    *,
    epochs: int = 30,
    batch_size: int = 10,
    learning_rate: float = 3.0,
    schedule: str = "constant",
    warm_up: int = 0,
    optimizer: str = "sgd",
    momentum: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    max_norm: float = 0.0,
    clip: float = 0.0,
    patience: int = 0,
    keep_best: bool = False,
    diagnose: bool = False,
    expand: bool = False,
    shift: float = 0.0,
    rotation: float = 0.0,
    scaling: float = 0.0,
    shear: float = 0.0,
    elastic: float = 0.0,
    sigma: float = 4.0,
    monitor: str | None = "validation",
    on_epoch: Callable[[EpochRecord], None] | None = None,
    **unknown: Never,
) -> History:
    """Train a network in place by mini-batch stochastic gradient descent (chapter 1).

    How to train is said by the options of `TrainingConfig`, from `epochs` to `sigma`.

    Args:
        network: its seed decides the order of the samples. Where its device was chosen
            automatically, training takes place where it is fastest, which is timed first if it is
            not known, and told to the logger "gpunet"; the network stays where it is.
        dataset: trains on its `.train`; its `.scale` becomes the network's `input_scale`.
        monitor: the split evaluated after every epoch: "validation", "test", "train" or None.
        on_epoch: called with the record of each epoch as it ends. In a notebook, a line says
            how far it is as well.

    Returns:
        The epochs, with accuracy and cost on the monitored split.

    Raises:
        InputError: an argument is invalid, or the data do not fit the network.
        DivergedError: the weights or the cost became NaN or infinite.
    """
    given = locals()
    check_dataset(dataset)
    names = names_of(TrainingConfig)
    for name in unknown:
        where = "; it is given to Network" if name in signature(Network).parameters else ""
        raise InputError(f"fit has no option {name!r}{where or did_you_mean(name, names)}")
    if monitor is not None and monitor not in dataset.splits:
        raise InputError(f"monitor {monitor!r}: choose one of {', '.join(dataset.splits)} or None")
    config = TrainingConfig.from_json({name: given[name] for name in names})
    seen = dataset.splits[monitor] if monitor else None
    observe = both(ProgressLine(epochs).on_epoch, on_epoch) if in_notebook() else on_epoch
    choice = find_fastest(network, dataset, config, seen)
    if choice is None:
        return train(Trainer(network, dataset, config, seen), observe)
    logging.getLogger("gpunet").info("fastest: %s", choice)
    device, engine = choice.way.device, choice.way.engine
    if device is network.device:
        return train(Trainer(network, dataset, config, seen, engine), observe)
    elsewhere = copy_to(network, device)
    trainer = Trainer(elsewhere, dataset, config, seen, engine)

    def bring_back(record: EpochRecord | None = None) -> None:
        network.input_scale = elsewhere.input_scale
        found = device.host(elsewhere.parameters.array)
        with network.device.active():
            network.parameters.array[...] = network.device.put(found)

    try:
        return train(trainer, both(bring_back, observe) if observe else None)
    finally:
        bring_back()


def train(trainer: Trainer, observe: Observer | None) -> History:
    """Train to the end, and leave the network that is to be kept."""
    trainer.train(observe)
    trainer.take_best()
    return trainer.history


def both(first: Observer, second: Observer | None) -> Observer:
    """What calls two, if there are two."""

    def observe(record: EpochRecord) -> None:
        first(record)
        if second:
            second(record)

    return observe
