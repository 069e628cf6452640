"""Small things said in the same way everywhere."""

from collections.abc import Sequence

from gpunet.evaluation.result import Evaluation


def percent(fraction: float) -> str:
    """0.9542 as "95.42 %"."""
    return f"{100 * fraction:.2f} %"


def duration(seconds: float) -> str:
    """0.53 as "0.5 s", 754 as "12 min 34 s"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def confusions(evaluation: Evaluation, classes: Sequence[str], count: int = 3) -> str:
    """The pairs most often confused, as "4 taken for 9 (11 times), …"."""
    pairs = [
        f"{classes[pair.true]} taken for {classes[pair.predicted]} "
        f"({pair.count} {'time' if pair.count == 1 else 'times'})"
        for pair in evaluation.most_confused(count)
    ]
    return ", ".join(pairs) or "none"
