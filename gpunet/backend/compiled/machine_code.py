"""The compiled functions as machine code: made once by Numba, then kept in the user's cache.

Numba takes most of a second to import, and the step ten to compile. What is kept is loaded by
llvmlite, on which Numba stands, in a fraction of that. It is kept by the digest of these modules,
the versions and the processor, so that nothing stale is ever run.
"""

import ctypes
import logging
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from gpunet.backend.compiled.sources import FUNCTIONS, digest_of_sources
from gpunet.core.files import write_atomically

# Of each function: several versions of gpunet may be in use.
MOST_KEPT = 8
LOG = logging.getLogger("gpunet")
LOCK = Lock()
# By the names of the functions: what has been loaded must outlive them.
LOADED: dict[str, Any] = {}


@cache
def function(name: str) -> Callable[..., float]:
    """One of FUNCTIONS, taking arrays, which must lie one number behind the other, and numbers."""
    with LOCK:
        symbol, code = kept_code(name) or keep_code(name, *compile_code(name))
        kinds = FUNCTIONS[name]
        address = load_code(name, symbol, code)
    given = [ctypes.c_void_p if "*" in kind else ctypes.c_int64 for kind in kinds]
    # As Numba calls its own functions: first a place for what is returned, and one for an error.
    call = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *given)(address)
    types = [np.dtype(kind.removesuffix("*")) if "*" in kind else None for kind in kinds]

    def run(*arguments: Any) -> float:
        found, error = ctypes.c_double(), ctypes.c_void_p()
        passed = [
            each if of is None else address_of(each, of)
            for each, of in zip(arguments, types, strict=True)
        ]
        status = call(ctypes.byref(found), ctypes.byref(error), *passed)
        if status not in (0, -2):  # -2: it has returned None
            raise RuntimeError(f"{name} ended with status {status}")
        return found.value

    return run


def address_of(array: np.ndarray[Any, Any], of: np.dtype[Any]) -> int:
    """Where an array's numbers lie; they are of that type."""
    if array.dtype != of or not array.flags.c_contiguous:
        raise TypeError(f"an array of {array.dtype}, strides {array.strides}, for one of {of}")
    return array.ctypes.data


def processor() -> llvm.TargetMachine:
    """This machine's, with all that it can do."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def compile_code(name: str) -> tuple[str, bytes]:
    """The name that a function has in its machine code, and that code."""
    from gpunet.backend.compiled.sources import llvm_of

    if name == "run_steps":
        LOG.warning("compiling the training step for this processor, once: some 10 seconds")
    symbol, text = llvm_of(name)
    module = llvm.parse_assembly(text)
    module.verify()
    return symbol, processor().emit_object(module)


def load_code(name: str, symbol: str, code: bytes) -> int:
    """Where the function begins, once its machine code is in memory."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), processor())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    LOADED[name] = engine
    address: int = engine.get_function_address(symbol)
    assert address, f"{symbol} is not in its machine code"
    return address


def place(name: str) -> Path:
    """The file for a function's machine code."""
    import platformdirs

    versions = [version(package) for package in ("numba", "llvmlite", "numpy")]
    machine = [llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    parts = [digest_of_sources(), *versions, *machine, llvm.get_default_triple()]
    key = sha256("\n".join(parts).encode()).hexdigest()[:16]
    folder = Path(platformdirs.user_cache_dir("gpunet", appauthor=False)) / "machine-code"
    return folder / f"{name}-{key}.o"


def kept_code(name: str) -> tuple[str, bytes] | None:
    """What is kept, unless it is missing or damaged."""
    with suppress(OSError, ValueError, UnicodeDecodeError):
        file = place(name)
        if not only_ours(file.parent):
            return None
        digest, symbol, code = file.read_bytes().split(b"\n", 2)
        if digest.decode() == sha256(symbol + b"\n" + code).hexdigest():
            return symbol.decode(), code
    return None


def only_ours(folder: Path) -> bool:
    """Whether nobody else can have put anything there."""
    if not hasattr(os, "getuid"):
        return True
    about = folder.stat()
    return about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def somewhere_to_keep(name: str) -> bool:
    """Whether a function's machine code is kept, or can be."""
    if kept_code(name):
        return True
    folder = place(name).parent
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.access(folder, os.W_OK) and only_ours(folder)
    return False


def keep_code(name: str, symbol: str, code: bytes) -> tuple[str, bytes]:
    """Keep it; where nothing can be written, it is compiled again the next time."""
    content = symbol.encode() + b"\n" + code
    with suppress(OSError):
        file = place(name)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies there is run
        others = sorted(file.parent.glob(f"{name}-*.o"), key=lambda other: other.stat().st_mtime)
        for oldest in others[: -MOST_KEPT + 1]:
            oldest.unlink(missing_ok=True)
        write_atomically(file, sha256(content).hexdigest().encode() + b"\n" + content)
    return symbol, code
