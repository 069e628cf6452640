"""The files of a run folder, and its run.json: its contents, and whether they can be trusted.

run.json records what was requested, and the result. Its identity distinguishes its files from those
of other runs; its seal shows whether it was damaged, and whether this user wrote it.
"""

import hashlib
import json
import platform
import time
from contextlib import suppress
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import scipy

from gpunet.core.errors import InputError
from gpunet.core.files import write_atomically
from gpunet.core.options import names_of
from gpunet.core.regular import reading
from gpunet.core.rules import MOST_NETWORKS
from gpunet.core.version import __version__
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.load import NAMED
from gpunet.datasets.places import as_utf8
from gpunet.datasets.readers.pictures import Style, measure_style
from gpunet.nn.network import Network
from gpunet.serialization.model import architecture_of, describe
from gpunet.serialization.schema import POPULATION_SCHEMA, RUN_SCHEMA, check
from gpunet.serialization.seal import seal, unseal
from gpunet.training.config import TrainingConfig
from gpunet.training.reasons import About
from gpunet.training.trainer import Trainer

RUN, HISTORY = "run.json", "history.jsonl"
MODEL, CHECKPOINT = "model.safetensors", "checkpoint.safetensors"
# Many networks trained at once: a run.json of another kind, a line for each, and their run folders.
POPULATION, LINES, NETWORKS = "population", "population.jsonl", "networks"
# Of run.json: raised when older versions can no longer resume a run written by this one.
# Format 1 had no seal.
FORMAT = 2


class Read(NamedTuple):
    """What a run.json says.

    Attributes:
        description: its contents but for the seal, which agree with their schema.
        own: whether this user wrote it, so that it can be trusted.
    """

    description: dict[str, Any]
    own: bool


def read_description(path: Path) -> Read:
    """The run.json in the folder of a run or a population.

    Raises:
        InputError: there is none, or it is damaged or from a newer version.
    """
    check_folder(path)
    place = path / RUN
    if not place.exists():
        raise InputError(f"{path}: not a run folder: it has no {RUN}")
    with reading(place) as file:
        text = file.read()
    try:
        description = json.loads(text)
    except (ValueError, RecursionError):
        description = None
    if not isinstance(description, dict) or not isinstance(description.get("format"), int):
        raise InputError(f"{place}: damaged: not the description of a run")
    if description["format"] > FORMAT:
        raise InputError(f"{place}: written by a newer gpunet; update gpunet")
    whole, own = unseal(description)
    if description["format"] > 1 and not whole:
        raise InputError(f"{place}: damaged or edited: its contents do not match their checksum")
    upgrade(description)
    try:
        check_description(description)
    except ValueError as error:
        raise InputError(f"{place}: damaged: {error}") from None
    if description["identity"] != identify(description):
        raise InputError(f"{place}: damaged or edited: its contents do not match their checksum")
    return Read(description, own)


def upgrade(description: dict[str, Any]) -> None:
    """Rename keys written by an earlier version: `max_pixel` was `peak`."""
    with suppress(KeyError, TypeError, AttributeError):
        style = description["data"]["style"]
        style["max_pixel"] = style.pop("peak")


def write_description(path: Path, description: dict[str, Any]) -> None:
    """Write run.json into a folder, sealed as this user's own.

    Raises:
        OSError: it cannot be written.
    """
    sealed = seal({**description, "format": FORMAT})
    text = json.dumps(sealed, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path / RUN, text.encode())


def check_folder(path: Path) -> None:
    """Raise InputError unless there is a folder."""
    if not path.is_dir():
        what = "is a file, not a run folder" if path.exists() else "no such run folder"
        raise InputError(f"{path}: {what}; `gpunet train` makes one")


def is_population(description: dict[str, Any]) -> bool:
    """Whether a run.json is that of many networks."""
    return description.get("kind") == POPULATION


def check_description(description: dict[str, Any]) -> None:
    """Check the contents of a run.json against their schema, and its parts against one another.

    Raises:
        ValueError: they are not valid; says what is wrong.
    """
    population = is_population(description)
    check(description, POPULATION_SCHEMA if population else RUN_SCHEMA)
    style, classes = description["data"]["style"], len(description["data"]["classes"])
    if style["box"] > min(style["shape"]):
        raise ValueError("data.style.box is larger than the images")
    if population:
        each = [len(values) for values in description["grid"].values()]
        if description["networks"] * prod(each) > MOST_NETWORKS:
            raise ValueError(f"its grid makes more than {MOST_NETWORKS:,} networks")
        return
    if unknown := sorted(description["options"].keys() - set(names_of(TrainingConfig))):
        raise ValueError(f"options has {', '.join(map(repr, unknown))}, which are not options")
    settings_of(description)
    sizes = architecture_of(description["network"]).sizes
    if (prod(style["shape"]), classes) != (sizes[0], sizes[-1]):
        raise ValueError("its network does not fit its data")


def settings_of(description: dict[str, Any]) -> TrainingConfig:
    """How a run is trained; an option added after the run was started has its default.

    Raises:
        InputError: an option has an invalid value.
    """
    return TrainingConfig.from_json(description["options"])


def identified(description: dict[str, Any]) -> dict[str, Any]:
    """A new description with its format and its identity, checked as when it is read back.

    Raises:
        InputError: it could not be read back, such as for a name that is not valid UTF-8.
    """
    description = {"format": FORMAT, "identity": "", **description}
    description["identity"] = identify(description)
    try:
        check_description(description)
    except ValueError as error:
        raise InputError(f"the run cannot be described: {error}") from None
    return description


def identify(description: dict[str, Any]) -> str:
    """A digest of all that defines a run or a population, stored in its other files too.

    The number of epochs is not part of it, since it can be raised when a run is resumed.
    """
    if is_population(description):
        names = ("kind", "grid", "networks", "seed", "dtype", "data")
        asked = {name: description[name] for name in names}
    else:
        asked = {name: description[name] for name in ("options", "seed", "network", "data")}
        options = asked["options"].items()
        asked["options"] = {name: value for name, value in options if name != "epochs"}
    # Under its first name, so that identities stay the same: see `upgrade`.
    style = {**asked["data"]["style"]}
    style["peak"] = style.pop("max_pixel")
    asked["data"] = {**asked["data"], "style": style}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def source_of(dataset: Dataset) -> str:
    """Where data were loaded from, to be found again from any folder."""
    return dataset.name if dataset.name in NAMED else as_utf8(str(Path(dataset.name).resolve()))


def describe_launch(trainer: Trainer) -> dict[str, str]:
    """What run.json says of where and how a run is computed."""
    device = trainer.network.device
    return {
        "device": device.name,
        "engine": trainer.engine.name,
        "precision": device.precision,
    }


def describe_run(network: Network, dataset: Dataset, config: TrainingConfig) -> dict[str, Any]:
    """What run.json says of a new run."""
    style = measure_style(dataset.train.images, dataset.shape, dataset.max_pixel)
    asked = {
        "options": config.to_json(),
        "seed": network.seed,
        "network": {**describe(network), "input_scale": dataset.scale},  # as it will be trained
        "data": {
            "name": source_of(dataset),
            "digest": dataset.digest,
            "classes": list(dataset.classes),
            "style": {**asdict(style), "shape": list(style.shape)},
        },
    }
    versions = {"gpunet": __version__, "python": platform.python_version()}
    versions |= {"numpy": np.__version__, "scipy": scipy.__version__}
    versions |= {"safetensors": safetensors.__version__, **network.device.versions}
    return {
        "status": "new",
        **asked,
        "source": source_of(dataset),
        "versions": versions,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": 0.0,
    }


def style_of(description: dict[str, Any]) -> tuple[Style, list[str]]:
    """What images look like to a run's network, and what its classes are called."""
    data = description["data"]
    height, width = data["style"]["shape"]
    return Style((height, width), data["style"]["box"], data["style"]["max_pixel"]), data["classes"]


def about_of(description: dict[str, Any]) -> About:
    """What a run's training is of, for what is said of how it went."""
    network = description["network"]
    return About(description["data"]["classes"], network["activations"], network["cost"])
