"""The samples that a run trains on: a data set's own, or with their shifts, or deformed."""

from weakref import WeakKeyDictionary

from gpunet.datasets.batches import Resident
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.deformation import check_shape
from gpunet.datasets.deformer import Deformer
from gpunet.datasets.expansion import expand
from gpunet.nn.network import Network
from gpunet.training.settings import Settings

# One for all networks that are trained on it.
EXPANDED: WeakKeyDictionary[Dataset, Split] = WeakKeyDictionary()


def training_split(dataset: Dataset, settings: Settings) -> Split:
    """The training split, five times as large if it is to be expanded.

    Raises:
        InputError: it holds no images that could be shifted.
    """
    if not settings.expand:
        return dataset.train
    check_shape(dataset.shape)
    if dataset not in EXPANDED:
        EXPANDED[dataset] = expand(dataset.train, dataset.shape)
    return EXPANDED[dataset]


class TrainingSamples:
    """Training samples on a network's device.

    Attributes:
        data: what an engine gathers its batches from.

    Raises:
        InputError: they are to be deformed, and are no images.
    """

    def __init__(self, network: Network, dataset: Dataset, settings: Settings) -> None:
        split = training_split(dataset, settings)
        self.data = Resident.of(network.device, split, dataset.scale)
        self.deformer: Deformer | None = None
        if settings.deformation.active:
            self.deformer = Deformer(self.data, dataset.shape, settings.deformation, network.seed)
            self.data = self.deformer.data

    def begin(self, epoch: int) -> None:
        """Make `data` those of an epoch, counted from 0."""
        if self.deformer:
            self.deformer.deform(epoch)
