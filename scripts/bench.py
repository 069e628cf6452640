"""Compare gpunet's speed with other programs', interleaved in one run on this machine.

    scripts/python scripts/bench.py                    workloads A and W on MNIST
    scripts/python scripts/bench.py --only A --rounds 9

In every round each contender trains one epoch; the table gives the median time of a step, the
quartiles, and the median over the rounds of its ratio to gpunet's. Peers that are not installed
are left out, and said to be: pip install -e '.[bench]' brings them.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gpunet
from gpunet.datasets.dataset import Dataset
from scripts.bench_frameworks import Jax, PyTorch, PyTorchFused, ScikitLearn, Thinc
from scripts.bench_peers import BookLoop, Contender, Gpunet, PlainNumpy, Workload

WORKLOADS = {
    "A": Workload("A", (784, 30, 10), "sigmoid", "quadratic", 10, 3.0, threads=1),
    "W": Workload("W", (784, 1000, 1000, 10), "relu", "log-likelihood", 128, 0.1, threads=None),
}
CONTENDERS: dict[str, list[type[Contender]]] = {
    "A": [Gpunet, BookLoop, PlainNumpy, ScikitLearn, Thinc, PyTorch, PyTorchFused, Jax],
    "W": [Gpunet, PlainNumpy, ScikitLearn, PyTorch, PyTorchFused, Jax],
}


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=WORKLOADS, help="one workload instead of all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--samples", type=int, default=50_000, help="of MNIST's first")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every time to FILE")
    options = parser.parse_args()
    data = first_samples(gpunet.load_dataset("mnist", say=print), options.samples)
    print(f"{describe_machine()}\n")
    results = {}
    for name in [options.only] if options.only else WORKLOADS:
        times = measure(WORKLOADS[name], data, options.rounds)
        print_table(WORKLOADS[name], times, options.rounds)
        results[name] = times
    if options.json:
        record = {"machine": describe_machine(), "seconds_per_step": results}
        options.json.write_text(json.dumps(record, indent=2) + "\n")


def first_samples(data: Dataset, samples: int) -> Dataset:
    """The data set with only its first training samples."""
    train = data.train[:samples]
    return Dataset(data.name, train, data.validation, data.test, data.shape, data.peak)


def measure(work: Workload, data: Dataset, rounds: int) -> dict[str, list[float]]:
    """Seconds a step of each contender in each round."""
    contenders = []
    for kind in CONTENDERS[work.name]:
        try:
            contenders.append(kind(work, data))
        except ImportError as error:
            print(f"{kind.name} is left out: {error}")
    steps = -(-len(data.train) // work.batch_size)
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            began = time.perf_counter()
            contender.epoch()
            times[contender.name].append((time.perf_counter() - began) / steps)
    return times


def print_table(work: Workload, times: dict[str, list[float]], rounds: int) -> None:
    """A Markdown table of medians, quartiles and ratios."""
    factor, unit = (1e6, "µs") if work.name == "A" else (1e3, "ms")
    shape = "-".join(map(str, work.sizes))
    output = "softmax, " if work.softmax else ""
    print(
        f"{work.name}: {shape}, {work.activation}, {output}{work.cost}, batch "
        f"{work.batch_size}, float32, {rounds} rounds\n\n"
        f"| | {unit} a step | quartiles | × gpunet's time |\n|---|---|---|---|"
    )
    ours = times[Gpunet.name]
    for name, seconds in times.items():
        low, _, high = quantiles(seconds, n=4) if len(seconds) > 1 else [seconds[0]] * 3
        ratio = median(theirs / own for theirs, own in zip(seconds, ours, strict=True))
        print(
            f"| {name} | {factor * median(seconds):.3g} | "
            f"{factor * low:.3g} – {factor * high:.3g} | {ratio:.2f} |"
        )
    print(flush=True)


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


if __name__ == "__main__":
    main()
