"""How much memory a training needs, estimated before it is allocated."""

from collections.abc import Mapping

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.core.words import size
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.deskewing import deskewed
from gpunet.datasets.samples import Data
from gpunet.evaluation.diagnostician import samples_for
from gpunet.evaluation.evaluate import chunk_for
from gpunet.nn.network import Network
from gpunet.nn.optimizers.constraints import is_limited
from gpunet.nn.parameters import Shape
from gpunet.training.config import TrainingConfig
from gpunet.training.make_optimizer import count_states
from gpunet.training.training_data import training_split

# Copies of the parameters: themselves, the last good epoch's, and a scratch; and of each array of
# optimizer state likewise.
COPIES = 3


def copies_of_parameters(config: TrainingConfig) -> int:
    """How many arrays as large as all parameters are held."""
    gradients = 2  # and what penalties add to them
    return COPIES * (1 + count_states(config)) + gradients + int(config.keep_best)


def bytes_of_data(device: Device, dataset: Data, config: TrainingConfig, deskew: Shape = ()) -> int:
    """Bytes that a data set takes on the device, in addition to what others hold of it there."""
    splits = {name: deskewed(split, deskew) for name, split in dataset.splits.items()}
    splits["train"] = training_split(dataset, config, deskew)
    return sum(
        split.images.nbytes + 8 * len(split)
        for split in splits.values()
        if not DeviceDataset.is_there(device, split, dataset.scale)
    )


def bytes_of_training(
    network: Network, batch_size: int, config: TrainingConfig, dataset: Data
) -> dict[str, int]:
    """Bytes that training a network takes on its device, by what they are for."""
    item, copies = network.dtype.itemsize, copies_of_parameters(config)
    copies += sum(
        map(bool, (config.l1, config.l2, is_limited(config.max_norm)))
    )  # a scratch for each
    rows = batch_size + chunk_for(network)
    if config.diagnose:
        copies += 2  # the gradients, and the parameters before
        rows += samples_for(network, len(dataset.train))
    images = training_split(dataset, config, network.deskew).images
    deformed = images.nbytes + 24 * len(images) if config.deformation.active else 0
    return {
        "deformed images": deformed,
        "parameters": copies * item * len(network.parameters.array),
        "workspaces": item * rows * network.workspace,
    }


def check_memory(device: Device, needed: Mapping[str, int]) -> None:
    """Raise InputError if a device has less memory free than is needed for these purposes."""
    free, total = device.memory().free, sum(needed.values())
    if not free or total <= free:
        return
    largest = max(needed, key=lambda purpose: needed[purpose])
    turn = {
        "images and labels": "take fewer images",
        "deformed images": "take fewer images, or do not deform them",
        "parameters": "give smaller --hidden layers",
        "workspaces": "give a smaller --batch-size",
    }[largest]
    listed = ", ".join(f"{purpose} {size(taken)}" for purpose, taken in needed.items() if taken)
    raise InputError(
        f"training needs about {size(total)} on {device.name} ({listed}), "
        f"and {size(free)} are free; {turn}"
    )
