"""Axes of a plot in characters: round numbers, exactly on its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

# Numbers from here on, and those below its reciprocal, are written as powers of ten.
LONG = 1e6
NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Axis:
    """A vertical axis, and the numbers written at it.

    Attributes:
        low, high: the values of its lowest and its highest line.
        step: between numbers.
    """

    low: float
    high: float
    step: float

    def labels(self) -> list[str]:
        """The numbers from high to low, all with as many decimals as the step needs."""
        count = round((self.high - self.low) / self.step)
        if self.high >= LONG or self.high < 1 / LONG:
            return [f"{self.high - k * self.step:.3g}" for k in range(count + 1)]
        decimals = max(0, -floor(log10(self.step)))
        if round(self.step, decimals) != round(self.step, decimals + 1):  # 0.25 and 2.5
            decimals += 1
        return [f"{self.high - k * self.step:.{decimals}f}" for k in range(count + 1)]


def axis_for(low: float, high: float, intervals: Sequence[int], most: float | None = None) -> Axis:
    """The axis with round numbers on which low and high lie, and which has least room to spare.

    Args:
        low, high: of what is drawn, 0 or more.
        intervals: how many there may be between its numbers; 5 among them.
        most: the highest value that means anything, such as 100 %.
    """
    span = max(high - low, abs(high) * 1e-3, 1e-9)
    tolerance = 1e-9 * span
    found = []
    for count in intervals:
        power = 10.0 ** floor(log10(span / count))
        for step in (factor * power for factor in (*NICE, *(10 * nice for nice in NICE))):
            start = floor((low + tolerance) / step) * step
            if most is not None and start + count * step > most + tolerance:
                start = most - count * step
            if -tolerance <= start <= low + tolerance and start + count * step >= high - tolerance:
                found.append(Axis(start, start + count * step, step))
    return min(found, key=lambda axis: (round((axis.high - axis.low) / span, 6), axis.step))


def epochs_shown(first: int, last: int, most: int) -> list[int]:
    """Round numbers of epochs, the first and the last among them, at most that many or two."""
    span = last - first
    if span < 1:
        return [first]
    steps = (nice * 10**power for power in range(7) for nice in (1, 2, 5))
    step = next(each for each in steps if span / each <= max(1, most - 2))
    between = [k * step for k in range(ceil(first / step), last // step + 1)]
    # Those too close to either end would touch its number.
    kept = [k for k in between if k - first > 0.6 * step and last - k > 0.6 * step]
    return [first, *kept, last]
