"""The runs and populations in a folder: what each was asked, how far it is, how good it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.options import show_value
from gpunet.evaluation.uncertainty import wilson
from gpunet.nn.assemble import default_initializer, find_activations
from gpunet.nn.costs import find_cost
from gpunet.runs.description import (
    NETWORKS,
    RUN,
    is_population,
    read_description,
    settings_of,
)
from gpunet.runs.new_folder import FILES
from gpunet.runs.progress import read_history, result_of, state_of
from gpunet.serialization.schema import (
    COUNT,
    FINITE,
    FRACTION,
    Items,
    Schema,
    check,
)
from gpunet.serialization.values import Value, optional
from gpunet.sweeps.grid import expand

DAMAGED = "damaged"


# Of a population's result, what is told here; others may have written it.
TWO_NUMBERS = Value(
    "two numbers",
    lambda found: isinstance(found, list) and len(found) == 2 and all(map(FINITE.fits, found)),
)
SETTING: Schema = {
    "mean?": optional(FRACTION),
    "std?": optional(FRACTION),
    "ci95?": optional(TWO_NUMBERS),
    "diverged?": COUNT,
}
RESULT: Schema = {"result?": {"settings?": Items(SETTING)}}


@dataclass(frozen=True)
class Listed:
    """What is said of one run, or of one setting of a population.

    Attributes:
        path: the folder, to be typed.
        state: running, interrupted, finished, diverged or damaged.
        reason: why it diverged, or how it is damaged; else empty.
        options: all that was asked for, by name: the data, the options of training and of the
            network, the seed.
        networks: how many there are of the setting; 1 for a run.
        trained: how many of them have ended.
        accuracy: on the test split, a fraction, or the mean of a setting; None if not known.
        deviation: the sample standard deviation of several networks; None if not known.
        ci95: the 95 % interval: by Wilson for one network, by Student's t for a mean.
        epochs, asked_epochs: done, of a run; and asked for.
        seconds: of training so far, of the whole folder.
        started: UTC, as run.json has it.
    """

    path: Path
    state: str
    reason: str = ""
    options: Mapping[str, Any] | None = None
    networks: int = 1
    trained: int = 0
    accuracy: float | None = None
    deviation: float | None = None
    ci95: tuple[float, float] | None = None
    epochs: int | None = None
    asked_epochs: int | None = None
    seconds: float = 0.0
    started: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            **vars(self),
            "path": str(self.path),
            "options": dict(self.options) if self.options is not None else None,
            "ci95": list(self.ci95) if self.ci95 else None,
        }


def list_runs(folder: Path) -> list[Listed]:
    """The runs in a folder, newest last, damaged ones first; the folder itself if it is one.

    Raises:
        InputError: there is no such folder, it cannot be read, or it holds no run.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "no such folder"
        raise InputError(f"{folder}: {what}; `gpunet train` makes runs in the folder runs")
    try:
        inside = [folder] if is_run(folder) else sorted(filter(is_run, folder.iterdir()))
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror or error}") from None
    if not inside:
        raise InputError(f"{folder}: holds no run; `gpunet train --out {folder}/1` makes one")
    listed = [each for path in inside for each in describe_folder(path)]
    return sorted(listed, key=lambda each: each.started)


def is_run(path: Path) -> bool:
    """Whether a folder holds anything that a run writes."""
    return path.is_dir() and any((path / name).exists() for name in (*FILES, NETWORKS))


def describe_folder(path: Path) -> list[Listed]:
    """What is said of a run, or of each setting of a population."""
    try:
        description = read_description(path).description
        describe = describe_population if is_population(description) else describe_run
        return describe(path, description)
    except (InputError, OSError) as error:
        return [Listed(path, DAMAGED, str(error).replace(": damaged: ", ": ", 1))]


def describe_run(path: Path, description: dict[str, Any]) -> list[Listed]:
    """What is said of one run."""
    result, options = result_of(description), options_of_run(description)
    history = read_history(path)
    return [
        Listed(
            path,
            state_of(path, description),
            description.get("diverged", ""),
            options,
            trained=int(description["status"] in ("finished", "diverged")),
            accuracy=result["accuracy"] if result else None,
            ci95=wilson(result["correct"], result["total"]) if result else None,
            epochs=len(history),
            asked_epochs=description["options"]["epochs"],
            seconds=description["seconds"],
            started=description.get("started", ""),
        )
    ]


def describe_population(path: Path, description: dict[str, Any]) -> list[Listed]:
    """What is said of each setting of a population."""
    networks, seed = description["networks"], description["seed"]
    try:
        check(description, RESULT)
    except ValueError as error:
        raise InputError(f"{path / RUN}: damaged: {error}") from None
    results = description.get("result", {}).get("settings", [])
    configs = expand(description["grid"])
    ended = [] if results else ended_in(path)
    state = state_of(path, description)
    listed = []
    for number, config in enumerate(configs):
        options = {
            "data": description["data"]["name"],
            **config.to_json(),
            "seed": f"{seed} to {seed + networks - 1}" if networks > 1 else seed,
            "dtype": description["dtype"],
        }
        options["initializer"] = options["initializer"] or initializer_of(options)
        said = results[number] if number < len(results) else {}
        of_it = range(number * networks, (number + 1) * networks)
        trained = networks if said else sum(each in of_it for each in ended)
        diverged = said.get("diverged", 0)
        listed.append(
            Listed(
                path,
                state,
                f"{diverged} of {networks} networks diverged" if diverged else "",
                options,
                networks,
                trained,
                said.get("mean"),
                said.get("std"),
                tuple(said["ci95"]) if said.get("ci95") else None,
                asked_epochs=config.training.epochs,
                seconds=description["seconds"],
                started=description.get("started", ""),
            )
        )
    return listed


def ended_in(path: Path) -> list[int]:
    """The numbers of those networks of a population that have ended."""
    runs = [run.parent for run in (path / NETWORKS).glob(f"*/{RUN}") if run.parent.name.isdecimal()]
    return [
        int(run.name)
        for run in runs
        if read_description(run).description["status"] in ("finished", "diverged")
    ]


def options_of_run(description: dict[str, Any]) -> dict[str, Any]:
    """All that a run was asked, under the names that a grid has."""
    network = description["network"]
    return {
        "data": description["data"]["name"],
        "hidden": network.get("layers", network["sizes"])[1:-1],
        "activation": network["activations"][0],
        "cost": network["cost"],
        "initializer": network["initializer"],
        "dropout": network.get("dropout", 0.0),
        "input_dropout": network.get("input_dropout", 0.0),
        "dropout_scaling": network.get("dropout_scaling", "training"),
        "deskew": "deskew" in network,
        **settings_of(description).to_json(),
        "seed": description["seed"],
        "dtype": network["dtype"],
    }


def initializer_of(options: Mapping[str, Any]) -> str:
    """The first weights that a network of these options has where none were asked for."""
    cost = find_cost(options["cost"])
    layers = 1 + sum(isinstance(layer, int) for layer in options["hidden"])
    return default_initializer(find_activations(options["activation"], layers, cost), cost)


def differing_options(listed: Sequence[Listed]) -> list[str]:
    """The names of the options in which some runs differ."""
    known = [each.options for each in listed if each.options is not None]
    names = dict.fromkeys(name for options in known for name in options)
    return [name for name in names if len({show_value(options.get(name)) for options in known}) > 1]
