"""The names that the command line knows beforehand are those that something bears."""

from collections.abc import Iterable

import numpy as np
import pytest

import gpunet
from gpunet.backend.cublas import COMPUTE
from gpunet.core import names
from gpunet.datasets.dataset import Dataset
from gpunet.engines.choose import ENGINES
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from gpunet.nn.initializers import INITIALIZERS

PLACE = "gpunet/core/names.py"


@pytest.mark.parametrize(
    ("known", "table"),
    [
        (names.ACTIVATIONS, ACTIVATIONS),
        (names.COSTS, COSTS),
        (names.INITIALIZERS, INITIALIZERS),
        (names.ENGINES, ("auto", *ENGINES)),
        (names.PRECISIONS, COMPUTE),
    ],
    ids=["activations", "costs", "initializers", "engines", "precisions"],
)
def test_they_are_those_of_the_tables(known: Iterable[str], table: Iterable[str]) -> None:
    assert set(known) == set(table), PLACE


@pytest.mark.parametrize("name", names.OPTIMIZERS)
def test_each_optimizer_trains(few: Dataset, name: str) -> None:
    momentum = 0.5 if name == "nesterov" else 0.0
    network = gpunet.Network([64, 10], device="cpu")
    history = gpunet.fit(network, few, epochs=1, optimizer=name, momentum=momentum)
    assert len(history) == 1


@pytest.mark.parametrize("name", names.DTYPES)
def test_each_dtype_can_be_had(name: str) -> None:
    assert gpunet.Network([4, 2], dtype=name, device="cpu").dtype == np.dtype(name)


def test_the_splits_are_those_of_a_data_set(few: Dataset) -> None:
    assert tuple(few.splits) == names.SPLITS, PLACE
