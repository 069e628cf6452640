"""What cannot be seen in a text is spelt out; what can be stays as it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpunet.show.visible import to_json, visible

SPELT = {
    "\x1b[31mred": r"\x1b[31mred",
    "a\nb": r"a\nb",
    "a\tb\rc": r"a\tb\rc",
    "\x07\x08\x7f": r"\x07\x08\x7f",
    "\x9b2J": r"\x9b2J",
    "caf\udce9": r"caf\xe9",
    "\ud800": r"\ud800",
    "\u202egnp.exe": r"\u202egnp.exe",
    "\u2028": r"\u2028",
    "\U000e0041": r"\U000e0041",
}


@pytest.mark.parametrize(("text", "spelt"), SPELT.items())
def test_what_cannot_be_seen_is_spelt_out(text: str, spelt: str) -> None:
    assert visible(text) == spelt


@pytest.mark.parametrize("text", ["", "cat", "[red]cat[/]", "café 猫 — ½ · 😀", r"C:\new", ":cat:"])
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert to_json(text) == json.dumps(text, ensure_ascii=False)


ANYTHING = st.text(st.characters(categories=["C", "Z", "L", "S"]))


@given(ANYTHING)
def test_any_text_becomes_one_line_that_can_be_written(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(text).encode().decode() == visible(text)
    assert visible(visible(text)) == visible(text)


# Not two halves of a character beside each other, which JSON would put together.
WHOLE = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(WHOLE, WHOLE | st.just("caf\udce9")))
def test_json_means_the_same_and_can_be_seen(value: dict[str, str]) -> None:
    assert to_json(value).isprintable()
    assert json.loads(to_json(value)) == value
