"""A device: a name, an array module, and the way to and from the host."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from gpunet.backend.fused import FusedPlan
from gpunet.backend.plain import Array, Operation, Primitives

# (networks, then the arguments of `train` in kernels/fused/train.cu) → trains
FusedKernel = Callable[..., None]


class Memory(NamedTuple):
    """Bytes of memory on a device; zero where it does not say, or is lost."""

    free: int
    total: int


class Device(ABC):
    """Where a network's arrays live and its products are computed.

    Attributes:
        name: as the command line spells it: "cpu", "cuda:0".
        xp: the array module, numpy or cupy.
        primitives: what the module itself spells differently or does slowly.
        note: one line on how this device came to be chosen; empty if it was asked for by name.
        hardware: one and the same object for devices that are `sibling` one another.
    """

    note: str = ""
    # Whether it is a GPU that was chosen automatically: then a training may choose the CPU instead.
    automatic: bool = False
    # Whether its arrays are NumPy's, which code compiled for the CPU may work on.
    is_cpu: bool = False
    # Bytes of shared memory that one thread block may use; none but a GPU has any.
    shared_limit: int = 0
    # Of BLAS, on a CPU; None where the size of the products decides.
    threads: int | None = None
    # How many of its processors have thread blocks of their own.
    multiprocessors: int = 1
    # Bytes that a piece of a long work had better keep to: here what fills a GPU with threads.
    chunk_bytes: int = 32 << 20
    # Whether `capture` works.
    supports_graphs: bool = False
    # Whether `sibling` works.
    supports_streams: bool = False
    # Bytes of the device's memory that each sibling takes for itself.
    sibling_bytes: int = 0
    precision: str = "float32"
    # The packages it needs in addition to NumPy, by name.
    versions: Mapping[str, str] = MappingProxyType({})
    # What its array module raises when the device fails or is full; `active` turns it into errors
    # of this package.
    failures: tuple[type[Exception], ...] = ()
    # Why `capture` does not work on a GPU, and what to do about it; empty if it does.
    graphs_missing: str = ""

    def __init__(self, name: str, xp: Any, primitives: Primitives) -> None:
        self.name = name
        self.xp = xp
        self.primitives = primitives
        self.hardware = object()

    @property
    def array_type(self) -> type:
        """Of the arrays that lie on it."""
        return self.xp.ndarray  # type: ignore[no-any-return]

    @abstractmethod
    def put(self, array: Any, dtype: Any = None) -> Array:
        """The array on this device: as it is if it is there already, else copied.

        Takes NumPy and CuPy arrays, anything with DLPack, and lists of numbers; arrays of another
        GPU are complete, and may be changed, when this returns.
        """

    @abstractmethod
    def host(self, array: Array) -> Any:
        """The array as a NumPy array, waiting for what is still being computed."""

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until everything asked of the device is done."""

    @abstractmethod
    def memory(self) -> Memory:
        """Bytes free and in all."""

    def capture(self, operations: Sequence[Operation]) -> Operation:
        """One operation that does what these do, without the host's launching each.

        They must have been run before, and must neither need a value on the host nor change where
        anything lies.

        Raises:
            GpunetError: one of them asks for memory, which would not be its own for long.
        """
        raise NotImplementedError

    def sibling(self) -> "Device":
        """Another device of the same hardware, whose work may overlap with this one's.

        Each can read the other's arrays, once the other is known to have completed them; what it
        computes is the same to the bit.
        """
        raise NotImplementedError

    def compile_fused(self, plan: FusedPlan) -> FusedKernel:
        """The fused kernel for a plan that fits."""
        raise NotImplementedError

    def active(self) -> AbstractContextManager[Any]:
        """Arrays made inside this context are made on this device.

        Raises, out of the context:
            DeviceFullError: the device has not as much memory.
            DeviceFailedError: it failed otherwise.
        """
        return nullcontext()

    def computing(self, macs: int) -> AbstractContextManager[Any]:
        """As `active`, and set up for products of at most that many multiply-adds."""
        return self.active()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<gpunet device {self.name}>"
