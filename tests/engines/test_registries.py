"""Every engine says all that must be said of it, and the fused one computes what it says it can."""

import pytest

from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.engines.choose import ENGINES
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from gpunet.nn.layers.table import LAYERS
from gpunet.nn.optimizers.table import OPTIMIZERS
from tests.registries import engines, fused


@pytest.mark.parametrize("name", ENGINES)
def test_engines(gpu: Device, few: Dataset, name: str) -> None:
    assert ENGINES[name].name == name
    assert engines.complaints(ENGINES[name], few, gpu) == []


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_in_the_fused_engine(gpu: Device, few: Dataset, name: str) -> None:
    assert fused.complaints_of_activation(ACTIVATIONS[name], few, gpu) == []


@pytest.mark.parametrize("name", COSTS)
def test_costs_in_the_fused_engine(gpu: Device, few: Dataset, name: str) -> None:
    assert fused.complaints_of_cost(COSTS[name], few, gpu) == []


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_in_the_fused_engine(gpu: Device, few: Dataset, name: str) -> None:
    assert fused.complaints_of_optimizer(OPTIMIZERS[name], few, gpu) == []


@pytest.mark.parametrize("name", LAYERS)
def test_layers_in_the_fused_engine(gpu: Device, few: Dataset, name: str) -> None:
    assert fused.complaints_of_layer(LAYERS[name], few, gpu) == []
