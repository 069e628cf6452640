"""Committees: how good each of their networks is alone."""

from collections.abc import Sequence

from gpunet.evaluation.result import Evaluation
from gpunet.show.console import Console
from gpunet.show.folding import print_table, table
from gpunet.show.population import spread
from gpunet.show.words import percent
from gpunet.sweeps.statistics import summarise

# More rows than this are told in one line only.
MOST_ROWS = 20


def print_members(console: Console, names: Sequence[str], members: Sequence[Evaluation]) -> None:
    """The accuracy of each network alone, and in short.

    Args:
        console: where to.
        names: what each is called.
        members: their evaluations.
    """
    short = summarise([member.accuracy for member in members]).to_json()
    console.print(
        f"members alone ({len(members):,}): {spread(short)}, "
        f"from {percent(short['min'])} to {percent(short['max'])}",
        soft_wrap=True,
    )
    if len(members) > MOST_ROWS:
        return
    made = table("network", "accuracy", "correct", "cost")
    for name, member in zip(names, members, strict=True):
        made.add_row(name, percent(member.accuracy), f"{member.correct:,}", f"{member.cost:.5f}")
    print_table(console, made)
