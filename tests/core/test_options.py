"""Options declared as fields: gathered, checked, documented and read again."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from gpunet.core.errors import InputError
from gpunet.core.options import Config, documented, names_of, option, options_of, show_value
from gpunet.core.rules import Choice, Flag, Number, Whole


@dataclass(frozen=True, kw_only=True)
class Wheels(Config):
    """A part of a whole."""

    spokes: int = option(32, Whole(0, 99), "How many of them.", section="Wheels")
    tyre: str | None = option(
        None,
        Choice("slick", "studded"),
        "What it rolls on.",
        section="Wheels",
        otherwise="what is at hand",
    )


@dataclass(frozen=True, kw_only=True)
class Bicycle(Config):
    """A whole."""

    top_speed: float = option(1.0, Number(0, 30), "How fast.", section="Riding")
    bell: bool = option(False, Flag(), "Whether it rings.", section="Riding")
    wheels: Wheels = field(default_factory=Wheels)


def of_any_type(value: Any) -> Any:
    """A value that a type checker would not let pass."""
    return value


def test_the_options_of_parts_come_behind_its_own() -> None:
    assert names_of(Bicycle) == ("top_speed", "bell", "spokes", "tyre")
    assert [each.section for each in options_of(Bicycle)] == [
        "Riding",
        "Riding",
        "Wheels",
        "Wheels",
    ]


def test_an_option_knows_all_that_is_said_of_it() -> None:
    spokes, tyre = options_of(Wheels)
    assert (spokes.name, spokes.type, spokes.default, spokes.help) == (
        *("spokes", int, 32, "How many of them."),
    )
    assert (spokes.default_in_words, tyre.default_in_words) == ("32", "what is at hand")
    assert options_of(Bicycle)[1].is_flag


def test_its_values_are_flat_and_come_back() -> None:
    bicycle = Bicycle(top_speed=2, wheels=Wheels(spokes=3))
    values = bicycle.to_json()
    assert values == {"top_speed": 2.0, "bell": False, "spokes": 3, "tyre": None}
    assert Bicycle.from_json(values) == bicycle


def test_what_is_not_there_has_its_default() -> None:
    assert Bicycle.from_json({"spokes": 3}) == Bicycle(wheels=Wheels(spokes=3))
    assert Bicycle.from_json({}) == Bicycle()


def test_another_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="there is no option 'spoke'; did you mean spokes\\?"):
        Bicycle.from_json({"spoke": 3})
    with pytest.raises(
        InputError, match="there is no option 'x'; there are top_speed, bell, spokes"
    ):
        Bicycle.from_json({"x": 3})


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Bicycle(top_speed=31), "^top speed 31: give a number from 0 to 30$"),
        (lambda: Bicycle.from_json({"tyre": "slik"}), "^tyre 'slik': .*; did you mean slick"),
        (lambda: Bicycle(wheels=of_any_type(2)), "^wheels 2: give a Wheels$"),
        (lambda: Bicycle(bell=of_any_type(None)), "^bell None: give True or False$"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(make: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        make()


def test_what_is_none_by_default_may_be_none() -> None:
    assert Wheels(tyre=None).tyre is None
    with pytest.raises(InputError, match="spokes None"):
        Wheels(spokes=of_any_type(None))


def test_a_docstring_tells_them_all() -> None:
    @documented(Bicycle)
    def ride() -> None:
        """Go."""

    told = str(ride.__doc__)
    assert told.startswith("Go.")
    for each in options_of(Bicycle):
        assert f"{each.name}: {each.help}" in told


@pytest.mark.parametrize(
    ("value", "typed"),
    [([20, 30], "20,30"), (("20C5", 9), "20C5,9"), ([], "none"), (3.0, "3"), (None, "default")],
)
def test_values_are_shown_as_they_are_typed(value: Any, typed: str) -> None:
    assert show_value(value) == typed
