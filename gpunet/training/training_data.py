"""The samples that a run trains on: a data set's own, or with their shifts, or deformed."""

from weakref import WeakKeyDictionary

import numpy as np

from gpunet.core.errors import InputError
from gpunet.datasets.augmentation.deformation import check_shape
from gpunet.datasets.augmentation.deformer import Deformer
from gpunet.datasets.augmentation.expansion import expand
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.deskewing import deskewed
from gpunet.datasets.samples import Data, Samples
from gpunet.nn.network import Network
from gpunet.nn.parameters import Shape
from gpunet.training.config import TrainingConfig

# One for all networks that are trained on it: training and validation split together, and what is
# expanded of either.
TOGETHER: WeakKeyDictionary[Data, Split] = WeakKeyDictionary()
EXPANDED: WeakKeyDictionary[Split, Samples] = WeakKeyDictionary()


def training_split(dataset: Data, config: TrainingConfig, deskew: Shape = ()) -> Samples:
    """What is trained on, deskewed if that has a shape, five times as large if it is expanded.

    Raises:
        InputError: it holds no images that could be shifted, or no validation split to train on.
    """
    own = dataset.train if config.train_on == "training" else together(dataset)
    split = deskewed(own, deskew)
    if not config.expand:
        return split
    check_shape(dataset.shape)
    if not isinstance(split, Split):
        raise InputError("expand shifts the images of a data set: give what load_dataset returns")
    if split not in EXPANDED:
        EXPANDED[split] = expand(split, dataset.shape)
    return EXPANDED[split]


def together(dataset: Data) -> Split:
    """The training split of a data set, and its validation split behind it."""
    if not isinstance(dataset, Dataset):
        raise InputError(
            "train_on all adds the validation split of a data set: give what load_dataset returns, "
            "or all samples as X and y"
        )
    if dataset not in TOGETHER:
        parts = (dataset.train, dataset.validation)
        images, labels = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels")
        )
        TOGETHER[dataset] = Split(images, labels)
    return TOGETHER[dataset]


def watched_split(dataset: Dataset, config: TrainingConfig) -> Split | None:
    """What is looked at after every epoch of a run: none where all is trained on."""
    return dataset.validation if config.train_on == "training" else None


class TrainingData:
    """Training samples on a network's device.

    Attributes:
        on_device: what an engine gathers its batches from.

    Raises:
        InputError: they are to be deformed, and are no images.
    """

    def __init__(self, network: Network, dataset: Data, config: TrainingConfig) -> None:
        self.deskew = network.deskew
        split = training_split(dataset, config, network.deskew)
        originals = DeviceDataset.of(network.device, split, dataset.scale)
        self.on_device = originals
        self.deformer: Deformer | None = None
        if config.deformation.active:
            self.deformer = Deformer(originals, dataset.shape, config.deformation, network.seed)
            self.on_device = self.deformer.dataset

    def alike(self, split: Samples) -> DeviceDataset:
        """Another split of the data set, on the same device."""
        taken = deskewed(split, self.deskew)
        return DeviceDataset.of(self.on_device.device, taken, self.on_device.scale)

    def begin(self, epoch: int) -> None:
        """Make `on_device` the samples of an epoch, counted from 0."""
        if self.deformer:
            self.deformer.deform(epoch)
