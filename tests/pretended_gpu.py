"""A pretended GPU: the fused kernel compiled for the host, and graphs that replay what they hold.

Its arrays are NumPy's, so that only the launching differs from the CPU's eager engine.
"""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import FusedKernel
from gpunet.backend.fused import FusedPlan
from gpunet.backend.plain import Operation
from gpunet.nn.step import run

HOPPER_SHARED = 232_448
C_REALS = {"float32": ctypes.c_float, "float64": ctypes.c_double}


class PretendedGpu(CpuDevice):
    """A device with every engine.

    Args:
        shared_limit: bytes of shared memory that a block may use.
        backwards: run the threads of each phase from the last to the first.
    """

    supports_graphs = True
    supports_streams = True
    multiprocessors = 132

    def __init__(self, shared_limit: int = HOPPER_SHARED, backwards: bool = False) -> None:
        super().__init__()
        self.name = "pretended"
        self.shared_limit = shared_limit
        self.backwards = backwards

    def capture(self, operations: Sequence[Operation]) -> Operation:
        return partial(run, tuple(operations))

    def sibling(self) -> "PretendedGpu":
        twin = object.__new__(type(self))  # a copy of a device is the device itself
        twin.__dict__.update(self.__dict__)
        return twin

    def compile_fused(self, plan: FusedPlan) -> FusedKernel:
        defined = ["-DBACKWARDS"] if self.backwards else []
        train = compile_for_host(plan.source(), *defined).train
        real = C_REALS[plan.dtype]

        def launch(networks: int, *arguments: Any) -> None:
            arrays, scale, counts = arguments[:15], arguments[15], arguments[16:]
            assert all(array.flags.c_contiguous for array in arrays)
            kinds = ["i4", "u1", "i4", "i4", "u8", *7 * [plan.dtype], "u1", "i4", "f8"]
            assert [array.dtype for array in arrays] == [np.dtype(kind) for kind in kinds]
            pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
            train(*pointers, real(scale), *map(int, counts), networks)

        return launch


@cache
def compile_for_host(source: str, *defined: str) -> Any:
    """The text of a kernel as a library of the host; skips the test where there is no compiler."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler")
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder) / "kernel.cpp", Path(folder) / "kernel.so"
        text.write_text(source)
        flags = ["-std=c++17", "-O1", "-shared", "-fPIC", "-Wall", "-Wno-unknown-pragmas"]
        command = [compiler, *flags, *defined, "-o", str(library), str(text)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
        assert "warning" not in built.stderr, built.stderr
        return ctypes.CDLL(str(library))
