"""How BLAS, which thinks in columns, sees an array, for every backend that calls it directly."""

from gpunet.backend.plain import Array


def fortran(matrix: Array) -> tuple[Array, bool]:
    """A column-major view of a matrix, and whether BLAS must transpose it back."""
    if matrix.flags.f_contiguous:
        return matrix, False
    if matrix.flags.c_contiguous:
        return matrix.T, True
    raise AssertionError(f"BLAS would copy a matrix with strides {matrix.strides}")


def column_major(a: Array, b: Array, out: Array) -> tuple[Array, Array, Array]:
    """out = a @ b with a column-major output: the same, or out.T = b.T @ a.T."""
    if not out.flags.f_contiguous:
        a, b, out = b.T, a.T, out.T
    if not out.flags.f_contiguous:
        raise AssertionError("BLAS would write into a copy of its output")
    if not a.dtype == b.dtype == out.dtype:
        raise AssertionError(f"BLAS would convert its operands to {out.dtype}")
    return a, b, out
