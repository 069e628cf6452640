"""What a figure measured on a GPU is told with: the GPU, the driver, the versions, the date."""

import platform
import shutil
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gpunet.backend.device import Device
from scripts.benchmarks.tables import processor

QUERY = ("name", "driver_version", "memory.total", "clocks.max.sm", "power.limit")
PACKAGES = ("gpunet", "numpy", "cupy-cuda12x", "cupy-cuda13x", "nvmath-python", "torch", "jax")


def describe_gpu(device: Device) -> dict[str, Any]:
    """The facts about an opened CUDA device, as they go into a JSON file."""
    ordinal = int(device.name.partition(":")[2])
    runtime = device.xp.cuda.runtime
    return {
        "gpu": getattr(device, "model", ""),
        "driver": driver_facts(ordinal),
        "cuda": {
            "driver": cuda_version(runtime.driverGetVersion()),
            "runtime": cuda_version(runtime.runtimeGetVersion()),
        },
        "compute_capability": str(device.xp.cuda.Device(ordinal).compute_capability),
        "multiprocessors": int(device.xp.cuda.Device(ordinal).attributes["MultiProcessorCount"]),
        "shared_memory_per_block": device.shared_limit,
        "machine": f"{processor()}; {platform.platform()}; Python {platform.python_version()}",
        "versions": installed(PACKAGES),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def one_line(facts: dict[str, Any]) -> str:
    """The facts that stand above a table."""
    driver = facts["driver"].get("driver_version", "unknown")
    return (
        f"{facts['gpu']}, driver {driver}, CUDA {facts['cuda']['runtime']}, {facts['machine']}, "
        f"{facts['date'][:10]}"
    )


def driver_facts(ordinal: int) -> dict[str, str]:
    """What nvidia-smi says of one GPU; nothing where there is no nvidia-smi."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return {}
    command = [
        program, f"--id={ordinal}", f"--query-gpu={','.join(QUERY)}", "--format=csv,noheader"
    ]  # fmt: skip
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parse_query(asked.stdout) if asked.returncode == 0 else {}


def parse_query(text: str) -> dict[str, str]:
    """The first line of nvidia-smi's answer, by the names that were asked for."""
    values = [value.strip() for value in text.strip().partition("\n")[0].split(",")]
    return dict(zip(QUERY, values, strict=True)) if len(values) == len(QUERY) else {}


def cuda_version(number: int) -> str:
    """12040 → 12.4."""
    return f"{number // 1000}.{number % 1000 // 10}"


def installed(packages: tuple[str, ...]) -> dict[str, str]:
    """The versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
