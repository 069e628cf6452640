"""`fit`: train a network on a data set, in one call."""

from collections.abc import Callable
from typing import Any

from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.nn.network import Network
from gpunet.training.config import NAMES, TrainingConfig
from gpunet.training.history import EpochRecord, History
from gpunet.training.plan import check_dataset
from gpunet.training.trainer import Trainer


def fit(
    network: Network,
    dataset: Dataset,
    *,
    monitor: str | None = "validation",
    on_epoch: Callable[[EpochRecord], None] | None = None,
    **settings: Any,
) -> History:
    """Train a network in place by mini-batch stochastic gradient descent (chapter 1).

    Args:
        network: its seed decides the order of the samples.
        dataset: trains on its `.train`; its `.scale` becomes the network's `input_scale`.
        monitor: the split evaluated after every epoch: "validation", "test", "train" or None.
        on_epoch: called with the record of each epoch as it ends.
        settings: epochs, batch_size, learning_rate and the others of `TrainingConfig`, whose
            defaults they have.

    Returns:
        The epochs, with accuracy and cost on the monitored split.

    Raises:
        InputError: an argument makes no sense, or the data do not fit the network.
        DivergedError: the weights or the cost became NaN or infinite.
    """
    check_dataset(dataset)
    if monitor is not None and monitor not in dataset.splits:
        raise InputError(f"monitor {monitor!r}: choose one of {', '.join(dataset.splits)} or None")
    if unknown := set(settings) - set(NAMES):
        raise InputError(
            f"fit has no option {sorted(unknown)[0]!r}; what a network is made of (activation, "
            "cost, initializer, dropout, dropout_scaling) is given to Network"
        )
    watched = dataset.splits[monitor] if monitor else None
    trainer = Trainer(network, dataset, TrainingConfig(**settings), watched)
    trainer.train(on_epoch)
    trainer.take_best()
    return trainer.history
