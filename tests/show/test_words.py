"""Words: numbers and what they count, durations, and advice that is true."""

import numpy as np
import pytest

from gpunet.core.words import count
from gpunet.evaluation.result import Evaluation
from gpunet.show.words import advice, duration, interval


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "less than 1 ms"),
        (0.0004, "less than 1 ms"),
        (0.0012, "1 ms"),
        (0.034, "34 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.1 s"),
        (0.53, "0.5 s"),
        (59.94, "59.9 s"),
        (59.97, "1 min 0 s"),
        (754, "12 min 34 s"),
    ],
)
def test_a_duration_is_never_nothing(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_interval_holds_nothing_that_an_accuracy_cannot_be() -> None:
    assert interval((0.9666, 0.981)) == "96.66 to 98.10 %"
    assert interval((-0.3, 1.4451)) == "0.00 to 100.00 %"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (2000, "2,000 epochs")]
)
def test_what_is_counted_agrees_with_its_number(number: int, words: str) -> None:
    assert count(number, "epoch") == words
    assert count(number, "class", "classes") == words.replace("epochs", "classes").replace(
        "epoch", "class"
    )


def advice_on(confusion: list[list[int]]) -> str:
    return " ".join(advice(Evaluation(0.1, np.array(confusion)), ["cat", "dog", "owl"]))


def test_one_class_says_little_whatever_the_accuracy() -> None:
    assert "of one class, dog: the accuracy says little" in advice_on([[0] * 3, [0, 9, 0], [0] * 3])
    assert "of one class, dog" in advice_on([[0] * 3, [9, 0, 0], [0] * 3])
    assert "guessing" not in advice_on([[9, 0, 0], [0] * 3, [0] * 3])


def test_guessing_is_told_from_learning() -> None:
    assert "no better than guessing" in advice_on([[4, 0, 0], [4, 0, 0], [4, 0, 0]])
    assert advice_on([[4, 0, 0], [0, 4, 0], [4, 0, 0]]) == ""
