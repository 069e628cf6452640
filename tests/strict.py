"""A strict stand-in for a GPU: NumPy's arithmetic, CuPy's refusals, and a count of what it costs.

Its arrays refuse to be mixed with NumPy arrays, to be taken for one, and to be passed to NumPy's
functions; every crossing between host and device is counted, and so is all memory that CuPy would
take, for copies that it makes unasked too. Code that would break, copy or stall on a GPU fails
here, on any machine.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gpunet.backend.cuda_primitives import CudaPrimitives
from gpunet.backend.device import Device, Memory
from gpunet.backend.plain import Operation, Pooling, Primitives
from gpunet.nn.step import run
from tests.strict_arrays import Crossings, StrictArray

# The primitives for which a GPU has kernels, or a library.
KERNELS = [name for name in vars(Primitives) if name in vars(CudaPrimitives) and name[0] != "_"]


class StrictModule:
    """NumPy's functions for arrays of the device; every other array is refused."""

    def __init__(self, crossings: Crossings) -> None:
        self.crossings = crossings

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if isinstance(function, type) or name == "finfo":
            return function

        def call(*args: Any, **kwargs: Any) -> Any:
            out = kwargs.get("out")
            if isinstance(function, np.ufunc) and len(args) > function.nin:
                out = args[-1]
            if name == "copyto":
                out = args[0]
            if out is not None and not isinstance(out, StrictArray):
                raise TypeError(f"{name} writes into {type(out).__name__}")
            self.account(name, function, args, out)
            result = function(
                *map(self.inside, args), **{key: self.inside(v) for key, v in kwargs.items()}
            )
            return out if out is not None else StrictArray(np.asarray(result), self.crossings)

        return call

    def account(self, name: str, function: Any, args: Sequence[Any], out: Any) -> None:
        """Count the memory that CuPy takes for a call; reductions need some always."""
        self.crossings.launches += 1
        in_place = isinstance(function, np.ufunc) or name in ("copyto", "take")
        if out is None or not in_place or (name == "matmul" and not is_one_product(*args, out)):
            self.crossings.allocate(name)
        else:
            for operand in args:
                if isinstance(operand, StrictArray):
                    self.crossings.copy_if_overlapping(operand, out, name)

    def inside(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            raise TypeError("a NumPy array passed to a function of the device")
        if isinstance(value, list):
            return [self.inside(item) for item in value]
        return value.inner if isinstance(value, StrictArray) else value


def is_one_product(*operands: StrictArray) -> bool:
    """Whether cuBLAS takes them as they lie: CuPy notes the places of many, and copies others."""
    return all(a.ndim == 2 and (a.flags.c_contiguous or a.flags.f_contiguous) for a in operands)


class StrictPrimitives(Primitives):
    """The plain primitives; where a GPU has a kernel, working on the inside, as kernels do."""


def give_kernels() -> None:
    """Every primitive in KERNELS."""
    plain = Primitives(np)

    def make(name: str) -> Callable[..., Any]:
        def primitive(self: StrictPrimitives, *args: Any) -> Any:
            return on_the_inside(getattr(plain, name))(*args)

        return primitive

    for name in KERNELS:
        setattr(StrictPrimitives, name, make(name))


def on_the_inside(made: Any) -> Any:
    """What a primitive made for NumPy arrays, for arrays of the device."""
    if isinstance(made, Pooling):
        return Pooling(*map(on_the_inside, made))
    if isinstance(made, Sequence):
        return tuple(map(on_the_inside, made))
    if not callable(made):
        return made

    def call(*args: Any) -> Any:
        return on_the_inside(made(*(a.inner if isinstance(a, StrictArray) else a for a in args)))

    return call


give_kernels()


class StrictDevice(Device):
    """A device that does the plain primitives and allows nothing a GPU would not.

    Attributes:
        crossings: the count so far.
    """

    supports_graphs = True
    supports_streams = True
    shared_limit = 1  # a GPU, in whose shared memory no network fits

    def __init__(self) -> None:
        self.crossings = Crossings()
        xp = StrictModule(self.crossings)
        super().__init__("strict", xp, StrictPrimitives(xp))

    @property
    def array_type(self) -> type:
        return StrictArray

    def put(self, array: Any, dtype: Any = None) -> Any:
        if isinstance(array, StrictArray):
            return array if dtype is None else array.astype(dtype, copy=False)
        if not isinstance(array, np.ndarray) and hasattr(array, "__dlpack__"):
            array = np.from_dlpack(array)
        self.crossings.to_device += 1
        self.crossings.allocate("an array of the host")
        return StrictArray(np.array(array, dtype=dtype), self.crossings)

    def host(self, array: Any) -> Any:
        return np.array(array.cross() if isinstance(array, StrictArray) else array)

    def capture(self, operations: Sequence[Operation]) -> Operation:
        return partial(self.replay, tuple(operations))

    def replay(self, operations: Sequence[Operation]) -> None:
        """What was captured can neither take memory nor wait for the host."""
        with self.crossings.refused():
            run(operations)

    def sibling(self) -> "StrictDevice":
        other = StrictDevice()
        other.hardware = self.hardware
        return other

    def synchronize(self) -> None:
        """Nothing runs behind the caller's back."""

    def memory(self) -> Memory:
        return Memory(0, 0)
