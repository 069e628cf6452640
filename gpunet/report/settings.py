"""What a run was asked: as a configuration, and as the command that repeats it."""

from collections.abc import Mapping, Sequence
from typing import Any

from gpunet.core.options import Option, options_of, show_value
from gpunet.core.words import typed
from gpunet.nn.assemble import default_initializer, find_activations
from gpunet.nn.costs import find_cost
from gpunet.runs.config import RunConfig
from gpunet.runs.description import is_population
from gpunet.runs.folder import RunFolder
from gpunet.sweeps.grid import DECIDED, complete


def config_of(description: Mapping[str, Any]) -> RunConfig:
    """The options of one run, with defaults where they say what the run has."""
    network = description["network"]
    cost, names = find_cost(network["cost"]), network["activations"]
    # With no hidden layer, and an output layer that the cost decides, nothing has the activation.
    decided = len(names) == 1 and cost.output
    activation = RunConfig().activation if decided else names[0]
    usual = default_initializer(find_activations(names, len(names), cost), cost)
    return RunConfig.from_json(
        {
            **description["options"],
            "hidden": network.get("layers", network["sizes"])[1:-1],
            "activation": activation,
            "cost": network["cost"],
            "initializer": None if network["initializer"] == usual else network["initializer"],
            "dropout": network.get("dropout", 0.0),
            "input_dropout": network.get("input_dropout", 0.0),
            "dropout_scaling": network.get("dropout_scaling", RunConfig().dropout_scaling),
            "deskew": "deskew" in network,
        }
    )


def grid_of(description: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values of every option, of a run or a population."""
    if is_population(dict(description)):
        return {**{k: [v] for k, v in RunConfig().to_json().items()}, **description["grid"]}
    return {name: [value] for name, value in config_of(description).to_json().items()}


def is_default(option: Option, grid: Mapping[str, list[Any]]) -> bool:
    """Whether an option's values are what it has where it is not given."""
    default = [plain(option.default)]
    if option.name in DECIDED:
        default = complete({name: grid[name] for name in DECIDED[option.name]})[option.name]
    return grid[option.name] == default


def command_of(folder: RunFolder) -> str | None:
    """The command that repeats a run or a population; None if the command line cannot make it.

    It names every option that differs from its default, but for the device and the engine.
    """
    description = folder.description
    if not can_be_typed(description):
        return None
    data, grid = description["data"]["name"], grid_of(description)
    source = description.get("source", data) if folder.own else data
    words = ["gpunet train"]
    if source != "digits":
        words.append(f"--data {typed(source)}")
    for option in options_of(RunConfig):
        if not is_default(option, grid):
            words += (spelled(option, value) for value in grid[option.name])
    if description["seed"]:
        words.append(f"--seed {description['seed']}")
    if description.get("networks", 1) > 1:
        words.append(f"--networks {description['networks']}")
    dtype = description["dtype"] if is_population(description) else description["network"]["dtype"]
    if dtype != "float32":
        words.append(f"--dtype {dtype}")
    if (precision := description.get("precision", "float32")) != "float32":
        words.append(f"--precision {precision}")
    return " ".join(words)


def can_be_typed(description: Mapping[str, Any]) -> bool:
    """Whether options of the command line give this network: one activation for all layers."""
    if is_population(dict(description)):
        return all(len(v) == 1 or not isinstance(v[0], bool) for v in description["grid"].values())
    config, names = config_of(description), description["network"]["activations"]
    found = find_activations(config.activation, len(names), find_cost(config.cost))
    return [each.name for each in found] == list(names)


def spelled(option: Option, value: Any) -> str:
    """An option with a value, as it is typed."""
    if option.is_flag:
        return option.switch if value else f"--no-{option.switch[2:]}"
    text = show_value(value)
    if isinstance(value, float) and float(text) != value:
        text = repr(value)  # six digits were too few
    return f"{option.switch} {typed(text)}"


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def unusual(config: RunConfig) -> list[tuple[str, str]]:
    """The options that differ from their defaults, with their values as they are typed."""
    usual = RunConfig().to_json()
    return [
        (name, show_value(value))
        for name, value in config.to_json().items()
        if value != usual[name]
    ]


def spoken(name: str) -> str:
    """An option's name in a text: "learning_rate" as "learning rate"."""
    return name.replace("_", " ")


def varied(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names whose values are not the same in all of these."""
    return [name for name in configs[0] if any(c.get(name) != configs[0][name] for c in configs)]
