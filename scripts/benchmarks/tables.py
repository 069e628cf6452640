"""Taking the times of several programs in turn, and the table that says what they were."""

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from gpunet.core.errors import first_line
from gpunet.datasets.dataset import Dataset
from scripts.benchmarks.peers import Contender, Workload

Failures = tuple[type[Exception], ...]


def measure(
    kinds: Sequence[type[Contender]],
    work: Workload,
    data: Dataset,
    rounds: int,
    failures: Failures = (ImportError,),
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Seconds a step of each contender in each round, and why others were left out.

    In every round each contender trains one epoch, so that whatever disturbs the machine disturbs
    all of them.

    Args:
        failures: errors of a contender that leave it out; others are raised.
    """
    contenders: list[Contender] = []
    left_out: dict[str, str] = {}
    for kind in kinds:
        try:
            contenders.append(kind(work, data))
        except failures as error:
            left_out[kind.name] = first_line(error)
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            if contender.name in left_out:
                continue
            began = time.perf_counter()
            try:
                contender.epoch()
            except failures as error:
                left_out[contender.name] = first_line(error)
                del times[contender.name]
            else:
                seconds = time.perf_counter() - began
                times[contender.name].append(seconds / contender.steps)
    for name, why in left_out.items():
        print(f"{name} is left out: {why}")
    return times, left_out


def print_table(
    work: Workload, times: dict[str, list[float]], base: str, heading: str = "gpunet's time"
) -> None:
    """A Markdown table of medians, quartiles and ratios.

    Args:
        base: the contender that the others are compared with, round by round.
        heading: what to call its time.
    """
    ours = times[base]
    factor, unit = (1e6, "µs") if median(ours) < 1e-3 else (1e3, "ms")
    print(f"{describe(work)}, {len(ours)} rounds\n")
    print(f"| | {unit} a step | quartiles | × {heading} |\n|---|---|---|---|")
    for name, seconds in times.items():
        low, _, high = quantiles(seconds, n=4) if len(seconds) > 1 else [seconds[0]] * 3
        ratio = median(theirs / own for theirs, own in zip(seconds, ours, strict=True))
        print(
            f"| {name} | {factor * median(seconds):.3g} | "
            f"{factor * low:.3g} – {factor * high:.3g} | {ratio:.2f} |"
        )
    print(flush=True)


def describe(work: Workload) -> str:
    """A workload in one line."""
    shape = "-".join(map(str, work.sizes))
    many = f"{work.networks} networks of " if work.networks > 1 else ""
    output = "softmax, " if work.softmax else ""
    return (
        f"{work.name}: {many}{shape}, {work.activation}, {output}{work.cost}, batch "
        f"{work.batch_size}, {work.precision}"
    )


def describe_machine() -> str:
    """The facts that decide such figures."""
    kernels = {str(pool.get("architecture")) for pool in blas_pools()}
    forced = os.environ.get("OPENBLAS_CORETYPE")
    note = f" (OPENBLAS_CORETYPE={forced} is set)" if forced else ""
    return (
        f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, NumPy "
        f"{np.__version__}, OpenBLAS kernels {'/'.join(sorted(kernels))}{note}"
    )


def blas_pools() -> list[dict[str, Any]]:
    return [pool for pool in threadpool_info() if pool.get("user_api") == "blas"]


def processor() -> str:
    """The processor's name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
