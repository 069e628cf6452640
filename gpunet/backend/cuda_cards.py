"""NVIDIA GPUs as they are found: how many, what each is, whether the compiler knows it."""

import os
from types import ModuleType
from typing import Any

from gpunet.core.errors import DeviceError, first_line

INSTALL = "install it with: pip install cupy-cuda12x (or cupy-cuda13x, as your driver allows)"
# Compute capability → the first NVRTC that compiles for it. What is compiled for one runs on those
# of the same major and a higher minor number, and CuPy compiles for the highest it knows of.
FIRST_NVRTC = {
    (7, 5): (10, 0),
    (8, 0): (11, 0),
    (8, 6): (11, 1),
    (8, 9): (11, 8),
    (9, 0): (11, 8),
    (10, 0): (12, 8),
    (10, 3): (12, 9),
    (11, 0): (13, 0),
    (12, 0): (12, 8),
}
# From this NVRTC on, nothing is compiled for cards before that compute capability.
DROPPED = ((13, 0), (7, 5))


def import_cupy() -> ModuleType:
    """CuPy, or a DeviceError that says how to get it."""
    try:
        import cupy
    except ImportError as error:
        why = "CuPy is not installed" if error.name == "cupy" else f"CuPy fails to import: {error}"
        raise DeviceError(f"no CUDA device: {why}; {INSTALL}") from error
    return cupy  # type: ignore[no-any-return]


def count_devices(cupy: ModuleType) -> int:
    """How many GPUs the driver shows, or a DeviceError that says why there are none."""
    try:
        found = int(cupy.cuda.runtime.getDeviceCount())
    except Exception as error:
        raise DeviceError(f"no CUDA device: {explain_none(error)}") from error
    if found == 0:
        raise DeviceError(f"no CUDA device: {shows_no_gpu()}")
    return found


def check_ordinal(ordinal: int, found: int) -> None:
    """Raise DeviceError unless there is a GPU of that number among those found."""
    if not 0 <= ordinal < found:
        here = "cuda:0" if found == 1 else f"cuda:0 to cuda:{found - 1}"
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        hidden = f", with CUDA_VISIBLE_DEVICES={visible!r}" if visible is not None else ""
        raise DeviceError(
            f"there is no device cuda:{ordinal}: this machine has {here}{hidden}; "
            "`gpunet devices` lists them"
        )


def explain_none(error: Exception) -> str:
    """Why there is no GPU, in words, with what to do about it."""
    text = first_line(error)
    if "cudaErrorInsufficientDriver" in text:
        return (
            "no NVIDIA driver, or too old a one; install or update it: it must be no older than "
            "this CuPy's CUDA (nvidia-smi shows its version)"
        )
    if "cudaErrorNoDevice" in text:
        return shows_no_gpu()
    return f"{text}; see nvidia-smi"


def shows_no_gpu() -> str:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return (
            f"CUDA_VISIBLE_DEVICES={visible!r} leaves no GPU; unset it, or give the number of one "
            "that nvidia-smi lists"
        )
    return "the driver shows no GPU; see nvidia-smi and CUDA_VISIBLE_DEVICES"


def describe_card(cupy: ModuleType, ordinal: int) -> dict[str, Any]:
    """The facts about a GPU that can be had without using it, by their names in JSON."""
    told = cupy.cuda.runtime.getDeviceProperties(ordinal)
    return {
        "model": told["name"].decode(),
        "compute_capability": dotted((told["major"], told["minor"])),
        "multiprocessors": int(told["multiProcessorCount"]),
        "shared_memory_per_block": int(told["sharedMemPerBlockOptin"]),
        "memory_total": int(told["totalGlobalMem"]),
        "versions": versions_of(cupy),
    }


def versions_of(cupy: ModuleType) -> dict[str, str]:
    """Of CuPy, CUDA's runtime and compiler, and of the CUDA that the driver can do."""
    runtime, nvrtc = cupy.cuda.runtime, nvrtc_version(cupy)
    return {
        "cupy": str(cupy.__version__),
        "cuda": in_thousands(runtime.runtimeGetVersion()),
        "driver": in_thousands(runtime.driverGetVersion()),
        **({"nvrtc": dotted(nvrtc)} if nvrtc else {}),
    }


def nvrtc_version(cupy: ModuleType) -> tuple[int, int] | None:
    """The version of CUDA's compiler; None where it is not found."""
    try:
        major, minor = cupy.cuda.nvrtc.getVersion()
    except Exception:  # of the kinds that a library that is not found, or is no library, has
        return None
    return int(major), int(minor)


def compiler_misfit(capability: tuple[int, int], nvrtc: tuple[int, int]) -> str:
    """Why that NVRTC cannot compile for a GPU, and what can; empty if it can.

    Args:
        capability: the GPU's compute capability, major and minor.
        nvrtc: the version of the compiler, major and minor.
    """
    dropped_by, oldest = DROPPED
    if nvrtc >= dropped_by and capability < oldest:
        return (
            f"which this CUDA's compiler (NVRTC {dotted(nvrtc)}) no longer knows: it begins with "
            f"{dotted(oldest)}; use CUDA 12: pip install 'cupy-cuda12x[ctk]' in place of "
            f"cupy-cuda{nvrtc[0]}x"
        )
    known = [each for each in FIRST_NVRTC if each <= capability]
    first = FIRST_NVRTC[max(known)] if known else (0, 0)
    if nvrtc >= first:
        return ""
    return (
        f"for which this CUDA's compiler (NVRTC {dotted(nvrtc)}) is too old: it needs CUDA "
        f"{dotted(first)} or newer; update the CUDA toolkit, or: pip install -U "
        f"'cupy-cuda{first[0]}x[ctk]'"
    )


def check_compiler(cupy: ModuleType, ordinal: int) -> None:
    """Raise DeviceError if the CUDA found here cannot compile for a GPU."""
    nvrtc = nvrtc_version(cupy)
    told = cupy.cuda.runtime.getDeviceProperties(ordinal)
    capability = int(told["major"]), int(told["minor"])
    if nvrtc and (why := compiler_misfit(capability, nvrtc)):
        model = told["name"].decode()
        raise DeviceError(
            f"cuda:{ordinal} is a {model} of compute capability {dotted(capability)}, {why}"
        )


def dotted(version: tuple[int, ...]) -> str:
    """(12, 8) → 12.8."""
    return ".".join(map(str, version))


def in_thousands(version: int) -> str:
    """CUDA's way with versions: 12080 → 12.8."""
    return f"{version // 1000}.{version % 1000 // 10}"
