"""How a training that is watched has gone so far, and what is wrong with it, in words."""

import re

from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.diagnostician import Diagnostician
from gpunet.evaluation.result import Evaluation
from gpunet.nn.network import Network
from gpunet.training.history import EpochRecord, History
from gpunet.training.reasons import IN_LAYERS, About, overfitting, reasons

# Every epoch of the first ones is recorded, and later one in so many times as many.
SPARSER = 1.05
RULES = (*IN_LAYERS, overfitting)


class Story:
    """Some of the epochs of a training, from the first on.

    Args:
        network: as it is before the training.
        dataset: as it is trained on.
    """

    def __init__(self, network: Network, dataset: Dataset) -> None:
        self.history = History()
        self.about = About(dataset.classes, network.activations, network.cost.name)
        self.diagnostician = Diagnostician(network, dataset)
        self.next = 1

    def due(self, epoch: int) -> bool:
        """Whether an epoch that has just ended is to be recorded."""
        return epoch >= self.next

    def record(self, ended: EpochRecord, seen: Evaluation) -> None:
        """Record an epoch, with what was seen on the validation images."""
        self.next = max(ended.epoch + 1, int(ended.epoch * SPARSER))
        self.history.append(
            EpochRecord(
                ended.epoch,
                ended.steps,
                ended.learning_rate,
                seen.accuracy,
                seen.cost,
                self.diagnostician.take(),
            )
        )

    def in_words(self) -> list[str]:
        """What is wrong, whole sentences; options are called as settings are."""
        said = reasons(self.history, self.about, RULES)
        return [re.sub("--([a-z0-9-]+)", lambda m: m[1].replace("-", " "), each) for each in said]
