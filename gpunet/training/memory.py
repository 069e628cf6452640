"""How much memory a training needs, told before it is taken."""

from gpunet.backend.device import Device
from gpunet.backend.errors import InputError
from gpunet.datasets.batches import Resident
from gpunet.datasets.dataset import Dataset
from gpunet.nn.network import Network
from gpunet.training.evaluation import CHUNK

# Copies of the parameters: themselves, the last good epoch's, and the fused engine's scratch; the
# same for velocities, and what L2 takes from them.
COPIES, COPIES_WITH_MOMENTUM = 3, 6


def bytes_of_data(device: Device, dataset: Dataset) -> int:
    """Bytes that a data set takes on the device, beside what others hold of it there."""
    return sum(
        split.images.nbytes + 8 * len(split)
        for split in dataset.splits.values()
        if not Resident.is_there(device, split, dataset.scale)
    )


def bytes_of_training(network: Network, batch_size: int, momentum: bool) -> dict[str, int]:
    """Bytes that training a network takes on its device, by what they are for."""
    item = network.dtype.itemsize
    rows = batch_size + CHUNK
    copies = COPIES_WITH_MOMENTUM if momentum else COPIES
    # Of each layer above the input: outputs, gradients, and what its activation keeps.
    a_row = network.sizes[0] + 3 * sum(network.sizes[1:])
    return {
        "parameters": copies * item * len(network.parameters.array),
        "workspaces": item * rows * a_row,
    }


def check_memory(network: Network, dataset: Dataset, batch_size: int, momentum: bool) -> None:
    """Raise InputError if the device has less memory free than a training needs."""
    free = network.device.memory().free
    parts = {
        "images and labels": bytes_of_data(network.device, dataset),
        **bytes_of_training(network, batch_size, momentum),
    }
    needed = sum(parts.values())
    if not free or needed <= free:
        return
    largest = max(parts, key=lambda name: parts[name])
    turn = {
        "images and labels": "take fewer images",
        "parameters": "give smaller --hidden layers",
        "workspaces": "give a smaller --batch-size",
    }[largest]
    listed = ", ".join(f"{name} {size / 1e9:.2f} GB" for name, size in parts.items())
    raise InputError(
        f"training needs about {needed / 1e9:.2f} GB on {network.device.name} ({listed}), "
        f"and {free / 1e9:.2f} GB are free; {turn}"
    )
