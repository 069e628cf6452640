"""Capturing operations into a CUDA graph, which must not take memory meanwhile.

What CuPy's pool gives out during a capture goes back to it right after the launch; the graph goes
on writing there at every replay, whoever has the memory then. Nor may any thread wait for the whole
device meanwhile, or the capture is lost.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from types import ModuleType
from typing import Any, NoReturn

from gpunet.backend.cuda_errors import quietly
from gpunet.backend.plain import Operation
from gpunet.core.errors import GpunetError

# Held by the thread that captures, and by one that waits for the whole device.
ALONE = Lock()
# What is still to be freed.
LEFT: deque[Operation] = deque()


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
    # The allocator is this thread's own, and so is what this mode forbids, which is nothing: other
    # networks' threads may go on taking memory, and launching on streams of their own.
    with capturing(), cupy.cuda.using_allocator(refuse):
        stream.begin_capture(cupy.cuda.runtime.streamCaptureModeRelaxed)
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


@contextmanager
def capturing() -> Iterator[None]:
    """Inside, what `free` is asked for is put off."""
    try:
        with ALONE:
            yield
    finally:
        free_what_is_left()


def free(call: Callable[..., object], *arguments: Any) -> None:
    """Call it, whatever comes of it, but not while a thread captures: for a device's things.

    To destroy a handle of cuBLAS waits for the whole device. Python may ask for that in any
    thread, at any time, in the midst of a capture too: so this never waits for its turn.
    """
    LEFT.append(partial(quietly, call, *arguments))
    free_what_is_left()


def free_what_is_left() -> None:
    """Unless a thread captures, which does it afterwards, or another is about it already."""
    while LEFT and ALONE.acquire(blocking=False):
        try:
            with suppress(IndexError):  # another thread was quicker
                LEFT.popleft()()
        finally:
            ALONE.release()


def name_of(operation: Any) -> str:
    """What an operation calls: a function, a ufunc or a kernel."""
    called = getattr(operation, "func", operation)  # of a partial
    return str(getattr(called, "__name__", None) or getattr(called, "name", None) or called)
