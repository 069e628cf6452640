"""Committees: the accuracy of each of their networks alone."""

from collections.abc import Sequence

from gpunet.evaluation.result import Evaluation
from gpunet.show.console import Console
from gpunet.show.folding import print_records, table
from gpunet.show.population import spread
from gpunet.show.words import interval, percent
from gpunet.sweeps.statistics import summarise_members

# With more networks than this only the summary is printed.
MAX_ROWS = 20


def print_members(console: Console, names: Sequence[str], members: Sequence[Evaluation]) -> None:
    """Print the accuracy of each network alone, and a summary.

    Args:
        console: where to.
        names: what each is called.
        members: their evaluations.
    """
    summary = summarise_members(members)
    console.print(
        f"members alone ({len(members):,}): {spread(summary)}, "
        f"from {percent(summary['min'])} to {percent(summary['max'])}",
        soft_wrap=True,
    )
    sure = [("networks", summary["ci95"]), ("images", summary["ci95_images"])]
    said = ", ".join(f"{interval(ends)} over {what}" for what, ends in sure if ends)
    console.print(f"95 % interval of their mean: {said}", soft_wrap=True)
    if len(members) > MAX_ROWS:
        return
    made = table("network", "accuracy", "correct", "cost")
    for name, member in zip(names, members, strict=True):
        made.add_row(name, percent(member.accuracy), f"{member.correct:,}", f"{member.cost:.5f}")
    print_records(console, made)
