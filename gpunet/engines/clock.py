"""The steps of a run, counted on the device."""

from functools import partial

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation


class Clock:
    """The number of the step since the beginning of the run, within a captured block too.

    Args:
        device: where it counts.
        ticking: whether anything reads it; if not, it costs nothing.

    Attributes:
        steps: uint64 (1,), or None where nothing reads it.
    """

    def __init__(self, device: Device, ticking: bool) -> None:
        self.primitives = device.primitives
        self.steps: Array | None = device.xp.zeros(1, dtype=np.uint64) if ticking else None

    def set(self, steps: int) -> None:
        """Set the number of steps run so far."""
        if self.steps is not None:
            self.steps[...] = steps

    def tick(self) -> list[Operation]:
        """What ends a step."""
        if self.steps is None:
            return []
        one = self.primitives.constant(1, np.uint64)
        return [partial(self.primitives.xp.add, self.steps, one, self.steps)]
