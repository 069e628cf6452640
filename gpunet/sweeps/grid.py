"""A grid of hyper-parameters: every combination of the values given for each."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.options import check_names, names_of, options_of
from gpunet.runs.config import RunConfig

NAMES = names_of(RunConfig)
# Options of training whose defaults others decide, and which; what decides another comes first.
DECIDED = {
    "momentum": ("optimizer",),
    "learning_rate": ("hidden", "activation", "cost", "optimizer", "momentum", "dampening"),
}


def complete(grid: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """The grid with every name, as JSON values: one that is missing has its default.

    Raises:
        InputError: a name is not an option of `RunConfig`.
    """
    check_names(RunConfig, grid)
    defaults = {each.name: each.default for each in options_of(RunConfig)}
    columns = {name: grid.get(name, [defaults[name]]) for name in NAMES}
    for name in DECIDED:
        if columns[name] == [None]:
            columns[name] = decided(name, columns)
    return {
        name: [list(value) if isinstance(value, tuple) else value for value in column]
        for name, column in columns.items()
    }


def decided(name: str, columns: Mapping[str, Sequence[Any]]) -> list[float | None]:
    """The default of one of `DECIDED` for all points of a grid; if they differ, None for each."""
    names = DECIDED[name]
    points = product(*(columns[other] for other in names))
    configs = (RunConfig.from_json(dict(zip(names, point, strict=True))) for point in points)
    values = {getattr(config.training, name) for config in configs}
    return [*values] if len(values) == 1 else [None]


def expand(grid: Mapping[str, Sequence[Any]]) -> list[RunConfig]:
    """Every point of a grid, the last of `NAMES` varying fastest.

    Args:
        grid: for any name of a `RunConfig` one or more different values.

    Raises:
        InputError: a name is unknown, has no value, one twice, or an invalid one.
    """
    columns = {name: list(map(freeze, values)) for name, values in complete(grid).items()}
    for name, column in columns.items():
        if not column or len(set(column)) < len(column):
            raise InputError(f"{name}: give one or more values, each of them once")
    return [
        RunConfig.from_json(dict(zip(NAMES, point, strict=True)))
        for point in product(*columns.values())
    ]


def freeze(value: Any) -> Any:
    """[30, 30] as (30, 30): a value that can be compared and hashed."""
    return tuple(value) if isinstance(value, list) else value


def differing(configs: Sequence[RunConfig]) -> list[str]:
    """The names whose values differ between these settings."""
    each = [config.to_json() for config in configs]
    return [name for name in NAMES if any(values[name] != each[0][name] for values in each)]
