"""The plan of a training: made in one place, before anything is changed for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from gpunet.backend.device import Device
from gpunet.core.errors import DeviceFullError, InputError
from gpunet.core.words import shown
from gpunet.datasets.augmentation.deformation import check_shape as check_deformable
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.samples import Arrays, Data, Samples
from gpunet.engines.choose import choose_engine
from gpunet.evaluation.evaluate import check_fit
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.training.config import TrainingConfig
from gpunet.training.defaults import settle
from gpunet.training.learning_rate import check_watched
from gpunet.training.make_optimizer import make_optimizer
from gpunet.training.memory import bytes_of_data, bytes_of_training, check_memory
from gpunet.training.training_data import training_split


@dataclass(frozen=True)
class TrainingPlan:
    """The plan of a training.

    Attributes:
        config: with a learning rate.
        samples: how many are trained on in an epoch, shifted images included.
        batch_size: samples a step; at most all of them.
        optimizer: for the network, with what it keeps from step to step.
        engine: the name of the one that will run the steps.
        engine_note: one line on why it was chosen, if it was "auto".
        plain: whether every engine takes the samples: see `Samples.plain`.
        needed: bytes taken on the device in addition to the data, by purpose.
    """

    config: TrainingConfig
    samples: int
    batch_size: int
    optimizer: Optimizer
    engine: str
    engine_note: str
    plain: bool
    needed: Mapping[str, int]

    @property
    def steps_per_epoch(self) -> int:
        """Mini-batches in an epoch, a smaller last one included."""
        return -(-self.samples // self.batch_size)


def make_plan(
    network: Network,
    dataset: Data,
    config: TrainingConfig,
    monitor: Samples | None,
    engine: str = "auto",
) -> TrainingPlan:
    """The plan of a training, from what a `Trainer` takes; all of it stays as it is.

    Raises:
        InputError: these are incompatible, the engine cannot run them, or there is not enough
            memory on the network's device.
    """
    check_dataset(dataset)
    check_images(network, dataset)
    config = settled(config, network)
    check_watched(config, monitor is not None)
    if config.diagnose and not dataset.train.labelled:
        raise InputError("diagnose looks at classes, and these samples have targets: leave it out")
    if config.deformation.active:
        check_deformable(dataset.shape)
    split = training_split(dataset, config, network.deskew)
    samples, plain = len(split), split.plain
    if not samples or (monitor is not None and not len(monitor)):
        what = "monitor" if samples else "train on"
        raise InputError(f"{dataset.name} has no samples to {what}: needed at least one")
    batch_size = min(config.batch_size, samples)
    needed = bytes_of_training(network, batch_size, config, dataset)
    data = bytes_of_data(network.device, dataset, config, network.deskew)
    check_memory(network.device, {"images and labels": data, **needed})
    with preparing(network.device):
        optimizer = make_optimizer(network, config, samples)
        steps = config.epochs * -(-samples // batch_size)
        name, note = choose_engine(engine, network, optimizer, batch_size, plain, steps)
    return TrainingPlan(config, samples, batch_size, optimizer, name, note, plain, needed)


def settled(config: TrainingConfig, network: Network) -> TrainingConfig:
    """The configuration with a learning rate: the one for such networks, where it has none."""
    convolution = any(len(places[0].shape) > 2 for places in network.parameters.views if places)
    return settle(config, network.activations, network.cost.name, convolution)


def check_dataset(dataset: Data) -> None:
    """Raise InputError unless it is a data set."""
    if not isinstance(dataset, Dataset | Arrays):
        raise InputError(f"{shown(dataset)} is no data set: give what load_dataset returns")


def check_images(network: Network, dataset: Data) -> None:
    """Raise InputError unless all images and labels are such as the network takes."""
    for split in dataset.splits.values():
        check_fit(network, split, dataset.name)
    inputs = network.input_shape
    if len(inputs) == 2 and inputs != dataset.shape:
        (height, width), (rows, columns) = dataset.shape, inputs
        raise InputError(
            f"{dataset.name} has images of {height} × {width}, the network takes {rows} × {columns}"
        )


@contextmanager
def preparing(device: Device) -> Iterator[None]:
    """On the device; if it has too little memory, the request was too large: an InputError."""
    try:
        with device.active():
            yield
    except DeviceFullError as error:
        raise InputError(
            f"training could not be prepared: {error}: try a smaller --batch-size or smaller "
            "--hidden layers"
        ) from error
