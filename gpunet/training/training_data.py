"""The samples that a run trains on: a data set's own, or with their shifts, or deformed."""

from weakref import WeakKeyDictionary

from gpunet.core.errors import InputError
from gpunet.datasets.augmentation.deformation import check_shape
from gpunet.datasets.augmentation.deformer import Deformer
from gpunet.datasets.augmentation.expansion import expand
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Split
from gpunet.datasets.samples import Data, Samples
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig

# One for all networks that are trained on it.
EXPANDED: WeakKeyDictionary[Data, Samples] = WeakKeyDictionary()


def training_split(dataset: Data, config: TrainingConfig) -> Samples:
    """The training split, five times as large if it is to be expanded.

    Raises:
        InputError: it holds no images that could be shifted.
    """
    if not config.expand:
        return dataset.train
    check_shape(dataset.shape)
    if not isinstance(dataset.train, Split):
        raise InputError("expand shifts the images of a data set: give what load_dataset returns")
    if dataset not in EXPANDED:
        EXPANDED[dataset] = expand(dataset.train, dataset.shape)
    return EXPANDED[dataset]


class TrainingData:
    """Training samples on a network's device.

    Attributes:
        on_device: what an engine gathers its batches from.

    Raises:
        InputError: they are to be deformed, and are no images.
    """

    def __init__(self, network: Network, dataset: Data, config: TrainingConfig) -> None:
        split = training_split(dataset, config)
        originals = DeviceDataset.of(network.device, split, dataset.scale)
        self.on_device = originals
        self.deformer: Deformer | None = None
        if config.deformation.active:
            self.deformer = Deformer(originals, dataset.shape, config.deformation, network.seed)
            self.on_device = self.deformer.dataset

    def alike(self, split: Samples) -> DeviceDataset:
        """Another split of the data set, on the same device."""
        return DeviceDataset.of(self.on_device.device, split, self.on_device.scale)

    def begin(self, epoch: int) -> None:
        """Make `on_device` the samples of an epoch, counted from 0."""
        if self.deformer:
            self.deformer.deform(epoch)
