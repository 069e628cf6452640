"""Two runs compared: a table, and the conclusion in a sentence."""

from gpunet.core.words import count
from gpunet.evaluation.comparison import Comparison
from gpunet.evaluation.uncertainty import Interval
from gpunet.show.console import Console
from gpunet.show.folding import print_table, table

# What comes by chance more often than this is no difference that was shown.
RARE = 0.05
RAREST = 1e-6


def print_counts(console: Console, found: Comparison) -> None:
    """Of two networks, which samples both classified correctly, only one, or none."""
    made = table("", "B right", "B wrong")
    made.add_row("A right", f"{found.both:,}", f"{found.only_a:,}")
    made.add_row("A wrong", f"{found.only_b:,}", f"{found.neither:,}")
    print_table(console, made)


def conclusion(found: Comparison) -> str:
    """What follows, in plain English: which is better, by how much, and how sure that is."""
    several = found.networks != (1, 1)
    ahead, size = ("A", -found.difference) if found.difference < 0 else ("B", found.difference)
    if not several and not found.only_a and not found.only_b:
        return "A and B classify the same images correctly: there is no difference"
    if not found.difference:
        return "A and B are equally good: there is no difference"
    points = f"{100 * size:.2f} points ({intervals(found, turned=ahead == 'A')})"
    chance = "a difference as large comes by chance " + how_often(found.chance)
    if found.chance > RARE:
        if found.least_chance > RARE:
            least = how_often(found.least_chance)
            few = (
                f"{networks_of(found)} are too few to tell: whatever they show, it comes by chance"
            )
            return f"{ahead} is ahead by {points}; {few} at least {least}"
        return f"no difference is shown: {ahead} is ahead by {points}; {chance}"
    said = f"{ahead} is better by {points}; {chance}"
    if several and found.over_images[0] <= 0 <= found.over_images[1]:
        said += "; over other images it might not be, since that interval holds 0"
    return said


def intervals(found: Comparison, turned: bool) -> str:
    """The intervals of a difference, in points, of A less B where it is turned."""
    over_images = points_of(found.over_images, turned)
    if found.networks == (1, 1):
        return f"95 % interval {over_images}"
    if found.over_networks is None:
        return f"95 % interval {over_images} over images"
    over_networks = points_of(found.over_networks, turned)
    return f"95 % interval {over_networks} over networks, {over_images} over images"


def points_of(ends: Interval, turned: bool) -> str:
    """ "0.10 to 0.74"."""
    low, high = (-ends[1], -ends[0]) if turned else ends
    return f"{100 * low:.2f} to {100 * high:.2f}".replace("-", "−")


def how_often(chance: float) -> str:
    """A probability in words: "once in 120"."""
    if chance > 0.5:
        return "more often than not"
    if chance < RAREST:
        return "less than once in a million"
    return f"once in {1 / chance:,.0f}"


def networks_of(found: Comparison) -> str:
    """ "5 pairs of networks", "5 and 3 networks"."""
    first, second = found.networks
    if found.paired:
        return f"{count(first, 'pair')} of networks"
    return f"{first:,} and {count(second, 'network')}"
