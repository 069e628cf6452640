"""What a check comes to, and the running of a check in a process of its own, within its time."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass
class Outcome:
    """What a check came to.

    Attributes:
        result: "passed", "failed" or "skipped".
        reason: one line: what was seen, or why not.
        details: figures, for the JSON file.
        seconds: how long it took.
    """

    result: str
    reason: str
    details: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def judge(cls, good: bool, reason: str, **details: Any) -> "Outcome":
        """Passed if good, else failed."""
        return cls(PASSED if good else FAILED, reason, details)

    @classmethod
    def skip(cls, reason: str) -> "Outcome":
        """Not checked, and why."""
        return cls(SKIPPED, reason)


@dataclass(frozen=True)
class Ended:
    """A process that has come to its end; `status` is None if its time ran out."""

    status: int | None
    out: str
    err: str


def run_process(command: Sequence[str], seconds: float, **environment: str) -> Ended:
    """Run a command from the root of the checkout; what outlives its time is killed.

    It has the checkout's package, whether or not one is installed.
    """
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # so that its children can be killed with it
    )
    try:
        out, err = process.communicate(timeout=max(seconds, 0.1))
    except subprocess.TimeoutExpired:
        kill_group(process)
        out, err = process.communicate()
        return Ended(None, out, err)
    except BaseException:
        kill_group(process)
        raise
    return Ended(process.returncode, out, err)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process that leads a group, and the group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def run_check(command: Sequence[str], result: Path, seconds: float) -> Outcome:
    """Run a check that writes its outcome into a file; whatever happens to it is an outcome.

    A process of its own, since a CUDA error stays with a process, and a kernel that hangs cannot
    be stopped from within.
    """
    began = time.monotonic()
    ended = run_process(command, seconds)
    outcome = read_outcome(ended, result, seconds)
    outcome.seconds = round(time.monotonic() - began, 2)
    return outcome


def read_outcome(ended: Ended, result: Path, seconds: float) -> Outcome:
    """The outcome a process wrote, or what became of it instead."""
    if ended.status is None:
        return Outcome(FAILED, f"not done after {seconds:.0f} s", {"stderr": tail(ended.err)})
    try:
        return Outcome(**json.loads(result.read_text()))
    except (OSError, ValueError, TypeError):
        reason = f"ended with status {ended.status}: {last_line(ended.err or ended.out)}"
        return Outcome(FAILED, reason, {"stderr": tail(ended.err)})


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Leave an outcome for `run_check`."""
    path.write_text(json.dumps(asdict(outcome)))


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def tail(text: str, lines: int = 20) -> str:
    """The last lines."""
    return "\n".join(text.splitlines()[-lines:])
