"""Expressions: what they compute, and what they refuse."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.book import theano
from gpunet.book.theano import tensor as T  # noqa: N812 - as the book imports it

X = np.arange(12.0).reshape(3, 4)


def test_a_function_of_variables() -> None:
    a, b = T.matrix("a"), T.lscalar("b")
    compute = theano.function([a, b], (a[b] + 1) ** 2 / 2 - a[0, :2].eval({a: X})[0])
    np.testing.assert_array_equal(compute(X, 2), (X[2] + 1) ** 2 / 2)


def test_several_outputs_at_once() -> None:
    a = T.matrix()
    doubled, place = theano.function([a], [2 * a, T.argmax(a, axis=1)])(X)
    np.testing.assert_array_equal(doubled, 2 * X)
    np.testing.assert_array_equal(place, [3, 3, 3])


def test_what_is_given_stands_for_a_variable() -> None:
    a, i, data = T.matrix("a"), T.lscalar("i"), theano.shared(X)
    rows = theano.function([i], T.mean(a), givens={a: data[i : i + 2]})
    assert rows(1) == X[1:3].mean()
    # What is given for a may hold a, which then is that of the caller.
    shifted = theano.function([a], a * a, givens={a: a + 1})
    with pytest.raises(gpunet.InputError, match="no value"):
        theano.function([], a * a, givens={a: a + 1})()
    np.testing.assert_array_equal(shifted(X), X * X)


def test_a_shared_variable_is_read_when_it_is_needed() -> None:
    numbers = theano.shared([1, 2, 3], name="numbers")
    total = numbers * 10
    numbers.set_value([4, 5, 6])
    np.testing.assert_array_equal(total.eval(), [40, 50, 60])
    numbers.eval()[0] = 0
    np.testing.assert_array_equal(numbers.get_value(), [4, 5, 6])
    with pytest.raises(gpunet.InputError, match="numbers has 1 dimensions, the new value 2"):
        numbers.set_value([[1]])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda a: T.switch(a > 4, a, -a), np.where(X > 4, X, -X)),
        (lambda a: T.eq(a, 3.0), X == 3),
        (lambda a: T.maximum(a, 3) - T.minimum(2, a), np.maximum(X, 3) - np.minimum(2, X)),
        (lambda a: T.exp(-T.sqr(a)) + T.abs_(a), np.exp(-(X**2)) + abs(X)),
        (lambda a: abs(-a) % 3, X % 3),
        (lambda a: T.mean(a, axis=0), X.mean(axis=0)),
    ],
)
def test_operators_and_functions(made: Any, expected: Any) -> None:
    a = T.matrix("a")
    np.testing.assert_array_equal(made(a).eval({a: X}), expected)


def test_expressions_are_equal_where_they_are_the_same() -> None:
    a, b = T.matrix("a"), T.matrix("a")
    same = a
    assert a == same
    assert a != b
    assert len({a, b, a}) == 2


def test_a_variable_without_a_value_is_named() -> None:
    with pytest.raises(gpunet.InputError, match="the variable images has no value"):
        (T.matrix("images") + 1).eval()
    with pytest.raises(gpunet.InputError, match="1 values for 2 inputs"):
        theano.function([T.matrix(), T.matrix()], T.matrix())(X)


def test_what_only_values_can_do_is_refused() -> None:
    a = T.matrix("a")
    with pytest.raises(TypeError, match=r"T\.switch"):
        bool(a > 0)
    with pytest.raises(TypeError):
        list(a)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        np.sum(a)
    with pytest.raises(TypeError):
        np.concatenate([a, a])
