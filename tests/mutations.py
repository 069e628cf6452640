"""Values of JSON in which something is not what it should be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

NUMBERS = [0, -1, 1, 2, 255, 2**31, 2**53, 2**64, 10**400, 0.5, -0.0, 1e308, 5e-324]
NUMBERS += [float("nan"), float("inf"), -float("inf")]
TEXTS = ["", "\ud800", "x", "\x1b[31m", "x" * 5000, "\0", "NaN", "cosine", "20C5", "9" * 40 + "C5"]
TEXTS += ["/dev/zero", "0" * 64, "finished", "running", "population", "[/red]", "\udcff.csv"]
PLAIN = st.sampled_from([None, True, False, *NUMBERS, *TEXTS])
ANYTHING = st.recursive(
    PLAIN,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "epoch", "\ud800", ""]), inside, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, as the keys that lead there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*so_far, key)
        if isinstance(each, dict | list):
            yield from places(each, (*so_far, key))


@dataclass
class Mutation:
    """Something put in the place of something else, beside it, or nothing at all."""

    place: tuple[Any, ...]
    how: str
    value: Any

    def __call__(self, description: Any) -> None:
        *above, last = self.place
        for key in above:
            description = description[key]
        if self.how == "remove":
            del description[last]
        elif self.how == "add" and isinstance(description, dict):
            description["more"] = self.value
        elif self.how == "add":
            description.append(self.value)
        else:
            description[last] = self.value


def mutations(of: Any) -> st.SearchStrategy[Mutation]:
    """All mutations of a JSON value."""
    how = st.sampled_from(["replace", "replace", "replace", "remove", "add"])
    return st.builds(Mutation, st.sampled_from(sorted(places(of), key=str)), how, ANYTHING)
