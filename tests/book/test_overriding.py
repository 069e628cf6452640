"""Overridden methods, in a subclass or assigned, are those that SGD calls."""

import random
from typing import Any

import numpy as np
import pytest

from gpunet.book import network, network2
from gpunet.book.trainers import MatrixTrainer
from tests.book.comparing import assert_equal_network, seed
from tests.book.conftest import SIZES
from tests.book.plain import Pair, Plain

# 253 samples in tens are 26 steps an epoch, and there are two epochs; 30 labelled samples are more
# than are gone through one by one where nothing is overridden.
CALLS = {
    "update_mini_batch": 2 * 26,
    "backprop": 2 * 253,
    "cost_derivative": 2 * 253,
    "evaluate": 2,
    "feedforward": 2 * 30,
}
CALLS2 = {
    "update_mini_batch": 2 * 26,
    "backprop": 2 * 253,
    "accuracy": 2 * 2,
    "total_cost": 2 * 2,
    "feedforward": 2 * 2 * (253 + 30),
}
ALL: dict[str, Any] = {
    "monitor_evaluation_cost": True,
    "monitor_evaluation_accuracy": True,
    "monitor_training_cost": True,
    "monitor_training_accuracy": True,
}


def counting(base: type[Any], name: str) -> type[Any]:
    """A subclass with a method of that name which counts its calls, in `calls`."""

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        self.calls = getattr(self, "calls", 0) + 1
        return getattr(base, name)(self, *arguments, **keywords)

    return type("Counting", (base,), {name: method})


def trained(columns: list[Pair], cost: str, scaled: bool, eta: float, lmbda: float = 0.0) -> Plain:
    """A plain network after two epochs."""
    seed(1)
    plain = Plain(SIZES, cost, scaled)
    data = list(columns)
    for _ in range(2):
        plain.epoch(data, 10, eta, lmbda)
    return plain


@pytest.mark.parametrize("name", CALLS)
def test_a_subclass_is_asked_as_often_as_the_book_asks(
    columns: list[Pair], labelled: list[Pair], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(1)
    net = counting(network.Network, name)(SIZES)
    data = list(columns)
    net.SGD(data, 2, 10, 3.0, test_data=labelled[:30])
    assert net.calls == CALLS[name]
    plain = trained(columns, "quadratic", False, 3.0)
    assert_equal_network(net, plain)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"Epoch 1: {plain.correct(labelled[:30])} / 30"
    assert [id(x) for x, _ in data] != [id(x) for x, _ in columns]  # shuffled in place


@pytest.mark.parametrize("name", CALLS2)
def test_and_one_of_chapter_3s_network(
    columns: list[Pair], labelled: list[Pair], name: str
) -> None:
    seed(1)
    net = counting(network2.Network, name)(SIZES)
    data = list(columns)
    ec, ea, tc, ta = net.SGD(data, 2, 10, 0.5, 2.0, labelled[:30], **ALL)
    assert net.calls == CALLS2[name]
    plain = trained(columns, "cross-entropy", True, 0.5, 2.0)
    assert_equal_network(net, plain)
    assert (ea[-1], ta[-1]) == (plain.correct(labelled[:30]), plain.correct(columns))
    with_columns = [(x, network2.vectorized_result(y)) for x, y in labelled[:30]]
    wanted = [plain.mean_cost(with_columns, 2.0), plain.mean_cost(data, 2.0)]
    np.testing.assert_allclose([ec[-1], tc[-1]], wanted, rtol=1e-12)


class Doubled(network.Network):
    """Half the learning rate does for it."""

    def cost_derivative(self, output_activations: Any, y: Any) -> Any:
        return 2 * (output_activations - y)


def test_what_an_overridden_method_gives_is_what_is_learnt(columns: list[Pair]) -> None:
    seed(1)
    net = Doubled(SIZES)
    net.SGD(list(columns), 2, 10, 1.5)
    assert_equal_network(net, trained(columns, "quadratic", False, 3.0))


def test_a_method_may_be_assigned_to_a_network_or_its_class(
    columns: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = trained(columns, "quadratic", False, 3.0)
    seed(1)
    net: Any = network.Network(SIZES)
    net.cost_derivative = lambda a, y: 2 * (a - y)
    net.SGD(list(columns), 2, 10, 1.5)
    assert_equal_network(net, wanted)
    monkeypatch.setattr(network.Network, "cost_derivative", Doubled.cost_derivative)
    seed(1)
    net = network.Network(SIZES)
    net.SGD(list(columns), 2, 10, 1.5)
    assert_equal_network(net, wanted)


class Momentum(network2.Network):
    """The technique of chapter 3, as a reader would write it."""

    mu = 0.5

    def update_mini_batch(self, mini_batch: Any, eta: float, lmbda: float, n: int) -> None:
        before = [w.copy() for w in self.weights]
        super().update_mini_batch(mini_batch, eta, lmbda, n)
        steps = [w - old for w, old in zip(self.weights, before, strict=True)]
        last = getattr(self, "last", [np.zeros_like(w) for w in before])
        self.last = [self.mu * v + step for v, step in zip(last, steps, strict=True)]
        self.weights = [old + v for old, v in zip(before, self.last, strict=True)]


def test_an_overridden_step_may_call_the_one_it_overrides(columns: list[Pair]) -> None:
    seed(1)
    net = Momentum(SIZES)
    net.SGD(list(columns), 2, 10, 0.5, 2.0)
    seed(1)
    plain, data = Plain(SIZES, "cross-entropy", scaled=True), list(columns)
    last: list[Any] = [0.0, 0.0]
    for _ in range(2):
        random.shuffle(data)
        for start in range(0, 253, 10):
            before = list(plain.weights)
            plain.step(data[start : start + 10], 0.5, 2.0, 253)
            last = [0.5 * v + (w - old)
                    for v, w, old in zip(last, plain.weights, before, strict=True)]  # fmt: skip
            plain.weights = [old + v for old, v in zip(before, last, strict=True)]
    for ours, theirs in zip(net.weights, plain.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


class Upended(network2.Network):
    """What was the least active output is the most active one."""

    def feedforward(self, a: Any) -> Any:
        return 1.0 - super().feedforward(a)


@pytest.mark.parametrize("samples", [3, 253])
def test_an_overridden_feedforward_is_what_is_judged(columns: list[Pair], samples: int) -> None:
    net, data = Upended(SIZES), columns[:samples]
    outputs = [1.0 - network2.Network.feedforward(net, x) for x, _ in data]
    hits = [np.argmax(a) == np.argmax(y) for a, (_, y) in zip(outputs, data, strict=True)]
    assert net.accuracy(data, convert=True) == sum(hits)
    fn = network2.CrossEntropyCost.fn
    wanted = sum(fn(a, y) for a, (_, y) in zip(outputs, data, strict=True)) / samples
    assert net.total_cost(data, 0.0) == pytest.approx(wanted, rel=1e-12)


class Bare(network.Network):
    """Makes everything itself, as a subclass of the book's network may."""

    def __init__(self) -> None:
        self.num_layers, self.sizes = 2, [64, 10]
        self.weights, self.biases = [np.zeros((10, 64))], [np.zeros((10, 1))]


def test_a_subclass_need_not_call_the_initializer(
    columns: list[Pair], labelled: list[Pair]
) -> None:
    net = Bare()
    net.SGD(list(columns), 5, 10, 3.0)
    assert net.evaluate(labelled) > 300


def test_with_nothing_overridden_whole_mini_batches_are_taken(columns: list[Pair]) -> None:
    plain_subclass = type("Named", (network.Network,), {"name": "mine"})
    for net in (network.Network(SIZES), plain_subclass(SIZES)):
        assert isinstance(network.choose_trainer(net, list(columns), 10, 3.0, []), MatrixTrainer)
    net2 = network2.Network(SIZES)
    assert isinstance(network2.choose_trainer(net2, list(columns), 10, 0.5, 0.0, []), MatrixTrainer)
