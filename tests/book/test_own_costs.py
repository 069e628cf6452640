"""Costs of network2 as classes, as objects, as subclasses of the two, and of the reader's own."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.book import network2
from gpunet.book.costs import BookCost
from gpunet.book.network2 import CrossEntropyCost, Network, QuadraticCost, load
from gpunet.book.trainers import MatrixTrainer
from gpunet.core.errors import InputError
from tests.book.comparing import assert_equal_network, assert_same_network, seed
from tests.book.conftest import SIZES
from tests.book.plain import Pair, Plain

ALL: dict[str, Any] = {"monitor_training_cost": True, "monitor_evaluation_cost": True}


class Squares:
    """The quadratic cost, as a reader would write it."""

    @staticmethod
    def fn(a: Any, y: Any) -> Any:
        return 0.5 * np.linalg.norm(a - y) ** 2

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        return (a - y) * network2.sigmoid_prime(z)


class Times:
    """The cross-entropy so many times; its methods belong to an object."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def fn(self, a: Any, y: Any) -> Any:
        return self.factor * CrossEntropyCost.fn(a, y)

    def delta(self, z: Any, a: Any, y: Any) -> Any:
        return self.factor * (a - y)


class Twice(CrossEntropyCost):
    """A subclass that changes the error only."""

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        return 2 * (a - y)


class Named(CrossEntropyCost):
    """A subclass that changes nothing."""


def train(columns: list[Pair], cost: Any, eta: float, labelled: list[Pair]) -> tuple[Network, Any]:
    """A network after two epochs, and what it told."""
    seed(1)
    net = Network(SIZES, cost=cost)
    return net, net.SGD(list(columns), 2, 10, eta, 2.0, labelled, **ALL)


def train_plain(columns: list[Pair], cost: str, eta: float) -> Plain:
    seed(1)
    plain, data = Plain(SIZES, cost, scaled=True), list(columns)
    for _ in range(2):
        plain.epoch(data, 10, eta, 2.0)
    return plain


@pytest.mark.parametrize("cost", [CrossEntropyCost, QuadraticCost])
def test_an_object_of_the_two_is_as_good_as_its_class(
    columns: list[Pair], labelled: list[Pair], cost: type[Any]
) -> None:
    of_class, of_object = (train(columns, given, 0.5, labelled) for given in (cost, cost()))
    assert of_class[1] == of_object[1]
    assert type(of_object[0].cost) is cost
    for ours, theirs in zip(of_class[0].weights, of_object[0].weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("cost", [CrossEntropyCost(), Named, Named(), QuadraticCost()])
def test_an_object_of_the_two_does_not_slow_training_down(
    columns: list[Pair], cost: BookCost
) -> None:
    net = Network(SIZES, cost=cost)
    assert isinstance(network2.choose_trainer(net, list(columns), 10, 0.5, 0.0, []), MatrixTrainer)


def test_a_cost_of_ones_own(columns: list[Pair], labelled: list[Pair]) -> None:
    plain = train_plain(columns, "quadratic", 3.0)
    for cost in (Squares, Squares()):
        net, told = train(columns, cost, 3.0, labelled)
        assert_equal_network(net, plain)
        with_columns = [(x, network2.vectorized_result(y)) for x, y in labelled]
        wanted = [plain.mean_cost(with_columns, 2.0), plain.mean_cost(columns, 2.0)]
        np.testing.assert_allclose([told[0][-1], told[2][-1]], wanted, rtol=1e-12)


def test_a_cost_may_be_an_object_with_a_state(columns: list[Pair], labelled: list[Pair]) -> None:
    net, _ = train(columns, Times(2.0), 0.25, labelled)
    plain = train_plain(columns, "cross-entropy", 0.25)
    assert not np.allclose(net.weights[0], plain.weights[0], rtol=1e-3)
    x, y = columns[0]
    once = Network(SIZES)
    once.weights, once.biases = net.weights, net.biases
    for ours, theirs in zip(net.backprop(x, y)[1], once.backprop(x, y)[1], strict=True):
        np.testing.assert_array_equal(ours, 2 * theirs)
    assert net.total_cost(columns, 0.0) == pytest.approx(2 * once.total_cost(columns, 0.0))


def test_a_subclass_of_one_of_the_two(columns: list[Pair]) -> None:
    seed(1)
    net = Network(SIZES, cost=Twice)
    net.SGD(list(columns), 1, 10, 0.25)
    seed(1)
    plain = Plain(SIZES, "cross-entropy", scaled=True)
    plain.epoch(list(columns), 10, 0.5)
    assert_equal_network(net, plain)
    assert net.total_cost(columns, 0.0) == pytest.approx(plain.mean_cost(columns, 0.0))


def test_a_cost_that_was_patched_is_not_taken_for_the_old_one(
    columns: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CrossEntropyCost, "delta", staticmethod(Twice.delta))
    seed(1)
    net = Network(SIZES)
    net.SGD(list(columns), 1, 10, 0.25)
    seed(1)
    plain = Plain(SIZES, "cross-entropy", scaled=True)
    plain.epoch(list(columns), 10, 0.5)
    assert_same_network(net, plain)


def test_networks_with_objects_for_a_cost_are_copied() -> None:
    net = Network(SIZES, cost=Times(3.0))
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert isinstance(other.cost, Times)
        assert other.cost.factor == 3.0


def test_a_network_is_saved_under_its_costs_name(tmp_path: Path) -> None:
    Network([3, 2], cost=QuadraticCost()).save(tmp_path / "net.json")
    assert load(tmp_path / "net.json").cost is QuadraticCost


def test_a_cost_of_ones_own_is_loaded_once_it_stands_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Network([3, 2], cost=Squares).save(tmp_path / "net.json")
    with pytest.raises(InputError, match=r"unknown cost 'Squares'; known are .*network2"):
        load(tmp_path / "net.json")
    monkeypatch.setattr(network2, "Squares", Squares, raising=False)
    assert load(tmp_path / "net.json").cost is Squares


class Half:
    """No cost: it lacks the error."""

    @staticmethod
    def fn(a: Any, y: Any) -> float:
        return 0.0


@pytest.mark.parametrize("cost", ["cross-entropy", None, Half, Half(), CrossEntropyCost.fn])
def test_what_lacks_fn_or_delta_is_refused(cost: Any) -> None:
    with pytest.raises(InputError, match=r"fn\(a, y\) and delta\(z, a, y\)"):
        Network(SIZES, cost=cost)
