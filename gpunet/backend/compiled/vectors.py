"""Vectors of float32 as a type of Numba's: what is written with them is done in registers.

Numba leaves it to LLVM to find loops that can be vectorised, and LLVM gives up where it cannot
prove that two rows differ. Vectors say it outright. A vector of 64 numbers is eight registers of
AVX2 or four of AVX-512; LLVM splits it for whatever the processor has.

Memory is given as a pointer: for arrays Numba counts references at every call. Places are counted
from it and are not checked.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from gpunet.backend.compiled.names import WIDTHS

FLOAT, INT = ir.FloatType(), ir.IntType(32)


class Vector(types.Type):
    """So many numbers of type float32."""

    def __init__(self, width: int) -> None:
        super().__init__(f"Vector({width})")
        self.width = width


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """A vector as LLVM knows it."""

    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, ir.VectorType(FLOAT, vector.width))


VECTORS = {width: Vector(width) for width in WIDTHS}


def declare_operator(of: Callable[..., Any], instruction: str) -> None:
    """Let an operator take two vectors of one width."""

    @infer_global(of)
    class Operator(AbstractTemplate):
        key = of

        def generic(self, args: Any, kws: Any) -> Any:
            left, right = args
            return signature(left, *args) if isinstance(left, Vector) and left == right else None

    @lower_builtin(of, Vector, Vector)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args)


for each in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    declare_operator(*each)
declare_operator(operator.truediv, "fdiv")


def place(context: Any, builder: Any, sig: Any, args: Any, to: Any) -> Any:
    """The pointer to a place, of which memory and number are the first two arguments."""
    index = context.cast(builder, args[1], sig.args[1], types.intp)
    return builder.bitcast(builder.gep(args[0], [index]), to.as_pointer())


def call(builder: Any, name: str, given: Any, result: Any, arguments: Any, **how: Any) -> Any:
    """A call of one of LLVM's own functions."""
    kind = ir.FunctionType(result, given)
    return builder.call(
        cgutils.get_or_insert_function(builder.module, kind, name), arguments, **how
    )


@intrinsic(prefer_literal=True)
def load(typing: Any, memory: Any, at: Any, width: Any) -> Any:
    """The vector that begins at a place."""
    vector = VECTORS[width.literal_value]

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        to = ir.VectorType(FLOAT, vector.width)
        return builder.load(place(context, builder, sig, args, to), align=4)

    return vector(memory, types.intp, width), generate


@intrinsic
def store(typing: Any, memory: Any, at: Any, vector: Any) -> Any:
    """Put a vector where it begins at a place."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], place(context, builder, sig, args, args[2].type), align=4)
        return context.get_dummy_value()

    return types.none(memory, types.intp, vector), generate


@intrinsic(prefer_literal=True)
def fill(typing: Any, number: Any, width: Any) -> Any:
    """A vector of one number."""
    vector = VECTORS[width.literal_value]

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        empty = ir.Constant(ir.VectorType(FLOAT, vector.width), ir.Undefined)
        first = builder.insert_element(empty, args[0], ir.Constant(INT, 0))
        everywhere = ir.Constant(ir.VectorType(INT, vector.width), [0] * vector.width)
        return builder.shuffle_vector(first, empty, everywhere)

    return vector(types.float32, width), generate


def called(name: str) -> Any:
    """What generates a call of LLVM's function of that name, on vectors of one width."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = args[0].type
        return call(builder, f"llvm.{name}.v{kind.count}f32", [kind] * len(args), kind, args)

    return generate


@intrinsic
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """a · b + c, rounded once."""
    return a(a, a, a), called("fma")


@intrinsic
def root(typing: Any, a: Any) -> Any:
    """√a."""
    return a(a), called("sqrt")


@intrinsic
def absolute(typing: Any, a: Any) -> Any:
    """|a|."""
    return a(a), called("fabs")


@intrinsic
def below(typing: Any, a: Any, limit: Any, then: Any, otherwise: Any) -> Any:
    """Number by number: `then` where a < limit, else `otherwise`; a NaN is below nothing."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        is_below = builder.fcmp_ordered("<", args[0], args[1])
        return builder.select(is_below, args[2], args[3])

    return a(a, a, a, a), generate


@intrinsic
def two_to_the(typing: Any, shifted: Any) -> Any:
    """2ⁿ for whole numbers n from −126 to 127, given n + 1.5 · 2²³: n stands in its last bits."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        width = shifted.width
        whole = ir.VectorType(INT, width)
        exponent = builder.shl(builder.bitcast(args[0], whole), ir.Constant(whole, [23] * width))
        one = ir.Constant(whole, [0x3F800000] * width)
        return builder.bitcast(builder.add(exponent, one), args[0].type)

    return shifted(shifted), generate


@intrinsic
def total(typing: Any, a: Any) -> Any:
    """The sum of a vector's numbers, in a fixed order."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        name, zero = f"llvm.vector.reduce.fadd.v{a.width}f32", ir.Constant(FLOAT, 0.0)
        given = [FLOAT, args[0].type]
        return call(builder, name, given, FLOAT, [zero, args[0]], fastmath=("reassoc",))

    return types.float32(a), generate


@intrinsic
def pointer(typing: Any, array: Any) -> Any:
    """To an array's numbers, which must lie one behind the other."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_array(sig.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), generate  # type: ignore[attr-defined]


@intrinsic
def offset(typing: Any, memory: Any, by: Any) -> Any:
    """The pointer so many numbers further on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        index = context.cast(builder, args[1], sig.args[1], types.intp)
        return builder.gep(args[0], [index])

    return memory(memory, types.intp), generate


@intrinsic
def get(typing: Any, memory: Any, at: Any) -> Any:
    """The number at a place."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        of = context.get_data_type(memory.dtype)
        return builder.load(place(context, builder, sig, args, of))

    return memory.dtype(memory, types.intp), generate


@intrinsic
def put(typing: Any, memory: Any, at: Any, number: Any) -> Any:
    """Put a number at a place."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        of = context.get_data_type(memory.dtype)
        builder.store(args[2], place(context, builder, sig, args, of))
        return context.get_dummy_value()

    return types.none(memory, types.intp, memory.dtype), generate


@intrinsic
def prefetch(typing: Any, memory: Any, at: Any) -> Any:
    """Have the processor fetch what lies at a place, for later; it may be beyond the memory."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        byte = ir.IntType(8)
        given = [byte.as_pointer(), INT, INT, INT]
        numbers = [ir.Constant(INT, number) for number in (0, 3, 1)]  # to read; keep; data
        where = place(context, builder, sig, args, byte)
        call(builder, "llvm.prefetch.p0i8", given, ir.VoidType(), [where, *numbers])
        return context.get_dummy_value()

    return types.none(memory, types.intp), generate
