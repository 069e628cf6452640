"""What goes wrong with a GPU, by kind: memory used up, a context lost, a library not found."""

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from gpunet.core.errors import first_line

CTK = (
    "install a CUDA toolkit, or CUDA's libraries as wheels: pip install 'cupy-cuda12x[ctk]' "
    "(or cupy-cuda13x)"
)
# Of cudaError_t and of CUresult.
ERROR_MEMORY_ALLOCATION = 2
# Of cublasStatus_t.
STATUS_ALLOC_FAILED = 3


def failures_of(cupy: ModuleType) -> tuple[type[Exception], ...]:
    """What CuPy, CUDA and cuBLAS raise when a device fails or is full."""
    cuda = cupy.cuda
    found = (cuda.memory.OutOfMemoryError, cuda.compiler.CompileException)
    return (*cuda_errors(cupy), *cublas_errors(cupy), *found)


def cuda_errors(cupy: ModuleType) -> tuple[type[Exception], ...]:
    """What CUDA's runtime and driver raise."""
    return cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError


def cublas_errors(cupy: ModuleType) -> tuple[type[Exception], ...]:
    """What cuBLAS raises, called by CuPy and by nvmath-python; only those there can be."""
    found = []
    with suppress(Exception):  # where the CUDA libraries are not found, there is no such error
        found.append(cupy.cuda.cublas.CUBLASError)
    with suppress(Exception):
        from nvmath.bindings import cublas

        found.append(cublas.cuBLASError)
    return tuple(found)


def is_out_of_memory(cupy: ModuleType, error: BaseException) -> bool:
    """Whether the device had too little memory: told by the error's kind, never by its words.

    "An illegal memory access" is of another kind.
    """
    status = getattr(error, "status", None)
    return (
        isinstance(error, cupy.cuda.memory.OutOfMemoryError)
        or (isinstance(error, cuda_errors(cupy)) and status == ERROR_MEMORY_ALLOCATION)
        or (isinstance(error, cublas_errors(cupy)) and status == STATUS_ALLOC_FAILED)
    )


def explain(error: BaseException) -> str:
    """What CuPy fails to open a GPU with, and what to do about it."""
    text = first_line(error)
    # CuPy looks for NVRTC, cuBLAS and others when it first calls them.
    if isinstance(error, ImportError) or "failed to load" in text:
        return f"cannot be used: CUDA's libraries are not found ({text}); {CTK}"
    return f"does not answer: {text}; see nvidia-smi, and use --device cpu meanwhile"


def quietly(call: Callable[..., object], *arguments: Any) -> None:
    """Call it, whatever comes of it: for what frees a device's things, which may be lost."""
    with suppress(Exception):
        call(*arguments)
