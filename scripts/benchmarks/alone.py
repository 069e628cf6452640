"""Contenders compared as `tables.measure` does, each in a process of its own.

So each can be held to an instruction set, has its memory for itself, and no library's threads are
another's.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from gpunet.datasets.dataset import Dataset
from scripts.benchmarks.isa import environment
from scripts.benchmarks.peers import Contender, Workload

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Measured:
    """What became of a contender.

    Attributes:
        seconds: a step, in each round.
        bytes: at most resident, beyond what importing takes: the samples, the network, the rest.
        kernels: that its libraries say they use.
        left_out: why it was; empty if it was not.
    """

    seconds: list[float] = field(default_factory=list)
    bytes: int = 0
    kernels: str = ""
    left_out: str = ""


class Alone:
    """A contender's process, which waits to be asked."""

    def __init__(self, process: subprocess.Popen[str], asked: dict[str, Any]) -> None:
        self.process = process
        self.measured = Measured()
        self.say(json.dumps(asked))
        self.measured.kernels = self.answer().get("kernels", "")

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, and its answer will be nothing
            print(line, file=self.process.stdin, flush=True)

    def answer(self) -> dict[str, Any]:
        """What it says next; a process that has ended is left out from then on."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        said: dict[str, Any] = json.loads(line) if line else {}
        if not line:
            self.measured.left_out = f"its process ended with status {self.process.wait()}"
        elif "left_out" in said:
            self.measured.left_out = said["left_out"] or "failed"
        return said

    def run_round(self) -> None:
        """One epoch, unless it is left out."""
        if not self.measured.left_out:
            self.say("epoch")
            if "seconds" in (said := self.answer()):
                self.measured.seconds.append(said["seconds"])

    def ask_memory(self) -> None:
        """How much memory it has taken."""
        if not self.measured.left_out:
            self.say("memory")
            self.measured.bytes = self.answer().get("bytes", 0)


def measure_alone(
    kinds: Sequence[type[Contender]],
    work: Workload,
    data: Dataset,
    rounds: int,
    isas: Sequence[str] = ("native",),
) -> dict[str, dict[str, Measured]]:
    """What each contender takes, by instruction set and name.

    In every round each trains one epoch, with each instruction set, so that whatever disturbs the
    machine disturbs all of them.
    """
    with ExitStack() as open_ones, TemporaryDirectory() as place:
        np.save(f"{place}/images.npy", data.train.images)
        np.save(f"{place}/labels.npy", data.train.labels)
        ready: dict[str, dict[str, Alone]] = {isa: {} for isa in isas}
        for kind in kinds:
            for isa in isas:
                process = open_ones.enter_context(
                    started("-m", "scripts.benchmarks.worker", env=environment(isa))
                )
                name = f"{kind.__module__}:{kind.__qualname__}"
                asked = {"contender": name, "work": asdict(work), "data": place}
                ready[isa][kind.name] = Alone(process, asked)
                # Compiling takes some of them minutes.
                print(f"{work.name}: {kind.name} ({isa}) has been made", file=sys.stderr)
        everyone = [each for of_isa in ready.values() for each in of_isa.values()]
        for _ in range(rounds):
            for kind in kinds:
                for isa in isas:
                    ready[isa][kind.name].run_round()
        for each in everyone:
            each.ask_memory()
    return {
        isa: {name: each.measured for name, each in of_isa.items()} for isa, of_isa in ready.items()
    }


@contextmanager
def started(*arguments: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments, in a process that is ended with the block."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
