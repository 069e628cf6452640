"""One contender in a process of its own: see `alone`.

It reads a line of JSON that says what to train, and then words, a line each: "epoch" to train one
and say how many seconds a step took, "memory" to say how many bytes it has taken at most. What it
says are lines of JSON.
"""

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from gpunet.core.errors import first_line
from gpunet.datasets.dataset import Dataset, Split
from scripts.benchmarks.isa import kernels_in_use
from scripts.benchmarks.peers import Contender, Workload


def main() -> None:
    """Serve what is asked on standard input; whatever libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(json.loads(sys.stdin.readline()), sys.stdin, answers)


def serve(asked: dict[str, Any], words: TextIO, answers: TextIO) -> None:
    """Make the contender, and answer until there is nothing more to read."""
    module, _, name = asked["contender"].partition(":")
    kind: type[Contender] = getattr(import_module(module), name)
    work: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in asked["work"].items()
    }
    try:
        for each in kind.imports:
            import_module(each)
        before = peak_bytes()
        contender = kind(Workload(**work), read_data(Path(asked["data"])))
    except Exception as error:  # whatever it is, the others go on
        tell(answers, left_out=first_line(error))
        return
    tell(answers, kernels=kernels_in_use())
    for word in words:
        if word.strip() == "memory":
            tell(answers, bytes=peak_bytes() - before)
            continue
        try:
            began = time.perf_counter()
            contender.epoch()
            seconds = time.perf_counter() - began
        except Exception as error:
            tell(answers, left_out=first_line(error))
            return
        tell(answers, seconds=seconds / contender.steps)


def tell(answers: TextIO, **said: Any) -> None:
    """Write a line of JSON."""
    answers.write(json.dumps(said) + "\n")
    answers.flush()


def read_data(place: Path) -> Dataset:
    """The training samples that `alone` has left there; the other splits are empty."""
    images, labels = np.load(place / "images.npy"), np.load(place / "labels.npy")
    none = Split(images[:0], labels[:0])
    side = int(images.shape[1] ** 0.5)
    return Dataset("mnist", Split(images, labels), none, none, (side, side), 255)


def peak_bytes() -> int:
    """The most memory that has been resident in this process.

    Linux counts the parent's at the moment of the start into `ru_maxrss`, but not into VmHWM.
    """
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
