"""Networks trained concurrently on a GPU, each on its own stream.

For networks that cannot share the fused engine's launches: they may differ in anything. The host
launches a few steps of each in turn, without waiting for any; the GPU runs as many at a time as it
has room for.
"""

from collections.abc import Iterator

from gpunet.sweeps.executors.lockstep import KeepGoing, Lockstep
from gpunet.training.trainer import Trainer


class Streams(Lockstep):
    """Trainers on devices that are `sibling` one another.

    Evaluating one network would make the host wait, with nothing launched for the others: so all
    reach the end of their epoch before the first is evaluated.
    """

    def train_epoch(self, members: list[int], keep_going: KeepGoing | None) -> bool:
        epochs = [launches(self.trainers[member]) for member in members]
        while epochs := [epoch for epoch in epochs if next(epoch, False)]:
            if keep_going and not keep_going():
                return False
        return True


def launches(trainer: Trainer) -> Iterator[bool]:
    """Launch the rest of a trainer's epoch, a few steps at a time; yields True after each part."""
    with trainer.computing():
        trainer.begin_epoch()
    while not trainer.at_epoch_end:
        with trainer.computing():
            trainer.position.step += trainer.engine.run(trainer.position.step)
        yield True
