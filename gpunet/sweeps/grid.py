"""A grid of hyper-parameters: every combination of the values given for each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.nn.network import Network
from gpunet.training.config import NAMES as OF_TRAINING
from gpunet.training.config import TrainingConfig


@dataclass(frozen=True)
class RunConfig:
    """One point of a grid: what networks have in common that differ in nothing but their seed.

    Attributes:
        hidden: the number of neurons of each hidden layer, or "20C5" and "MP2" for convolution and
            pooling (see `nn.architecture`); may be empty.
        activation, cost, initializer, dropout, dropout_scaling: as `Network` takes them.
        training: how to train.
    """

    hidden: tuple[int | str, ...] = (30,)
    activation: str = "sigmoid"
    cost: str = "quadratic"
    initializer: str | None = None
    dropout: float = 0.0
    dropout_scaling: str = "training"
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def network(
        self, dataset: Dataset, *, seed: int, dtype: str, device: str | Device | None
    ) -> Network:
        """A new network of this point, for that data.

        Raises:
            InputError: these values do not go together.
        """
        # A table is one pixel high: there is nothing to convolve.
        inputs = dataset.shape if min(dataset.shape) > 1 else dataset.features
        return Network(
            [inputs, *self.hidden, len(dataset.classes)],
            activation=self.activation,
            cost=self.cost,
            initializer=self.initializer,
            dropout=self.dropout,
            dropout_scaling=self.dropout_scaling,
            seed=seed,
            dtype=dtype,
            device=device,
            input_scale=dataset.scale,
        )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, by name; those of `training` among them."""
        values = {**asdict(self), "hidden": list(self.hidden)}
        training = values.pop("training")
        return {**values, **training}


NAMES = tuple(RunConfig().to_json())


def complete(grid: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """The grid with every name: one that is missing has its default.

    Raises:
        InputError: a name is none of a `RunConfig`.
    """
    if unknown := sorted(set(grid) - set(NAMES)):
        raise InputError(f"a grid has no {', '.join(unknown)}: it has {', '.join(NAMES)}")
    defaults = RunConfig().to_json()
    return {name: list(grid.get(name, [defaults[name]])) for name in NAMES}


def expand(grid: Mapping[str, Sequence[Any]]) -> list[RunConfig]:
    """Every point of a grid, the last of `NAMES` varying fastest.

    Args:
        grid: for any name of a `RunConfig` one or more different values.

    Raises:
        InputError: a name is unknown, has no value, one twice, or one that makes no sense.
    """
    columns = {name: list(map(freeze, values)) for name, values in complete(grid).items()}
    for name, column in columns.items():
        if not column or len(set(column)) < len(column):
            raise InputError(f"{name}: give one or more values, each of them once")
    return [
        make_setting(dict(zip(NAMES, point, strict=True))) for point in product(*columns.values())
    ]


def make_setting(values: dict[str, Any]) -> RunConfig:
    """The setting of these values, one for each of `NAMES`."""
    training = TrainingConfig(**{name: values.pop(name) for name in OF_TRAINING})
    return RunConfig(**values, training=training)


def freeze(value: Any) -> Any:
    """[30, 30] as (30, 30): a value that can be compared and kept."""
    return tuple(value) if isinstance(value, list) else value


def differing(settings: Sequence[RunConfig]) -> list[str]:
    """The names in which these settings are not all alike."""
    each = [setting.to_json() for setting in settings]
    return [name for name in NAMES if any(values[name] != each[0][name] for values in each)]
