"""The names that the command line knows beforehand are those that something bears."""

from importlib import import_module

import numpy as np
import pytest

import gpunet
from gpunet.backend.cublas import COMPUTE
from gpunet.cli.options import Launch
from gpunet.core import names
from gpunet.core.options import options_of
from gpunet.core.rules import Choice
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.load import NAMED
from gpunet.nn.activations import ACTIVATIONS, Activation, Linear
from gpunet.runs.config import RunConfig

PLACE = "gpunet/core/names.py"
CHOICES = {
    each.name: each.rule
    for kind in (RunConfig, Launch)
    for each in options_of(kind)
    if isinstance(each.rule, Choice) and each.rule.table
}


def test_activations_costs_initializers_and_engines_come_from_tables() -> None:
    assert {"activation", "cost", "initializer", "engine"} <= set(CHOICES)


@pytest.mark.parametrize("option", CHOICES)
def test_the_names_in_a_table_are_known_beforehand(option: str) -> None:
    """What is registered is shown by --help, which imports no table."""
    rule = CHOICES[option]
    module, _, table = rule.table.partition(":")
    registered = getattr(import_module(module), table)
    assert set(rule.names) - {"auto"} == set(registered), f"{PLACE} differs from {rule.table}"


def test_the_data_sets_with_a_name_are_known_beforehand() -> None:
    assert names.DATA_SETS == NAMED, f"{PLACE} differs from gpunet.datasets.load:NAMED"


def test_a_name_that_is_registered_later_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Newcomer(Linear):
        """Something that nobody knew of."""

        name = "newcomer"

    newcomer: Activation = Newcomer()
    with pytest.raises(gpunet.InputError, match=f"choose one of .*, {names.ACTIVATIONS[-1]}$"):
        RunConfig(activation="newcomer")
    monkeypatch.setitem(ACTIVATIONS, newcomer.name, newcomer)
    assert RunConfig(activation="newcomer").activation == "newcomer"


def test_the_precisions_are_those_of_cublas() -> None:
    assert set(names.PRECISIONS) == set(COMPUTE), PLACE


@pytest.mark.parametrize("name", names.OPTIMIZERS)
def test_each_optimizer_trains(few: Dataset, name: str) -> None:
    network = gpunet.Network([64, 10], device="cpu")
    history = gpunet.fit(network, few, epochs=1, optimizer=name)
    assert len(history) == 1


@pytest.mark.parametrize("name", names.DTYPES)
def test_each_dtype_can_be_had(name: str) -> None:
    assert gpunet.Network([4, 2], dtype=name, device="cpu").dtype == np.dtype(name)


def test_the_splits_are_those_of_a_data_set(few: Dataset) -> None:
    assert tuple(few.splits) == names.SPLITS, PLACE
