"""Capturing operations into a CUDA graph, which must not take memory meanwhile.

What CuPy's pool gives out during a capture goes back to it right after the launch; the graph goes
on writing there at every replay, whoever has the memory then.
"""

from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, NoReturn

from gpunet.backend.plain import Operation
from gpunet.core.errors import GpunetError


class MemoryRefusedError(Exception):
    """Memory was asked for while a graph was captured."""


def refuse(size: int) -> NoReturn:
    """An allocator that has no memory to give."""
    raise MemoryRefusedError(f"{size:,} bytes")


def capture_graph(cupy: ModuleType, stream: Any, operations: Sequence[Operation]) -> Any:
    """Operations on the current stream, which have been run before, as a graph.

    Whatever goes wrong, the capture is ended, and the stream can be used again.

    Raises:
        GpunetError: an operation asks for memory of the device; says which.
    """
    # The allocator is this thread's own: other networks' threads may go on taking memory.
    with cupy.cuda.using_allocator(refuse):
        stream.begin_capture()
        operation: Operation | None = None
        try:
            for operation in operations:
                operation()
        except BaseException as error:
            with suppress(Exception):  # what went wrong first is what matters
                stream.end_capture()
            if isinstance(error, MemoryRefusedError):
                raise GpunetError(
                    f"{name_of(operation)} asks for {error} of GPU memory while it is captured "
                    "into a CUDA graph, which would go on using them after they were given back: "
                    "let it write into arrays made when it is bound (CuPy copies an input that "
                    "overlaps the output and is not the same object), or take --engine eager"
                ) from error
            raise
        return stream.end_capture()


def name_of(operation: Any) -> str:
    """What an operation calls: a function, a ufunc or a kernel."""
    called = getattr(operation, "func", operation)  # of a partial
    return str(getattr(called, "__name__", None) or getattr(called, "name", None) or called)
