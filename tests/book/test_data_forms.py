"""What may stand for the book's lists of pairs: tuples, zips, generators, arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gpunet.book import network, network2
from tests.book.comparing import assert_equal_network, assert_same_network, seed, twins
from tests.book.conftest import SIZES
from tests.book.plain import Pair


def zipped(pairs: list[Pair]) -> Any:
    return zip([x for x, _ in pairs], [y for _, y in pairs], strict=True)


def stacked(pairs: list[Pair]) -> Any:
    """A zip of two arrays (n, size, 1)."""
    return zip(np.array([x for x, _ in pairs]), np.array([y for _, y in pairs]), strict=True)


def of_objects(pairs: list[Pair]) -> Any:
    """An array (n, 2)."""
    array = np.empty((len(pairs), 2), dtype=object)
    for row, (x, y) in enumerate(pairs):
        array[row, 0], array[row, 1] = x, y
    return array


def of_tuples(pairs: list[Pair]) -> Any:
    """An array (n,)."""
    array = np.empty(len(pairs), dtype=object)
    for row, pair in enumerate(pairs):
        array[row] = pair
    return array


FORMS: list[Callable[[list[Pair]], Any]] = [
    tuple,
    zipped,
    stacked,
    lambda pairs: ((x, y) for x, y in pairs),
    lambda pairs: [[x, y] for x, y in pairs],
    lambda pairs: [(x.tolist(), y) for x, y in pairs],
    of_objects,
    of_tuples,
]


@pytest.mark.parametrize("form", FORMS)
def test_training_takes_them(columns: list[Pair], labelled: list[Pair], form: Any,
                             capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    net, plain = twins()
    seed(2)
    data = list(columns)
    lines = []
    for epoch in range(2):
        plain.epoch(data, 10, 3.0)
        lines.append(f"Epoch {epoch}: {plain.correct(labelled)} / 431\n")
    seed(2)
    net.SGD(form(columns), 2, 10, 3.0, test_data=form(labelled))
    assert_same_network(net, plain)
    assert capsys.readouterr().out == "".join(lines)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("samples", [5, 253])
def test_a_step_and_the_judgements_take_them(
    columns: list[Pair], labelled: list[Pair], form: Any, samples: int
) -> None:
    net, net2 = network.Network(SIZES), network2.Network(SIZES)
    columns, labelled = columns[:samples], labelled[:samples]
    assert net.evaluate(form(labelled)) == net.evaluate(labelled)
    assert net2.accuracy(form(labelled)) == net2.accuracy(labelled)
    assert net2.accuracy(form(columns), convert=True) == net2.accuracy(columns, convert=True)
    wanted = net2.total_cost(columns, 5.0)
    assert net2.total_cost(form(columns), 5.0) == pytest.approx(wanted, rel=1e-12)
    other = network2.Network(SIZES)
    other.weights, other.biases = net2.weights, net2.biases
    other.update_mini_batch(form(columns), 0.5, 5.0, 253)
    net2.update_mini_batch(columns, 0.5, 5.0, 253)
    for ours, theirs in zip(other.weights, net2.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


class Watched(network.Network):
    """Goes by the book, since a method is overridden."""

    def evaluate(self, test_data: Any) -> int:
        return super().evaluate(test_data)


@pytest.mark.parametrize("form", FORMS)
def test_so_does_training_by_the_book(
    columns: list[Pair], labelled: list[Pair], form: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(1)
    net = Watched(SIZES)
    net.SGD(form(columns), 2, 10, 3.0, test_data=form(labelled))
    _, plain = twins()
    data = list(columns)
    for _ in range(2):
        plain.epoch(data, 10, 3.0)
    assert_equal_network(net, plain)
    assert capsys.readouterr().out.splitlines()[-1] == f"Epoch 1: {plain.correct(labelled)} / 431"


def test_what_is_no_list_is_not_shuffled(columns: list[Pair]) -> None:
    array = of_objects(columns)
    network.Network(SIZES).SGD(array, 1, 10, 3.0)
    assert all(x is first for (x, _), (first, _) in zip(array, columns, strict=True))


def test_whole_numbers_may_be_floats(
    columns: list[Pair], capsys: pytest.CaptureFixture[str]
) -> None:
    # In Python 2 `1500 / 500` was an int.
    epochs: Any = 1500 / 500
    network.Network(SIZES).SGD(columns[:20], epochs, 10, 3.0)
    assert capsys.readouterr().out.count("complete") == 3
