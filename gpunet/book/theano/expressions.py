"""Expressions: what can be computed once the variables in it have values."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError

# Values, or further expressions, that replace expressions while another is computed.
Given = Mapping[Any, Any]


class Expression(NDArrayOperatorsMixin):
    """Operators, indexing and NumPy's elementwise functions make further expressions of it.

    Two expressions are equal only if they are the same object; `tensor.eq` compares their values.
    """

    __hash__ = object.__hash__
    __iter__ = None

    @abstractmethod
    def compute(self, given: Given) -> Any:
        """Its value, with others as given."""

    def eval(self, inputs_to_values: Given | None = None) -> Any:
        """Its value.

        Args:
            inputs_to_values: the values of the variables in it.

        Raises:
            InputError: a variable has none.
        """
        return value_of(self, inputs_to_values or {})

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __bool__(self) -> bool:
        raise TypeError("an expression is neither true nor false; T.switch chooses by its values")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> HostArray:
        return np.array(self.eval(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        return Applied(ufunc, operands)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        if function is not np.where or len(operands) != 3:
            return NotImplemented
        return Applied(np.where, operands)

    def __getitem__(self, index: Any) -> "Expression":
        return Applied(lambda array, place: array[place], (self, place_of(index)))


class Variable(Expression):
    """An expression that has no value until it is given one."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def compute(self, given: Given) -> Any:
        raise InputError(
            f"the variable {self.name or 'without a name'} has no value: name it in the inputs or "
            "the givens of theano.function, or in what eval is given"
        )


class Applied(Expression):
    """A function of operands, some of which are expressions."""

    def __init__(self, function: Callable[..., Any], operands: Sequence[Any]) -> None:
        self.function = function
        self.operands = tuple(operands)

    def compute(self, given: Given) -> Any:
        return self.function(*(value_of(operand, given) for operand in self.operands))


class Shared(Expression):
    """An array to build expressions from, whose values can be changed afterwards.

    Args:
        value: the array, which is copied unless it may be borrowed.
        name: what to call it.
        borrow: as in Theano: whether no copy is needed.
    """

    def __init__(self, value: Any, name: str | None = None, borrow: bool = False) -> None:
        self.name = name
        self.array: HostArray = np.array(value, copy=None if borrow else True)

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> HostArray:
        """A copy of the array on the host, or itself where it may be borrowed."""
        return self.array if borrow else self.array.copy()

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the array by another of as many dimensions, converted to its type."""
        value = np.array(new_value, dtype=self.array.dtype, copy=None if borrow else True)
        if value.ndim != self.array.ndim:
            raise InputError(
                f"{self.name or 'a shared variable'} has {self.array.ndim} dimensions, the new "
                f"value {value.ndim}: give the same number"
            )
        self.array = value

    def compute(self, given: Given) -> Any:
        return self.get_value(borrow=True)

    def eval(self, inputs_to_values: Given | None = None) -> HostArray:
        """A copy of its value."""
        return np.array(super().eval(inputs_to_values))


def value_of(operand: Any, given: Given) -> Any:
    """The value of an expression; of anything else, itself."""
    if not isinstance(operand, Expression):
        return operand
    if operand in given:
        # What is given for x may contain x itself, which then has its former value.
        others = {key: value for key, value in given.items() if key is not operand}
        return value_of(given[operand], others)
    return operand.compute(given)


def place_of(index: Any) -> Any:
    """An index or a slice, or several, of which some may be expressions, as one operand."""
    if isinstance(index, tuple):
        return Applied(lambda *places: places, [place_of(each) for each in index])
    if isinstance(index, slice):
        return Applied(slice, (index.start, index.stop, index.step))
    return index


def function(
    inputs: Sequence[Variable], outputs: Any, givens: Given | None = None
) -> Callable[..., Any]:
    """A function of the values of some variables.

    Args:
        inputs: the variables, in the order of its arguments.
        outputs: the expression that it computes, or a list of them.
        givens: replacements for expressions, mostly variables, within the outputs.

    Raises:
        InputError: when it is called, with too many or too few values, or if a variable in the
            outputs has none.
    """

    def compute(*values: Any) -> Any:
        if len(values) != len(inputs):
            raise InputError(f"{len(values)} values for {len(inputs)} inputs: give one for each")
        given: dict[Expression, Any] = {**(givens or {})}
        given.update(zip(inputs, values, strict=True))
        if isinstance(outputs, list | tuple):
            return [value_of(output, given) for output in outputs]
        return value_of(outputs, given)

    return compute
