"""What can be set on the page to play on: names as in the address, values as they are typed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, NamedTuple

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.core.options import Option, options_of, show_value
from gpunet.core.rules import Choice, Rule, Whole
from gpunet.core.words import did_you_mean
from gpunet.datasets.dataset import Dataset
from gpunet.nn.architecture import read_architecture
from gpunet.nn.network import Network
from gpunet.nn.parameters import count as count_of
from gpunet.runs.config import RunConfig
from gpunet.training.trainer import Trainer

# Options of `gpunet train` with a control of their own, in their order on the page, and what they
# are called there. What looks back over the epochs, as schedules do, makes no sense where η is
# changed by hand.
LABELS = {
    "hidden": "Hidden layers",
    "activation": "Activation",
    "cost": "Cost",
    "learning_rate": "Learning rate η",
    "batch_size": "Batch size",
    "l2": "L2 penalty λ",
    "dropout": "Dropout",
    "initializer": "First weights",
    "optimizer": "Optimizer",
    "momentum": "Momentum μ",
    "l1": "L1 penalty λ",
}
# How fast it trains, so that it can be followed: steps a second, or an epoch a second.
PACES = ("full speed", "1 epoch/s", "100 steps/s", "10 steps/s")
SEED = Whole(0, 2**63 - 1)
IMAGES = Whole(0, 10_000_000)
# Training goes on until somebody ends it.
EPOCHS = 1_000_000
# Larger networks and batches would answer too slowly to be watched: multiply-adds of one step.
MOST_PARAMETERS = 2_000_000
MOST_WORK = 1_000_000_000

DECLARED = {each.name: each for each in options_of(RunConfig) if each.name in LABELS}


class Setting(NamedTuple):
    """What the page is told of a setting, to make a control of it.

    Attributes:
        name: in the address.
        label: on the page.
        help: what it does.
        value: at first, as it is typed; blank where it follows from the others.
        choices: the values there are; none where it is typed.
        needed: what may be typed, in words.
    """

    name: str
    label: str
    help: str
    value: str
    choices: Sequence[str] = ()
    needed: str = ""


def describe_settings(data: Sequence[str]) -> list[Setting]:
    """The settings of the page, in their order.

    Args:
        data: the names of the data sets on offer, the first of which is taken at first.
    """
    used = (
        "How many of the training images are used; 0 for all. With few of them, watch it overfit."
    )
    drawn = "Decides the first weights, and the order of the images."
    paced = "How fast it trains: at full speed, or so that each step can be followed."
    return [
        Setting("pace", "Pace", paced, PACES[0], PACES),
        Setting("data", "Data", "The images to be told apart.", data[0], data),
        *(describe_option(DECLARED[name], label) for name, label in LABELS.items()),
        Setting("images", "Training images", used, "0", needed=IMAGES.needed),
        Setting("seed", "Seed", drawn, "0", needed=SEED.needed),
    ]


def describe_option(option: Option, label: str) -> Setting:
    """The setting that an option of `gpunet train` is."""
    rule, follows = option.rule, option.default is None
    names = rule.names if isinstance(rule, Choice) else ()
    return Setting(
        name=option.name,
        label=label,
        help=f"{option.help} By default {option.otherwise}." if follows else option.help,
        value="" if follows else show_value(option.default),
        choices=("", *names) if names and follows else names,
        needed=rule.needed,
    )


def make_trainer(
    given: Mapping[str, str], dataset: Dataset, device: Device
) -> tuple[Trainer, Dataset]:
    """A training with these settings, at its beginning, and the data that it uses.

    Settings that are not given, or are blank, are as at first.

    Raises:
        InputError: there is no such setting, a value is not allowed, or the network is too large.
    """
    known = ("pace", "data", "images", "seed", *LABELS)
    for name in given:
        if name not in known:
            raise InputError(f"there is no setting {name!r}{did_you_mean(name, known)}")
    values = {
        name: read(name, DECLARED[name].rule, given[name])
        for name in LABELS
        if given.get(name, "").strip()
    }
    images = read("images", IMAGES, given.get("images") or "0")
    seed = read("seed", SEED, given.get("seed") or "0")
    config = RunConfig.from_json({**values, "epochs": EPOCHS})
    used = replace(dataset, train=dataset.train.spread(images)) if images else dataset
    check_parameters(config, used)
    network = config.network(used, seed=seed, dtype="float32", device=device)
    check_work(network, min(config.training.batch_size, len(used.train)))
    return Trainer(network, used, config.training, None), used


def read_pace(text: str, steps_per_epoch: int) -> float:
    """Steps a second, or InputError."""
    pace = text.strip() or PACES[0]
    if pace not in PACES:
        raise InputError(f"pace {text!r}: choose one of {', '.join(PACES)}")
    if pace == PACES[0]:
        return inf
    number, unit = pace.split(" ")
    return float(number) * (steps_per_epoch if unit.startswith("epoch") else 1)


def read(name: str, rule: Rule, text: str) -> Any:
    """A value as it is typed, or InputError."""
    try:
        return rule.read(text.strip())
    except ValueError as error:
        raise InputError(f"{name.replace('_', ' ')} {text!r}: {error}") from None


def check_parameters(config: RunConfig, dataset: Dataset) -> None:
    """Raise InputError if a network is too large for a page that shows it as it learns."""
    inputs = dataset.shape if min(dataset.shape) > 1 else dataset.features
    architecture = read_architecture([inputs, *config.hidden, len(dataset.classes)])
    found = count_of([stage.parameters for stage in architecture.stages])
    if found > MOST_PARAMETERS:
        raise InputError(
            f"{architecture} has {found:,} parameters, and the page shows networks of up to "
            f"{MOST_PARAMETERS:,}; give smaller layers, or train it with gpunet train"
        )


def check_work(network: Network, batch_size: int) -> None:
    """Raise InputError if a step would take too long for a page that shows what comes of it."""
    most = MOST_WORK // sum(layer.macs for layer in network.layers)
    if batch_size > most:
        raise InputError(
            f"batch size {batch_size:,}: a step of {network.architecture} would be too slow to "
            f"watch; give at most {most:,}, or train it with gpunet train"
        )
