"""Arrays of the strict stand-in, which say what CuPy's would cost; see tests/strict.py."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

SCALARS = (int, float, bool, np.generic)


class Crossings:
    """How often something was done on the device, went to or from it, or took memory there."""

    def __init__(self) -> None:
        self.to_host = 0
        self.to_device = 0
        self.allocations = 0
        self.launches = 0
        self.refusing = False

    def leave(self) -> None:
        """Count a value that the host waits for."""
        assert not self.refusing, "a bound operation makes the host wait"
        self.to_host += 1

    def allocate(self, what: str) -> None:
        """Count memory of the device that something takes."""
        assert not self.refusing, f"{what} takes memory of the device"
        self.allocations += 1

    def copy_if_overlapping(self, operand: Any, out: Any, what: str) -> None:
        """Count the copy that CuPy makes of an operand whose bytes may be those of the output."""
        if operand is not out and np.may_share_memory(operand.inner, out.inner):
            self.allocate(f"{what}, an operand of which overlaps the output and is another object,")

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Inside, there is no memory, and no way to the host: what is bound needs neither."""
        before, self.refusing = self.refusing, True
        try:
            yield
        finally:
            self.refusing = before


class StrictArray:
    """An array that lives on the pretended device."""

    __array_ufunc__ = None  # NumPy's operators refuse it
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, inner: Any, crossings: Crossings) -> None:
        self.inner = inner
        self.crossings = crossings

    def wrap(self, result: Any, what: str) -> Any:
        """What NumPy made of it: itself, a view, or something new, which took memory.

        Scalars stay on the device as 0-d arrays.
        """
        if result is self.inner:
            return self
        array = np.asarray(result)
        if array.size and not np.may_share_memory(array, self.inner):
            self.crossings.allocate(what)
            self.crossings.launches += 1
        return StrictArray(array, self.crossings)

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
        parts = index if isinstance(index, tuple) else (index,)
        inside = self.unwrap(parts)
        if all(part is not Ellipsis for part in parts):
            inside = (*inside, ...)  # of a single number, too
        return self.wrap(self.inner[inside], "an index")  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> None:
        self.crossings.launches += 1
        inside = self.unwrap(value)
        place = self[index]
        if not np.may_share_memory(place.inner, self.inner):  # an index made of arrays
            self.inner[self.unwrap(index)] = inside
            return
        if isinstance(value, StrictArray) and not is_same(value.inner, place.inner):
            self.crossings.copy_if_overlapping(value, place, "an assignment")
        place.inner[...] = inside

    def __len__(self) -> int:
        return len(self.inner)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.inner, name)
        if isinstance(value, np.ndarray):
            return self.wrap(value, name)
        if not callable(value) or isinstance(value, type):
            return value

        def method(*args: Any, **kwargs: Any) -> Any:
            result = value(*map(self.unwrap_argument, args), **kwargs)
            return None if result is None else self.wrap(result, name)

        return method

    def unwrap_argument(self, value: Any) -> Any:
        return value.inner if isinstance(value, StrictArray) else value

    def cross(self) -> Any:
        self.crossings.leave()
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


def is_same(one: Any, other: Any) -> bool:
    """Whether these are the same numbers at the same places: CuPy does not copy them."""
    places = [(a.ctypes.data, a.shape, a.strides, a.dtype) for a in (one, other)]
    return bool(places[0] == places[1])


def give_operators() -> None:
    """Every operator, between arrays of the device and scalars only."""

    def make(name: str) -> Callable[[Any, Any], Any]:
        def operator(self: StrictArray, other: Any) -> Any:
            return self.wrap(getattr(self.inner, name)(self.unwrap(other)), name)

        return operator

    def make_in_place(name: str) -> Callable[[Any, Any], Any]:
        def operator(self: StrictArray, other: Any) -> Any:
            if isinstance(other, StrictArray):
                self.crossings.copy_if_overlapping(other, self, name)
            getattr(self.inner, name)(self.unwrap(other))
            return self

        return operator

    for stem in ("add", "sub", "mul", "truediv", "matmul", "pow", "rshift", "and"):
        for prefix in ("", "r"):
            setattr(StrictArray, f"__{prefix}{stem}__", make(f"__{prefix}{stem}__"))
    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        setattr(StrictArray, name, make(name))
    for name in ("__iadd__", "__isub__", "__imul__", "__itruediv__"):
        setattr(StrictArray, name, make_in_place(name))

    def negate(self: StrictArray) -> Any:
        return self.wrap(-self.inner, "negation")

    setattr(StrictArray, "__neg__", negate)  # noqa: B010


give_operators()
