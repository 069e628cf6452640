"""The checks of scripts/gpu_check.py, by name: what each does, and how long it may take."""

import importlib.util
import json
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import gpunet
from gpunet.datasets.dataset import Dataset, Split
from gpunet.engines.choose import ENGINES
from scripts.benchmarks.cuda import open_gpu
from scripts.gpu.exhaustion import check_exhausted
from scripts.gpu.figures import compare_single, compare_with_cpu, move_between_devices
from scripts.gpu.outcome import ROOT, Ended, Outcome, last_line, run_process, tail
from scripts.gpu.sanitizer import check_sanitizer
from scripts.gpu.short_runs import RUNS
from scripts.gpu.steadiness import check_steady

TESTED = ("tests/backend", "tests/nn", "tests/training")
COUNT = re.compile(r"(\d+) (passed|failed|error|skipped)")
QUICK_SAMPLES = 10_000
# A check that runs another process leaves itself some time to tell of it.
MARGIN = 3.0


@dataclass(frozen=True)
class Request:
    """What a check is told.

    Attributes:
        device: "cuda:N".
        quick: whether a shorter form will do.
        seconds: how long it may take.
    """

    device: str
    quick: bool
    seconds: float

    @property
    def patience(self) -> float:
        """How long a process that the check starts may take."""
        return self.seconds - MARGIN


@dataclass(frozen=True)
class Check:
    """A check, and its limits in seconds."""

    run: Callable[[Request], Outcome]
    quick_limit: float
    full_limit: float


def run_tests(request: Request) -> Outcome:
    """The test suite's tests that take every backend, on CUDA."""
    if importlib.util.find_spec("pytest") is None:
        return Outcome.skip("pytest is not installed: pip install -e '.[test]'")
    command = [sys.executable, "-m", "pytest", *TESTED, "-m", "cuda", "-p", "no:cacheprovider"]
    return judge_tests(run_process(command, request.patience))


def judge_tests(ended: Ended) -> Outcome:
    """Passed if some tests ran and none failed."""
    if ended.status is None:
        return Outcome.judge(False, "the tests were not done in time", output=tail(ended.out))
    summary = last_line(ended.out)
    counts = {what: int(count) for count, what in COUNT.findall(summary)}
    good = ended.status == 0 and counts.get("passed", 0) > 0
    listed = ", ".join(f"{count} {what}" for what, count in counts.items())
    details = {} if good else {"output": tail(ended.out, 60)}
    return Outcome.judge(good, listed or last_line(ended.err) or summary, **details)


def compare(engine: str) -> Callable[[Request], Outcome]:
    """The check that an engine computes what the CPU does."""
    return lambda request: compare_with_cpu(open_gpu(request.device), engine, book_data(request))


def steady(engine: str) -> Callable[[Request], Outcome]:
    """The check that an engine's steps neither allocate nor wait."""
    return lambda request: check_steady(open_gpu(request.device), engine, book_data(request))


def sanitize(tool: str, engine: str) -> Callable[[Request], Outcome]:
    """The check of an engine's kernels by a tool of compute-sanitizer."""
    return lambda request: check_sanitizer(tool, engine, request.device, request.patience)


def run_benchmark(request: Request) -> Outcome:
    """scripts/bench.py on the GPU; its record goes into the details."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.json"
        command = [sys.executable, str(ROOT / "scripts" / "bench.py"), "--device", request.device]
        # Compiling what the peers need for the other workloads would take the quick form's time.
        short = ["--only", "A", "--rounds", "3"] if request.quick else []
        ended = run_process([*command, *short, "--json", str(file)], request.patience)
        # Tables that were finished before time ran out are worth having.
        tables = {"tables": ended.out}
        if ended.status != 0:
            why = "time ran out" if ended.status is None else last_line(ended.err)
            return Outcome.judge(False, why, **tables)
        what = "workload A only" if request.quick else "all workloads"
        return Outcome.judge(True, what, **tables, **json.loads(file.read_text()))


def book_data(request: Request) -> Dataset:
    """MNIST, or made-up images of its size where it cannot be had: the checks need no meaning."""
    try:
        data = gpunet.load_dataset("mnist")
    except gpunet.GpunetError:
        data = made_up_data()
    samples = QUICK_SAMPLES if request.quick else len(data.train)
    rest = (data.validation, data.test, data.shape, data.max_pixel)
    return Dataset(data.name, data.train[:samples], *rest)


def made_up_data(samples: int = 50_000) -> Dataset:
    """Ten patterns of 28 × 28 pixels, each sample one of them under noise."""
    stream = np.random.default_rng(0)
    patterns = stream.integers(0, 192, (10, 784))

    def split(count: int) -> Split:
        labels = np.arange(count) % 10
        images = patterns[labels] + stream.integers(0, 64, (count, 784))
        return Split(images.astype(np.uint8), labels.astype(np.uint8))

    return Dataset("made up", split(samples), split(1000), split(1000), (28, 28))


ON_GPUS = [name for name, engine in ENGINES.items() if not engine.needs_cpu]
CHECKS: dict[str, Check] = {
    "test suite on CUDA": Check(run_tests, 60, 120),
    **{f"same weights as the CPU: {e}": Check(compare(e), 30, 60) for e in ON_GPUS},
    "same weights as eager: fused, float32": Check(
        lambda request: compare_single(open_gpu(request.device), book_data(request)), 30, 60
    ),
    "a run moved to the GPU and back": Check(
        lambda request: move_between_devices(request.device, request.patience), 60, 90
    ),
    **{f"steps neither allocate nor wait: {e}": Check(steady(e), 30, 60) for e in ON_GPUS},
    **{f"memcheck: {engine}": Check(sanitize("memcheck", engine), 30, 90) for engine in RUNS},
    # The graph engine's own kernels have no shared memory, and cuBLAS's are not ours to judge.
    "racecheck: fused": Check(sanitize("racecheck", "fused"), 30, 90),
    "memory used up": Check(
        lambda request: check_exhausted(open_gpu(request.device), request.patience), 45, 90
    ),
    "benchmark": Check(run_benchmark, 120, 420),
}
