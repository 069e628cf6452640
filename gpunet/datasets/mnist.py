"""Where MNIST is."""

from pathlib import Path

from gpunet.datasets.named import DATASETS


def find_mnist() -> Path | None:
    """The first folder that holds all four files, or None.

    GPUNET_DATA may name the folder that holds a folder `mnist`, or the files themselves.

    Raises:
        InputError: GPUNET_DATA names no folder.
    """
    return DATASETS["mnist"].find()
