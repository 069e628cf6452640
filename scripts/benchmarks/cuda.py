"""The GPU's part of scripts/bench.py: workloads, contenders, tables."""

import gc
import os
import sys
from dataclasses import replace
from statistics import median
from typing import Any

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.core.errors import DeviceError
from gpunet.core.names import PRECISIONS
from gpunet.datasets.dataset import Dataset
from scripts.benchmarks.cuda_peers import (
    GpunetEager,
    GpunetFused,
    GpunetGraph,
    GpunetOnCpu,
    GpunetPopulation,
    JaxOnGpu,
    JaxPopulation,
    PyTorchCaptured,
    PyTorchCompiled,
    PyTorchOnGpu,
)
from scripts.benchmarks.matrix_rate import matrix_rates
from scripts.benchmarks.peers import Contender, Workload
from scripts.benchmarks.tables import Failures, describe, measure, print_table
from scripts.machine import describe_gpu, one_line

A = Workload("A", (784, 30, 10), "sigmoid", "quadratic", 10, 3.0, threads=1)
M = Workload("M", (784, 500, 500, 10), "relu", "log-likelihood", 100, 0.1, threads=None)
W = Workload("W", (784, 2048, 2048, 10), "relu", "log-likelihood", 1024, 0.1, threads=None)
P = replace(A, name="P", networks=128)
WORKLOADS = [A, M, *(replace(W, precision=precision) for precision in PRECISIONS), P]
PEERS: list[type[Contender]] = [PyTorchOnGpu, PyTorchCaptured, PyTorchCompiled, JaxOnGpu]
CONTENDERS: dict[str, list[type[Contender]]] = {
    "A": [GpunetEager, GpunetGraph, GpunetFused, GpunetOnCpu, *PEERS],
    "M": [GpunetEager, GpunetGraph, GpunetFused, *PEERS],
    "W": [GpunetEager, GpunetGraph, *PEERS],
    "P": [GpunetPopulation, JaxPopulation],
}
# A peer that fails, in whatever way, must not take the others' figures with it.
ANY: Failures = (Exception,)


def open_gpu(name: str) -> Device:
    """The CUDA device of that name.

    Raises:
        DeviceError: there is none, or the name is not a CUDA device's.
    """
    device = open_device(name)
    if not device.name.startswith("cuda"):
        raise DeviceError(f"{device.name} is no CUDA device: give cuda or cuda:N")
    return device


def run_on_gpu(device: Device, data: Dataset, only: str | None, rounds: int) -> dict[str, Any]:
    """Measure the workloads, print their tables, and return what is to be written."""
    # JAX would take three quarters of the memory for itself.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    facts = describe_gpu(device)
    print(f"{one_line(facts)}\n")
    record: dict[str, Any] = {"facts": facts, "workloads": []}
    rates: dict[str, float] = {}
    if only in (None, "W"):
        rates = record["matrix_rates"] = matrix_rates(device)
        for precision, rate in rates.items():
            print(f"a large square product in {precision}: {rate / 1e12:.4g} TFLOP/s")
        print()
    for work in WORKLOADS:
        if only in (None, work.name):
            kinds = CONTENDERS[work.name]
            placed = replace(work, device=device.name)
            times, left_out = measure(kinds, placed, data, rounds, ANY)
            record["workloads"].append(tell(placed, times, left_out, rates))
            release(device)
    return record


def tell(
    work: Workload,
    times: dict[str, list[float]],
    left_out: dict[str, str],
    rates: dict[str, float],
) -> dict[str, Any]:
    """Print a workload's table, and return its record."""
    record: dict[str, Any] = {
        "workload": work.name,
        "description": describe(work),
        "precision": work.precision,
        "seconds_per_step": times,
        "left_out": left_out,
    }
    best = best_engine(times)
    if best is None:
        print(f"{describe(work)}: no engine of gpunet's ran\n", flush=True)
        return record
    print_table(work, times, best, "the best gpunet engine's time")
    record["best_engine"] = best
    if work.name == W.name and work.precision in rates:
        reached = {
            name: 2 * work.macs / median(seconds) / rates[work.precision]
            for name, seconds in times.items()
        }
        record["fraction_of_matrix_rate"] = reached
        listed = ", ".join(f"{name} {share:.0%}" for name, share in reached.items())
        print(f"of the {work.precision} matrix rate: {listed}\n", flush=True)
    return record


def best_engine(times: dict[str, list[float]]) -> str | None:
    """The fastest of gpunet's engines on the GPU, or None if none ran."""
    ours = [name for name in times if name.startswith("gpunet") and name != GpunetOnCpu.name]
    return min(ours, key=lambda name: median(times[name]), default=None)


def release(device: Device) -> None:
    """Give back the memory that libraries keep for themselves."""
    gc.collect()
    if device.xp.__name__ == "cupy":
        device.xp.get_default_memory_pool().free_all_blocks()
    if torch := sys.modules.get("torch"):
        torch.cuda.empty_cache()
