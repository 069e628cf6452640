"""Where many networks train fastest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.sweeps.grid import complete, expand
from gpunet.training.fastest import Choice, Way, find_fastest
from gpunet.training.training_data import watched_split


def find_fastest_for(
    grid: Mapping[str, Sequence[Any]],
    networks: int,
    seed: int,
    dtype: str,
    dataset: Dataset,
    device: Device,
    engine: str = "auto",
) -> Choice | None:
    """As `find_fastest`, for what `Population.start` takes, by a network of the first setting.

    Where there are several settings it is the device that is chosen; each of them has the engine
    and the threads that suit it.
    """
    if not device.automatic:
        return None
    first, *others = expand(complete(grid))
    network = first.network(dataset, seed=seed, dtype=dtype, device=device)
    together = networks * (1 + len(others))
    watched = watched_split(dataset, first.training)
    choice = find_fastest(network, dataset, first.training, watched, engine, together)
    if choice is None or not others:
        return choice
    own = device if choice.way.device is device else CpuDevice()
    return replace(choice, way=Way(own, engine))
