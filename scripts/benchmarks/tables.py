"""Taking the times of several programs in turn, and the table that says what they were."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from gpunet.core.errors import first_line
from gpunet.datasets.dataset import Dataset
from scripts.benchmarks.alone import Measured
from scripts.benchmarks.isa import widest
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
        low, middle, high = quartiles(seconds)
        ratio = median(theirs / own for theirs, own in zip(seconds, ours, strict=True))
        print(
            f"| {name} | {factor * middle:.3g} | "
            f"{factor * low:.3g} – {factor * high:.3g} | {ratio:.2f} |"
        )
    print(flush=True)


def print_columns(work: Workload, found: Mapping[str, Mapping[str, Measured]], base: str) -> None:
    """A Markdown table with a group of columns for each instruction set.

    Args:
        found: by instruction set and contender.
        base: the contender that the others are compared with, round by round, where it ran.
    """
    everyone = [each for of_isa in found.values() for each in of_isa.values() if each.seconds]
    rounds = max((len(each.seconds) for each in everyone), default=0)
    quickest = min((median(each.seconds) for each in everyone), default=0.0)
    factor, unit = (1e6, "µs") if quickest < 1e-3 else (1e3, "ms")
    headings = ["", *(h.format(isa) for isa in found for h in headings_of(unit, base))]
    print(f"{describe(work)}, {rounds} rounds\n")
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    names = list(next(iter(found.values())))
    for name in names:
        if any(of_isa[name].seconds for of_isa in found.values()):
            cells = [
                cell for of_isa in found.values() for cell in cells_of(of_isa, name, base, factor)
            ]
            print(f"| {' | '.join([name, *cells])} |")
    print()
    for isa, of_isa in found.items():
        for name, each in of_isa.items():
            if each.left_out:
                print(f"{name} ({isa}) is left out: {each.left_out}")
        chosen = sorted({each.kernels for each in of_isa.values() if each.kernels})
        print(f"kernels in use ({isa}): {'; '.join(chosen)}")
    print(flush=True)


def headings_of(unit: str, base: str) -> list[str]:
    """The headings of an instruction set's columns, without its name."""
    return [f"{{}}: {unit} a step", "quartiles", f"× {base}'s time", "MiB"]


def cells_of(
    of_isa: Mapping[str, Measured], name: str, base: str, factor: float
) -> tuple[str, str, str, str]:
    """A contender's cells: time, quartiles, ratio, memory; empty ones if it was left out."""
    each, ours = of_isa[name], of_isa.get(base)
    if each.left_out or not each.seconds:
        return "", "", "", ""
    low, middle, high = quartiles(each.seconds)
    ratio = ""
    if ours and not ours.left_out:
        pairs = zip(each.seconds, ours.seconds, strict=True)
        ratio = f"{median(theirs / own for theirs, own in pairs):.2f}"
    return (
        f"{factor * middle:.3g}",
        f"{factor * low:.3g} – {factor * high:.3g}",
        ratio,
        f"{each.bytes / 2**20:.0f}",
    )


def quartiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile; of one alone, itself."""
    low, _, high = quantiles(seconds, n=4) if len(seconds) > 1 else [seconds[0]] * 3
    return low, median(seconds), high


def describe(work: Workload) -> str:
    """A workload in one line."""
    layers = [*work.convolutions, *work.sizes[1:]] if work.convolutions else work.sizes
    shape = "-".join(map(str, layers))
    many = f"{work.networks} networks of " if work.networks > 1 else ""
    output = "softmax, " if work.softmax else ""
    some = f", {work.samples:,} images a round" if work.samples else ""
    return (
        f"{work.name}: {many}{shape}, {work.activation}, {output}{work.cost}, batch "
        f"{work.batch_size}, {work.precision}{some}"
    )


def describe_machine() -> str:
    """The facts that decide such figures."""
    kernels = {str(pool.get("architecture")) for pool in blas_pools()}
    forced = os.environ.get("OPENBLAS_CORETYPE")
    note = f" (OPENBLAS_CORETYPE={forced} is set)" if forced else ""
    return (
        f"{processor()}, {os.cpu_count()} cores, {widest()}; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, OpenBLAS kernels {'/'.join(sorted(kernels))}{note}"
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
