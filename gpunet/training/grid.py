"""A grid of hyper-parameters: every combination of the values given for each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import product
from typing import Any

from gpunet.backend.device import Device
from gpunet.backend.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.nn.network import Network
from gpunet.training.settings import Settings


@dataclass(frozen=True)
class Setting:
    """One point of a grid: what networks have in common that differ in nothing but their seed.

    Attributes:
        hidden: the number of neurons of each hidden layer; may be empty.
        activation, cost, initializer: as `Network` takes them.
        epochs, batch_size, learning_rate, momentum, l2: as `Settings` takes them.
    """

    hidden: tuple[int, ...]
    activation: str
    cost: str
    initializer: str | None
    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    l2: float

    def settings(self) -> Settings:
        """How to train at this point."""
        return Settings(self.epochs, self.batch_size, self.learning_rate, self.momentum, self.l2)

    def network(
        self, dataset: Dataset, *, seed: int, dtype: str, device: str | Device | None
    ) -> Network:
        """A new network of this point, for that data.

        Raises:
            InputError: these values do not go together.
        """
        return Network(
            [dataset.features, *self.hidden, len(dataset.classes)],
            activation=self.activation,
            cost=self.cost,
            initializer=self.initializer,
            seed=seed,
            dtype=dtype,
            device=device,
            input_scale=dataset.scale,
        )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, by name."""
        return {**asdict(self), "hidden": list(self.hidden)}


NAMES = tuple(field.name for field in fields(Setting))


def expand(grid: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Every point of a grid, the last of `NAMES` varying fastest.

    Args:
        grid: for each name of a `Setting` one or more different values.

    Raises:
        InputError: a name is missing or too much, has no value, or has one twice.
    """
    if set(grid) != set(NAMES):
        raise InputError(f"a grid needs values for {', '.join(NAMES)}; found {', '.join(grid)}")
    columns = [[freeze(value) for value in grid[name]] for name in NAMES]
    for name, column in zip(NAMES, columns, strict=True):
        if not column or len(set(column)) < len(column):
            raise InputError(f"{name}: give one or more values, each of them once")
    return [Setting(*values) for values in product(*columns)]


def freeze(value: Any) -> Any:
    """[30, 30] as (30, 30): a value that can be compared and kept."""
    return tuple(value) if isinstance(value, list) else value


def differing(settings: Sequence[Setting]) -> list[str]:
    """The names in which these settings are not all alike."""
    return [name for name in NAMES if len({getattr(each, name) for each in settings}) > 1]
