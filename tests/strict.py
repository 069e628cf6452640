"""A strict stand-in for a GPU: NumPy's arithmetic, CuPy's refusals, and a count of crossings.

Its arrays refuse to be mixed with NumPy arrays, to be taken for one, and to be passed to NumPy's
functions; every crossing between host and device is counted. Code that would break, copy or stall
on a GPU fails here, on any machine.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gpunet.backend.device import Device, Memory
from gpunet.backend.plain import Primitives

SCALARS = (int, float, bool, np.generic)


class Crossings:
    """How often something went from the device to the host, and from the host to the device."""

    def __init__(self) -> None:
        self.to_host = 0
        self.to_device = 0


class StrictArray:
    """An array that lives on the pretended device."""

    __array_ufunc__ = None  # NumPy's operators refuse it
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, inner: Any, crossings: Crossings) -> None:
        self.inner = inner
        self.crossings = crossings

    def wrap(self, result: Any) -> Any:
        """A NumPy result as an array of this device; scalars stay on it as 0-d arrays."""
        return StrictArray(np.asarray(result), self.crossings)

    def unwrap(self, value: Any) -> Any:
        """The inside of an operand, which must be of this device, or a scalar."""
        if isinstance(value, StrictArray):
            return value.inner
        if isinstance(value, tuple):
            return tuple(self.unwrap(part) for part in value)
        if isinstance(value, SCALARS) or value is None or value is Ellipsis:
            return value
        if isinstance(value, slice):
            return value
        raise TypeError(f"{type(value).__name__} mixed with an array of the device")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("implicit conversion of a device array to NumPy")

    def __array_function__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a NumPy function called with a device array")

    def __getitem__(self, index: Any) -> "StrictArray":
        # A view stays a view, so that writing through it reaches the whole.
        result = self.inner[self.unwrap(index)]
        return StrictArray(
            result if isinstance(result, np.ndarray) else np.asarray(result), self.crossings
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        self.inner[self.unwrap(index)] = self.unwrap(value)

    def __len__(self) -> int:
        return len(self.inner)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.inner, name)
        if isinstance(value, np.ndarray):
            return self.wrap(value)
        if not callable(value) or isinstance(value, type):
            return value
        return lambda *args, **kwargs: self.wrap(value(*map(self.unwrap_argument, args), **kwargs))

    def unwrap_argument(self, value: Any) -> Any:
        return value.inner if isinstance(value, StrictArray) else value

    def cross(self) -> Any:
        self.crossings.to_host += 1
        return self.inner

    def __float__(self) -> float:
        return float(self.cross())

    def __int__(self) -> int:
        return int(self.cross())

    def __bool__(self) -> bool:
        return bool(self.cross())

    def tolist(self) -> Any:
        return self.cross().tolist()

    def item(self) -> Any:
        return self.cross().item()


def give_operators() -> None:
    """Every operator, between arrays of the device and scalars only."""

    def make(name: str) -> Callable[[Any, Any], Any]:
        def operator(self: StrictArray, other: Any) -> Any:
            return self.wrap(getattr(self.inner, name)(self.unwrap(other)))

        return operator

    for stem in ("add", "sub", "mul", "truediv", "matmul", "pow", "rshift", "and"):
        for prefix in ("", "r"):
            setattr(StrictArray, f"__{prefix}{stem}__", make(f"__{prefix}{stem}__"))
    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        setattr(StrictArray, name, make(name))

    def negate(self: StrictArray) -> Any:
        return self.wrap(-self.inner)

    setattr(StrictArray, "__neg__", negate)  # noqa: B010


give_operators()


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
            if out is not None and not isinstance(out, StrictArray):
                raise TypeError(f"{name} writes into {type(out).__name__}")
            result = function(
                *map(self.inside, args), **{key: self.inside(v) for key, v in kwargs.items()}
            )
            return out if out is not None else StrictArray(np.asarray(result), self.crossings)

        return call

    def inside(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            raise TypeError("a NumPy array passed to a function of the device")
        return value.inner if isinstance(value, StrictArray) else value


class StrictDevice(Device):
    """A device that does the plain primitives and allows nothing a GPU would not.

    Attributes:
        crossings: the count so far.
    """

    supports_streams = True

    def __init__(self) -> None:
        self.crossings = Crossings()
        xp = StrictModule(self.crossings)
        super().__init__("strict", xp, Primitives(xp))

    def put(self, array: Any, dtype: Any = None) -> Any:
        if isinstance(array, StrictArray):
            return array if dtype is None else array.astype(dtype, copy=False)
        self.crossings.to_device += 1
        return StrictArray(np.array(array, dtype=dtype), self.crossings)

    def host(self, array: Any) -> Any:
        return np.array(array.cross())

    def sibling(self) -> "StrictDevice":
        other = StrictDevice()
        other.hardware = self.hardware
        return other

    def synchronize(self) -> None:
        """Nothing runs behind the caller's back."""

    def memory(self) -> Memory:
        return Memory(0, 0)
