"""Every entry of every table says all that must be said of it, and it is true."""

import pytest

from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from gpunet.nn.layers.table import LAYERS
from gpunet.nn.optimizers.table import OPTIMIZERS
from tests.nn.formulas import COST_TERMS, FUNCTIONS
from tests.nn.test_optimizers import CASES
from tests.registries import activations, costs, layers, optimizers


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    assert ACTIVATIONS[name].name == name
    assert activations.complaints(ACTIVATIONS[name]) == []


@pytest.mark.parametrize("name", COSTS)
def test_costs(name: str) -> None:
    assert COSTS[name].name == name
    assert costs.complaints(COSTS[name]) == []


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name: str) -> None:
    assert OPTIMIZERS[name].name == name
    assert optimizers.complaints(OPTIMIZERS[name]) == []


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    assert LAYERS[name].example == name
    assert layers.complaints(LAYERS[name]) == []


def test_every_optimizer_is_held_to_the_formulas_of_its_source() -> None:
    held = {options.get("optimizer", "sgd") for options, _ in CASES.values()}
    assert held == set(OPTIMIZERS), "tests/nn/test_optimizers.py, CASES"


def test_formulas_are_of_what_there_is() -> None:
    assert set(FUNCTIONS) == set(ACTIVATIONS), "tests/nn/formulas.py, FUNCTIONS"
    assert set(COST_TERMS) == set(COSTS), "tests/nn/formulas.py, COST_TERMS"
