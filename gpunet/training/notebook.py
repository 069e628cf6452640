"""One line in a notebook that says how far a training is, where one is running."""

import sys
import time
from importlib import import_module
from typing import Any

from gpunet.training.callbacks import Callback, Training
from gpunet.training.history import EpochRecord

# How often the line is written again, in seconds: each time is a message to the browser.
INTERVAL = 0.2


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook. IPython is looked for, never imported."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython and hasattr(ipython, "get_ipython") else None
    return shell is not None and hasattr(shell, "kernel")


class ProgressLine(Callback):
    """The line: written when it is made, and again as epochs end.

    Args:
        epochs: how many there will be.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.began = self.written = time.perf_counter()
        display: Any = import_module("IPython.display")
        self.handle = display.DisplayHandle()
        self.handle.display(self.bundle(f"epoch 0/{epochs}"), raw=True)

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        """Write the line again, unless that was done a moment ago."""
        now = time.perf_counter()
        last = record.epoch == self.epochs
        if not last and now - self.written < INTERVAL:
            return
        self.written = now
        self.write(record, now)

    def write(self, record: EpochRecord, now: float) -> None:
        """Write the line again."""
        parts = [f"epoch {record.epoch}/{self.epochs}"]
        if record.accuracy is not None and record.cost is not None:
            parts += [f"cost {record.cost:.4f}", f"accuracy {100 * record.accuracy:.2f} %"]
        seconds = now - self.began
        left = seconds / record.epoch * (self.epochs - record.epoch)
        parts.append(f"{seconds:.1f} s" + (f", {left:.0f} s left" if left >= 1 else ""))
        self.handle.update(self.bundle("  ".join(parts)), raw=True)

    @staticmethod
    def bundle(text: str) -> dict[str, str]:
        """Text as a notebook takes it."""
        return {"text/plain": text}
