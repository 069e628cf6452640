"""Says early when a network has learnt nothing: that it answers no better than by guessing."""

from collections.abc import Callable
from math import sqrt

import numpy as np

from gpunet.core.words import count
from gpunet.datasets.samples import Samples
from gpunet.training.callbacks import Callback, Training
from gpunet.training.history import EpochRecord

# After so many epochs a network that learns at all is better.
EPOCHS = 2
# Chance alone exceeds what guessing gives by so many standard deviations in 1 of 40 runs.
DEVIATIONS = 2.0


class Guessing(Callback):
    """Looks once, after two epochs.

    Args:
        monitored: the samples whose accuracy is recorded.
        say: called with one line, if there is something to say.
    """

    def __init__(self, monitored: Samples | None, say: Callable[[str], object]) -> None:
        self.monitored, self.say = monitored, say

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        if record.epoch != EPOCHS or record.accuracy is None or self.monitored is None:
            return
        guessed = largest_share(self.monitored)
        limit = guessed + DEVIATIONS * sqrt(guessed * (1 - guessed) / len(self.monitored))
        if guessed < 1 and record.accuracy <= limit:
            rate = trainer.config.rate
            self.say(
                f"no better than guessing after {count(EPOCHS, 'epoch')}: accuracy "
                f"{100 * record.accuracy:.2f} %, and always naming the commonest class gives "
                f"{100 * guessed:.2f} %; if it stays so, try a smaller learning rate than "
                f"{rate:g}, or another seed"
            )


def largest_share(samples: Samples) -> float:
    """The share of the commonest class."""
    labels = np.asarray(samples.labels)
    return float(np.bincount(labels).max() / len(labels))
