"""Networks side by side on a GPU, each on a stream of its own.

For networks that do not fit into the fused engine's common launches: they may differ in all that
a network can differ in. The host goes round and launches a few steps of each, without waiting for
any; the GPU works on as many at a time as it has room for.
"""

from collections.abc import Iterator

from gpunet.sweeps.executors.lockstep import KeepGoing, Lockstep
from gpunet.training.trainer import Trainer


class Streams(Lockstep):
    """Trainers on devices that are `sibling` one another.

    Looking at one network would make the host wait, with nothing launched for the others: all are
    at the end of their epoch before the first is evaluated.
    """

    def train_epoch(self, members: list[int], keep_going: KeepGoing | None) -> bool:
        epochs = [launches(self.trainers[member]) for member in members]
        while epochs := [epoch for epoch in epochs if next(epoch, False)]:
            if keep_going and not keep_going():
                return False
        return True


def launches(trainer: Trainer) -> Iterator[bool]:
    """What is left of a trainer's epoch, launched piece by piece; True after each piece."""
    with trainer.computing():
        trainer.begin_epoch()
    while not trainer.at_epoch_end:
        with trainer.computing():
            trainer.position.step += trainer.engine.run(trainer.position.step)
        yield True
