"""How fast a training that is watched may go, and how fast it goes."""

import time
from collections import deque
from math import inf

# Seconds from some steps to the next, where it is to be slow.
TICK = 0.04
# The speed is told over the last so many seconds.
SPEED_OVER = 1.0


class Pace:
    """So many steps a second, at most.

    Args:
        rate: steps a second; infinite for as many as there can be.
    """

    def __init__(self, rate: float = inf) -> None:
        self.rate = rate
        self.begin(0)

    def begin(self, steps: int) -> None:
        """Count from now on, with so many steps done. The first one is due at once."""
        self.began, self.before = time.monotonic(), steps

    @property
    def allowed(self) -> float:
        """How many steps may be done by now, in all."""
        if self.rate == inf:
            return inf
        ticks = (time.monotonic() - self.began) // TICK
        return self.before + 1 + self.rate * TICK * ticks // 1


class Speed:
    """Steps a second, of late."""

    def __init__(self) -> None:
        self.seen: deque[tuple[float, int]] = deque(maxlen=100)

    def begin(self) -> None:
        """Forget what was before a pause."""
        self.seen.clear()

    def at(self, steps: int) -> float | None:
        """With so many steps done now; None if there is nothing to compare it with."""
        self.seen.append((time.monotonic(), steps))
        until = self.seen[-1][0]
        while until - self.seen[0][0] > SPEED_OVER and len(self.seen) > 2:
            self.seen.popleft()
        began, before = self.seen[0]
        return (steps - before) / (until - began) if until > began else None
