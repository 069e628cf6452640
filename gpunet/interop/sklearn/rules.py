"""What values the parameters of an estimator may have, under scikit-learn's names."""

from math import inf
from typing import Any

import numpy as np

from gpunet.core.arguments import check_flag
from gpunet.core.errors import InputError
from gpunet.core.names import ACTIVATIONS as OWN_ACTIVATIONS
from gpunet.core.names import DTYPES
from gpunet.core.rules import Choice, Number, Rule, Whole
from gpunet.core.words import shown
from gpunet.training.schedules import SPELLINGS, spell

# scikit-learn's names for activations, and ours.
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}
SOLVERS = ("sgd", "adam", "adamw")
AUTOMATIC = "auto"
FOREVER = 1_000_000


class Neurons(Rule):
    """One number of neurons, or one for each hidden layer."""

    metavar = "N"
    needed = "numbers of neurons above 0, such as (100,)"

    def check(self, value: Any) -> list[int]:
        layers = [value] if np.ndim(value) == 0 and not isinstance(value, str) else value
        if isinstance(layers, str | bytes | dict | set) or not hasattr(layers, "__len__"):
            raise ValueError(f"give {self.needed}")
        whole = Whole(1, FOREVER)
        try:
            return [whole.check(layer) for layer in layers]
        except ValueError:
            raise ValueError(f"give {self.needed}") from None


class Either(Rule):
    """One value, or what a rule allows."""

    metavar = "X"

    def __init__(self, value: Any, rule: Rule) -> None:
        self.value, self.rule = value, rule

    @property
    def needed(self) -> str:
        return f"{self.value!r}, or {self.rule.needed}"

    def check(self, value: Any) -> Any:
        if type(value) is type(self.value) and value == self.value:
            return value
        try:
            return self.rule.check(value)
        except ValueError:
            raise ValueError(f"give {self.needed}") from None


class Verbosity(Rule):
    """A flag, or how much is said."""

    metavar = "N"
    needed = "True, False, or a whole number from 0"

    def check(self, value: Any) -> int:
        if isinstance(value, bool | np.bool_):
            return bool(value)
        try:
            return Whole(0, FOREVER).check(value)
        except ValueError:
            raise ValueError(f"give {self.needed}") from None


class Changing(Rule):
    """How the learning rate changes."""

    metavar = "NAME"
    needed = f"adaptive, {SPELLINGS}"

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"give {self.needed}")
        return value if value == "adaptive" else spell(value)


RULES: dict[str, Rule] = {
    "hidden_layer_sizes": Neurons(),
    "activation": Choice(*ACTIVATIONS, *OWN_ACTIVATIONS),
    "solver": Choice(*SOLVERS),
    "alpha": Number(0, FOREVER),
    "batch_size": Either(AUTOMATIC, Whole(1, 2**31)),
    "learning_rate": Changing(),
    "learning_rate_init": Number(0, FOREVER, open_below=True),
    "max_iter": Whole(1, FOREVER),
    "tol": Number(0, FOREVER),
    "verbose": Verbosity(),
    "momentum": Number(0, 1, open_above=True),
    "validation_fraction": Number(0, 1, open_below=True, open_above=True),
    "n_iter_no_change": Either(inf, Whole(1, FOREVER)),
    "dropout": Number(0, 1, open_above=True),
    "dtype": Either(None, Choice(*DTYPES)),
}
FLAGS = ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping")


def check_parameters(estimator: Any) -> None:
    """Raise InputError if one of an estimator's parameters has no value that it may have."""
    for name, rule in RULES.items():
        value = getattr(estimator, name)
        try:
            rule.check(np.dtype(value).name if name == "dtype" and is_dtype(value) else value)
        except ValueError as error:
            raise InputError(f"{name} {shown(value)}: {error}") from None
    for name in FLAGS:
        check_flag(getattr(estimator, name), name)


def is_dtype(value: Any) -> bool:
    """Whether it is a type of numbers, of NumPy's."""
    return isinstance(value, np.dtype) or (
        isinstance(value, type) and issubclass(value, np.generic)
    )
