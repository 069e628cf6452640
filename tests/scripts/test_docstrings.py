"""Docstrings as the reference's generator is given them."""

import pytest

pytest.importorskip("griffe", reason="the extra `docs` is not installed")

from scripts.docstrings import one_name_each


def test_names_told_of_together_are_told_of_one_by_one() -> None:
    docstring = "A layer.\n\nAttributes:\n    w, b: views,\n        laid out alike.\n    n: many."
    assert one_name_each(docstring) == (
        "A layer.\n\nAttributes:\n    w: views,\n        laid out alike.\n"
        "    b: views,\n        laid out alike.\n    n: many."
    )


def test_names_may_go_on_in_the_next_line() -> None:
    assert one_name_each("    shift, rotation,\n    scaling: how far.") == (
        "    shift: how far.\n    rotation: how far.\n    scaling: how far."
    )


def test_prose_stays_as_it_is() -> None:
    for prose in ("As here, so there: alike.", "    a: one, two: three", "Args:\n    x: inputs."):
        assert one_name_each(prose) == prose
