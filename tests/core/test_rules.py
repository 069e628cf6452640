"""What values an option may have, and what is said where one may not."""

from typing import Any

import numpy as np
import pytest

from gpunet.core.rules import Choice, Flag, Number, PerLayer, Rule, Whole
from gpunet.core.words import count, did_you_mean, size, typed

NAN, INF = float("nan"), float("inf")
FROM_1 = Whole(1, 1000)
SHARE = Number(0, 1, open_above=True)
RATE = Number(0, 1_000_000, open_below=True)
SHARES = PerLayer(SHARE, "0.5,0.3")
LIMITS = PerLayer(Number(0, 100), "2,4,none", none=True)
COST = Choice("quadratic", "cross-entropy")


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        (FROM_1, "a whole number from 1 to 1,000"),
        (Whole(0), "a whole number, 0 or more"),
        (SHARE, "a number from 0 to below 1"),
        (RATE, "a number above 0, at most 1,000,000"),
        (Number(0, 1, open_below=True, open_above=True), "a number above 0, below 1"),
        (Number(0.5, 64), "a number from 0.5 to 64"),
        (SHARES, "a number from 0 to below 1; or one for each layer, as in 0.5,0.3"),
        (COST, "one of quadratic, cross-entropy"),
        (Flag(), "True or False"),
    ],
)
def test_a_rule_says_what_is_needed(rule: Rule, needed: str) -> None:
    assert rule.needed == needed
    with pytest.raises(ValueError, match=f"^(give|choose) {needed}$"):
        rule.check(None)


@pytest.mark.parametrize(
    ("rule", "typed", "value"),
    [
        (FROM_1, "7", 7),
        (Whole(0), "9" * 30, int("9" * 30)),
        (SHARE, "0.25", 0.25),
        (RATE, "1e-3", 0.001),
        (RATE, "3", 3.0),
        (SHARES, "0.25", 0.25),
        (SHARES, "0.25, 0", (0.25, 0.0)),
        (LIMITS, "none", 0.0),
        (LIMITS, "2,None,4", (2.0, 0.0, 4.0)),
        (COST, "Cross_Entropy", "cross-entropy"),
    ],
)
def test_what_is_typed_becomes_a_plain_value(rule: Rule, typed: str, value: Any) -> None:
    assert rule.read(typed) == value
    assert type(rule.read(typed)) is type(value)


@pytest.mark.parametrize(
    ("rule", "typed"),
    [
        *((FROM_1, typed) for typed in ("0", "1001", "1.5", "1e2", "x", "", "nan", "9" * 5000)),
        *((SHARE, typed) for typed in ("1", "-0.1", "nan", "inf", "x", "")),
        *((RATE, typed) for typed in ("0", "1000001", "-inf")),
        *((SHARES, typed) for typed in ("1", "0.5,1", "0.5,", ",", "none", "0.5,none", "0.5;0.3")),
        *((LIMITS, typed) for typed in ("-1", "no", "none,", "2,nan")),
        *((COST, typed) for typed in ("cubic", "")),
    ],
)
def test_what_makes_no_sense_is_refused_as_it_is_typed(rule: Rule, typed: str) -> None:
    with pytest.raises(ValueError, match=f"{rule.needed}"):
        rule.read(typed)


@pytest.mark.parametrize(
    ("rule", "value", "plain"),
    [
        (FROM_1, np.int64(7), 7),
        (SHARE, np.float32(0.5), 0.5),
        (SHARE, 0, 0.0),
        (Flag(), True, True),
    ],
)
def test_numbers_of_numpy_become_plain_ones(rule: Rule, value: Any, plain: Any) -> None:
    assert type(rule.check(value)) is type(plain)
    assert rule.check(value) == plain


@pytest.mark.parametrize("value", [True, "7", 7.0, NAN, INF, None, [7]])
def test_what_is_no_whole_number_is_none(value: Any) -> None:
    with pytest.raises(ValueError, match="give a whole number"):
        FROM_1.check(value)


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(ValueError, match=r"cross-entropy; did you mean cross-entropy\?$"):
        COST.read("crossentropy")


def test_words_for_a_number_of_things() -> None:
    assert [count(n, "epoch") for n in (0, 1, 2, 2000)] == [
        *("0 epochs", "1 epoch", "2 epochs", "2,000 epochs")
    ]


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert did_you_mean("x", ["epochs", "momentum"]) == ""
    assert did_you_mean("Epoch", ["epochs", "momentum"]) == "; did you mean epochs?"


@pytest.mark.parametrize(
    ("path", "expected"), [("runs/1", "runs/1"), ("my run", "'my run'"), ("-5", "./-5")]
)
def test_a_path_is_shown_as_it_is_typed(path: str, expected: str) -> None:
    assert typed(path) == expected


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1400, "1.4 kB"),
        (33_554_432, "33.6 MB"),
        (80e9, "80.0 GB"),
        (7.2e12, "7,200.0 GB"),
    ],
)
def test_bytes_are_told_in_a_unit_that_fits(number: float, words: str) -> None:
    assert size(number) == words
