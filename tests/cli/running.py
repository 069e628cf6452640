"""Running the command line: in this process where that is enough, in one of its own where not."""

import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gpunet.cli.main import main
from tests.backends import CUDA

# A test that runs on the CPU and on a GPU, and one for a GPU alone: see the fixture `where`. None
# is what `where` is without either, so that what was made for other tests serves here too.
everywhere = pytest.mark.parametrize("where", [pytest.param(None, id="cpu"), CUDA], indirect=True)
on_cuda = pytest.mark.parametrize("where", [CUDA], indirect=True)
# What a run resumed must have in common with one that was never interrupted, byte for byte.
STATE = ("checkpoint.safetensors", "history.jsonl", "model.safetensors")


class Outcome(NamedTuple):
    """What became of a command."""

    status: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """The one JSON object that standard output must be."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line that standard error must end in, when a request is refused."""
        lines = self.err.splitlines()
        assert lines, "nothing was said"
        assert "please report it" not in self.err
        return lines[-1]


def gpunet(*arguments: object) -> Outcome:
    """Run a command in this process, on the device that `where` says unless it names one."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["gpunet", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
    assert isinstance(stop.value.code, int)
    assert "Traceback" not in err.getvalue()
    return Outcome(stop.value.code, out.getvalue(), err.getvalue())


def start(*arguments: object, code: str = "", **options: Any) -> subprocess.Popen[str]:
    """Start a command as a process of its own; `code` is Python that runs in it first."""
    program = f"{code}\nfrom gpunet.cli.main import main\nmain()"
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "TERM": "xterm"},
        **options,
    )


def finish(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a process to end."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return Outcome(process.returncode, out, err)


def stop_after_first_epoch(process: subprocess.Popen[str], number: signal.Signals) -> Outcome:
    """Send a signal as soon as one epoch is done."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch"):
            break
    process.send_signal(number)
    return finish(process)


def state(run: Path) -> dict[str, bytes]:
    """The files of a run that must not depend on how it came about."""
    return {name: (run / name).read_bytes() for name in STATE}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def population_state(run: Path) -> dict[str, bytes]:
    """The files of many networks that must not depend on how they came about."""
    return {
        name: content
        for name, content in contents(run).items()
        if not name.endswith(("run.json", ".part"))
    }
