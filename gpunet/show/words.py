"""Short texts that several places print."""

from collections.abc import Sequence

import numpy as np

from gpunet.core.words import count
from gpunet.evaluation.result import Evaluation
from gpunet.evaluation.uncertainty import wilson


def percent(fraction: float) -> str:
    """0.9542 as "95.42 %"."""
    return f"{100 * fraction:.2f} %"


def interval(ends: Sequence[float]) -> str:
    """ "96.66 to 98.10 %"; Student's interval may reach past what an accuracy can be."""
    low, high = (min(max(end, 0.0), 1.0) for end in ends)
    return f"{100 * low:.2f} to {percent(high)}"


def counted(correct: int, total: int) -> str:
    """ "9,744 of 10,000; 95 % interval over images 97.11 to 97.73 %"."""
    ends = interval(wilson(correct, total))
    return f"{correct:,} of {total:,}; 95 % interval over images {ends}"


def duration(seconds: float) -> str:
    """0.53 as "0.5 s", 754 as "12 min 34 s", 0.034 as "34 ms"."""
    if seconds < 0.0005:
        return "less than 1 ms"
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def confusions(evaluation: Evaluation, classes: Sequence[str], most: int = 3) -> str:
    """The pairs most often confused, as "4 taken for 9 (11 times), …"."""
    pairs = [
        f"{classes[pair.true]} taken for {classes[pair.predicted]} ({count(pair.count, 'time')})"
        for pair in evaluation.most_confused(most)
    ]
    return ", ".join(pairs) or "none"


def advice(evaluation: Evaluation, classes: Sequence[str]) -> list[str]:
    """A line of advice where the accuracy says little, or is that of guessing."""
    (present,) = np.nonzero(evaluation.confusion.sum(axis=1))
    if len(present) == 1:
        only = f"all images of the test split are of one class, {classes[present[0]]}"
        return [f"{only}: the accuracy says little; give images of every class"]
    # Always guessing the most frequent class is right as often as that occurs; an accuracy is
    # better if it closes a twentieth of the gap from there to 1.
    guessing = int(evaluation.confusion.sum(axis=1).max()) / evaluation.total
    if evaluation.accuracy > guessing + (1 - guessing) / 20:
        return []
    return ["that is no better than guessing: try a smaller --learning-rate, or another --seed"]
