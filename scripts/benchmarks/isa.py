"""Which vector instructions a machine has, and how a program is held to AVX2.

Each library chooses its kernels by itself when it is imported, so the variables that hold it must
stand in the environment of a new process.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

ISAS = ("native", "avx2")
# From the widest on: what numpy calls them, and what they are called in a table.
KNOWN = {
    "AVX512_SPR": "AVX-512",
    "AVX512_ICL": "AVX-512",
    "AVX512_SKX": "AVX-512",
    "X86_V4": "AVX-512",
    "AVX512F": "AVX-512",
    "AVX2": "AVX2",
    "AVX": "AVX",
    "SVE": "SVE",
    "ASIMD": "NEON",
    "NEON": "NEON",
}
# haswell has these; numba, told a processor's name alone, keeps the features of the real one.
HASWELL_FEATURES = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt"
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own kernels, and what torch.compile writes
    "DNNL_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "NUMBA_CPU_FEATURES": HASWELL_FEATURES,
    "NUMBA_CPU_NAME": "haswell",
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # PyTorch's convolutions
    "OPENBLAS_CORETYPE": "Haswell",  # NumPy's products and SciPy's
}
XLA_AVX2 = "--xla_cpu_max_isa=AVX2"


def environment(isa: str) -> dict[str, str]:
    """The environment of a process that is to use these instructions."""
    here = dict(os.environ)
    if isa == "native":
        return here
    here |= AVX2
    here["XLA_FLAGS"] = " ".join([*here.get("XLA_FLAGS", "").split(), XLA_AVX2])
    features, dispatched = numpy_features()
    if wide := [name for name in dispatched if KNOWN.get(name) == "AVX-512" and features.get(name)]:
        here["NPY_DISABLE_CPU_FEATURES"] = " ".join(wide)
    return here


def widest(features: Mapping[str, bool] | None = None) -> str:
    """The widest vector instructions that this machine has.

    Args:
        features: as numpy has them; of this machine, if not given.
    """
    found = numpy_features()[0] if features is None else features
    return next((called for name, called in KNOWN.items() if found.get(name)), "none known")


def numpy_features() -> tuple[Mapping[str, bool], list[str]]:
    """What this machine has, as numpy has found it, and what numpy has kernels for."""
    found: Any = import_module("numpy._core._multiarray_umath")
    return found.__cpu_features__, found.__cpu_dispatch__


def kernels_in_use() -> str:
    """The kernels that the libraries imported so far have chosen, as they say themselves."""
    from threadpoolctl import threadpool_info

    chosen = {
        f"{pool['internal_api']} {pool['architecture']}"
        for pool in threadpool_info()
        if pool.get("architecture")
    }
    if torch := sys.modules.get("torch"):
        chosen.add(f"PyTorch {torch.backends.cpu.get_cpu_capability()}")
    return ", ".join(sorted(chosen))
