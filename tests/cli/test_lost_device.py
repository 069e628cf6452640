"""A GPU that fails in the middle of things: one line on standard error, and nothing behind it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends import open_backend
from tests.cli.running import Outcome, finish, gpunet, start

pytestmark = pytest.mark.cuda

# From that launch on the engine's kernels have a companion that writes where there is no memory.
# What CuPy has made of a lost device cannot be freed, and says so; so does what is added here.
STRAY = """
import cupy, numpy
from gpunet.engines.choose import ENGINES

class Undying:
    def __del__(self):
        raise RuntimeError("cudaErrorIllegalAddress: cannot be freed")

def sabotage(engine):
    whole, calls = engine.run, []
    def run(self, *arguments):
        calls.append(self)
        if len(calls) == 3:
            self.undying = Undying()
            source = 'extern "C" __global__ void stray(float* p) { *p = 1; }'
            cupy.RawKernel(source, "stray")((1,), (1,), (numpy.uint64(64),))
        return whole(self, *arguments)
    engine.run = run

for engine in ENGINES.values():
    sabotage(engine)
"""


def lose(engine: str, out: Path, *arguments: object) -> Outcome:
    open_backend("cuda")
    options = ("--device", "cuda", "--engine", engine, "--hidden", 5, "--epochs", 4, "--out", out)
    return finish(start("train", *options, *arguments, code=STRAY))


@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
def test_a_lost_device_ends_in_one_line(tmp_path: Path, engine: str) -> None:
    outcome = lose(engine, tmp_path / "run")
    assert outcome.status == 1
    assert outcome.complaint.startswith("gpunet: cuda:0 failed")
    assert "illegal memory access" in outcome.complaint
    assert f"intact: resume with: gpunet train --resume {tmp_path / 'run'}" in outcome.complaint
    assert "GB" not in outcome.complaint
    assert "Exception" not in outcome.err
    assert gpunet("train", "--resume", tmp_path / "run").status == 0


def test_many_networks_lose_it_likewise(tmp_path: Path) -> None:
    outcome = lose("graph", tmp_path / "many", "--networks", 2)
    assert outcome.status == 1
    assert outcome.complaint.startswith("gpunet: cuda:0 failed")
    assert f"gpunet train --resume {tmp_path / 'many'}" in outcome.complaint
    assert "Exception" not in outcome.err


# What a program of one's own reads, and goes on with.
ONES_OWN = """
import cupy, gpunet, numpy
from gpunet.core.errors import DeviceFailedError
digits, device = gpunet.load_dataset("digits"), gpunet.open_device("cuda")
network = gpunet.Network([64, 5, 10], device=device)
source = 'extern "C" __global__ void stray(float* p) { *p = 1; }'
try:
    with device.active():
        cupy.RawKernel(source, "stray")((1,), (1,), (numpy.uint64(64),))
        device.synchronize()
except DeviceFailedError as error:
    print(error)
    lost = "lost" in str(error)
print((device.memory().total == 0) == lost)
try:
    gpunet.fit(network, digits, epochs=1)
    print(not lost)
except DeviceFailedError:
    print(lost)
print(gpunet.fit(gpunet.Network([64, 5, 10]), digits, epochs=1)[-1].epoch)
"""


def test_a_program_of_ones_own_is_told_likewise_and_goes_on_elsewhere() -> None:
    open_backend("cuda")
    command = [sys.executable, "-c", ONES_OWN]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    first, *rest = ended.stdout.splitlines()
    assert first.startswith("cuda:0 failed")
    assert "illegal memory access" in first
    assert rest == ["True", "True", "1"]
