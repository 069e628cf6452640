"""The network that is to be kept of a training: the last epoch's, or with `keep_best` the best."""

from collections.abc import Iterator
from contextlib import contextmanager

from gpunet.training.trainer import Trainer


def take_best(trainer: Trainer) -> None:
    """Make the trainer's network the one to be kept."""
    if trainer.best is not None:
        with trainer.network.device.active():
            trainer.network.parameters.array[...] = trainer.best


@contextmanager
def keeping_best(trainer: Trainer) -> Iterator[None]:
    """Inside, the trainer's network is the one to be kept; then it is that of the last step."""
    parameters = trainer.network.parameters.array
    if trainer.best is None:
        yield
        return
    with trainer.network.device.active():
        last = parameters.copy()
    take_best(trainer)
    try:
        yield
    finally:
        with trainer.network.device.active():
            parameters[...] = last
