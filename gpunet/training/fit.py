"""`fit`: train a network on a data set, in one call."""

import logging
from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from typing import Any, Never

from gpunet.backend.exchange import describe
from gpunet.core.errors import InputError
from gpunet.core.options import documented, names_of
from gpunet.core.words import did_you_mean, shown
from gpunet.datasets.samples import Arrays, Data, Samples
from gpunet.nn.network import Network
from gpunet.training.best import take_best
from gpunet.training.callbacks import Callback, Training, check_callbacks, check_on_epoch
from gpunet.training.config import TrainingConfig
from gpunet.training.fastest import find_fastest
from gpunet.training.given import read_given
from gpunet.training.guessing import Guessing
from gpunet.training.history import EpochRecord, History
from gpunet.training.notebook import ProgressLine, in_notebook
from gpunet.training.plan import settled
from gpunet.training.trainer import Trainer

# What others call it.
ALIASES = {
    "lr": "learning_rate",
    "eta": "learning_rate",
    "lmbda": "l2",
    "weight_decay": "l2",
    "batch": "batch_size",
    "mini_batch_size": "batch_size",
    "max_iter": "epochs",
    "validation_data": "validation",
    "validation_split": "validation",
}
# What `fit` takes besides the options of a training.
OTHERS = ("validation", "sample_weight", "scale", "monitor", "callbacks", "on_epoch")


@documented(TrainingConfig)
def fit(
    network: Network,
    dataset: Any,
    y: Any = None,
    *,
    validation: Any = None,
    sample_weight: Any = None,
    scale: float | None = None,
    epochs: int = 30,
    batch_size: int = 10,
    learning_rate: float | None = None,
    train_on: str = "training",
    schedule: str = "constant",
    warm_up: int = 0,
    optimizer: str = "sgd",
    momentum: float | None = None,
    momentum_start: float = 0.0,
    momentum_epochs: int = 0,
    dampening: bool = False,
    l1: float = 0.0,
    l2: float = 0.0,
    max_norm: float | Sequence[float] = 0.0,
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
    callbacks: Sequence[Callback] | None = (),
    on_epoch: Callable[[EpochRecord], object] | None = None,
    **unknown: Never,
) -> History:
    """Train a network in place by mini-batch stochastic gradient descent (chapter 1).

    How to train is said by the options below, from `epochs` to `sigma`.

    Args:
        network: its seed decides the order of the samples. Where its device was chosen
            automatically, training takes place where it is fastest, which is timed first if it is
            not known, and told to the logger "gpunet"; the network stays where it is.
        dataset: a data set, of which `.train` is trained on, and whose `.scale` becomes the
            network's `input_scale`; or a pair of arrays (X, y); or X alone, with y behind it. X is
            taken as `Network.predict` takes it, from any library.
        y: labels (n,), whole numbers from 0 or names; or targets (n, n_out), or (n,) for a network
            with one output.
        validation: beside arrays, what `monitor` looks at: a pair (X, y), or the share of the
            samples that is kept back for it. By default nothing.
        sample_weight: beside arrays, how much each sample counts (n,).
        scale: beside arrays, what X is multiplied by, now and whenever the network is asked; needed
            for floats beyond 0 to 1.
        monitor: the split evaluated after every epoch: "validation", "test", "train" or None. With
            `train_on` "all" it is none where "validation" was asked for.
        callbacks: told of the training, and may end it: see `Callback`.
        on_epoch: called with the record of each epoch as it ends. In a notebook, a line says
            how far it is as well.

    Returns:
        The epochs, with accuracy and cost on the monitored split.

    Raises:
        InputError: an argument is invalid, or the data do not fit the network.
        DivergedError: the weights or the cost became NaN or infinite.
    """
    given = locals()
    names = names_of(TrainingConfig)
    check_unknown(unknown, [*names, *OTHERS])
    if not isinstance(network, Network):
        raise InputError(f"fit: {describe(network)} is no network: give a Network first")
    data = read_given(
        network, dataset, y, validation=validation, sample_weight=sample_weight, scale=scale
    )
    config = settled(TrainingConfig.from_json({name: given[name] for name in names}), network)
    told = [*check_callbacks(callbacks), *check_on_epoch(on_epoch)]
    if in_notebook():
        told.insert(0, ProgressLine(config.epochs))
    seen = find_monitored(data, monitor)
    if config.train_on == "all" and monitor == "validation":
        seen = None
    log = logging.getLogger("gpunet")
    if seen is None or seen.labelled:
        told.append(Guessing(seen, log.warning))
    choice = find_fastest(network, data, config, seen)
    if choice is None:
        return train(Trainer(network, data, config, seen), told)
    log.info("fastest: %s", choice)
    device, engine = choice.way.device, choice.way.engine
    if device is network.device:
        return train(Trainer(network, data, config, seen, engine), told)
    elsewhere = network.copy_to(device)
    back = BringingBack(elsewhere, network)
    try:
        return train(Trainer(elsewhere, data, config, seen, engine), [back, *told])
    finally:
        back.bring()


def train(trainer: Trainer, callbacks: Sequence[Callback]) -> History:
    """Train to the end, and leave the network that is to be kept."""
    trainer.train(*callbacks)
    take_best(trainer)
    return trainer.history


class BringingBack(Callback):
    """Brings what is trained elsewhere back to the network that is to be trained."""

    def __init__(self, elsewhere: Network, network: Network) -> None:
        self.elsewhere, self.network = elsewhere, network

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        self.bring()

    def bring(self) -> None:
        """Bring back what there is now."""
        network, elsewhere = self.network, self.elsewhere
        network.input_scale = elsewhere.input_scale
        network.scale_floats, network.trained_on = elsewhere.scale_floats, elsewhere.trained_on
        network.classes = elsewhere.classes
        found = elsewhere.device.host(elsewhere.parameters.array)
        with network.device.active():
            network.parameters.array[...] = network.device.put(found)


def find_monitored(data: Data, monitor: str | None) -> Samples | None:
    """The split of that name; none where arrays came without it, and nothing else was asked."""
    if monitor is None:
        return None
    if isinstance(monitor, str):
        if monitor == "validation" and isinstance(data, Arrays):
            return data.validation
        if monitor in data.splits:
            return data.splits[monitor]
    known = ", ".join(data.splits)
    raise InputError(f"monitor {shown(monitor)}: choose one of {known} or None")


def check_unknown(unknown: Iterable[str], names: Sequence[str]) -> None:
    """Raise InputError if there is something that `fit` does not take."""
    for name in unknown:
        where = "; it is given to Network" if name in signature(Network).parameters else ""
        near = f"; did you mean {ALIASES[name]}?" if name in ALIASES else did_you_mean(name, names)
        raise InputError(f"fit has no option {name!r}{where or near}")
